//! The pages people look at, and the documents of crawlers and readers.

pub mod atom;
pub mod facts;
mod indeed;
mod indeed_xml;
mod job;
mod job_apply;
mod job_email;
mod job_facts;
mod json_ld;
mod mail_link;
mod mail_links;
mod monogram;
mod organization;
mod organization_facts;
pub mod page;
mod robots;
mod sitemap;
pub mod sitemap_cache;
mod sitemap_xml;
mod stream;
mod style;

use actix_web::web::ServiceConfig;

/// The pages. They are for people and not in the spec.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(style::show_style)
        .service(job::show_job)
        .service(job_email::ask_job_email)
        .service(job_email::show_job_email)
        .service(job_apply::go_to_apply)
        .service(organization::show_organization)
        .service(monogram::show_monogram)
        .service(atom::show_jobs_feed)
        .service(atom::show_organizations_feed)
        .service(indeed::show_indeed_feed)
        .service(sitemap::show_sitemap)
        .service(sitemap::show_sitemap_part)
        .service(robots::show_robots)
        .configure(mail_links::routes);
}
