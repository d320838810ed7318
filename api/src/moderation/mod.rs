//! `/v1/moderation`: what waits for the moderators, and what those who run the instance do to accounts.

pub mod note;
pub mod queue;
mod queued_listings;
pub mod reports;
pub mod standing;
pub mod user_actions;
pub mod users;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the moderators.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(queue::list_moderation_queue)
        .service(reports::list_reports)
        .service(reports::close_report)
        .service(users::list_users)
        .service(users::get_user)
        .service(user_actions::suspend_user)
        .service(user_actions::unsuspend_user)
        .service(user_actions::set_user_role)
        .service(user_actions::delete_user_sessions)
        .service(user_actions::delete_user_session);
}
