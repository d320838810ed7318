//! Job posts.

pub mod apply_counts;
mod clicks;
mod close;
mod create;
pub mod delete;
pub mod document;
pub mod drafts;
pub mod duplicate;
pub mod editor;
pub mod expiry;
mod filters;
mod find;
mod fold;
mod history;
pub mod input;
pub mod list;
pub mod parameters;
mod queue;
pub mod renew;
mod reveal_email;
pub mod rows;
pub mod rules;
mod salaries;
mod salary_filter;
pub mod schema;
mod similar;
pub mod skills;
mod update;
pub mod view;
pub mod write;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_jobs)
        .service(create::create_job)
        .service(find::get_job)
        .service(update::update_job)
        .service(delete::delete_job)
        .service(history::list_job_history)
        .service(clicks::list_job_clicks)
        .service(close::close_job)
        .service(renew::renew_job)
        .service(reveal_email::reveal_job_email)
        .service(similar::list_similar_jobs);
}
