//! `/v1/organizations`: the records of the directory.

pub mod attestations;
pub mod claims;
pub mod create;
pub mod declined;
pub mod delete;
pub mod document;
pub mod editor;
pub mod find;
pub mod history;
pub mod identity_budget;
pub mod input;
pub mod list;
pub mod managed;
pub mod members;
pub mod moderate;
pub mod parameters;
pub mod queue;
pub mod report;
pub mod rows;
pub mod schema;
pub mod takedown;
pub mod tell_owners;
pub mod update;
pub mod view;
pub mod waiting;
pub mod withheld;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of this resource.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_organizations)
        .service(create::create_organization)
        .service(find::get_organization)
        .service(update::update_organization)
        .service(delete::delete_organization)
        .service(history::list_organization_history)
        .configure(members::routes)
        .configure(attestations::routes)
        .service(moderate::publish_organization)
        .service(moderate::reject_organization)
        .service(moderate::archive_organization)
        .service(report::report_organization)
        .service(takedown::take_down_organization_fields)
        .service(takedown::get_organization_takedown)
        .service(takedown::delete_organization_takedown)
        .configure(claims::routes);
}
