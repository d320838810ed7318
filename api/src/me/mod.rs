//! `/v1/me`: one's own account, log-ins and organizations.

mod account;
mod email;
mod erase;
mod jobs;
pub(crate) mod organizations;
mod sessions;

pub use email::confirm as confirm_email;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of one's own account.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(account::get_me)
        .service(account::update_me)
        .service(erase::delete_me)
        .service(email::change_email)
        .service(sessions::list_my_sessions)
        .service(sessions::delete_my_session)
        .service(organizations::list_my_organizations)
        .service(jobs::list_my_jobs);
}
