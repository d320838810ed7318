//! One file per link.

mod accept_invitation;
mod change_email;
mod confirm_claim;
mod renew_job;
mod reset_password;
mod unsubscribe;
mod verify_email;

use actix_web::web::{self, ServiceConfig};

/// GET shows what will happen, POST does it.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/verify-email")
                .get(verify_email::show_page)
                .post(verify_email::act),
        )
        .service(
            web::resource("/reset-password")
                .get(reset_password::show_page)
                .post(reset_password::act),
        )
        .service(
            web::resource("/change-email")
                .get(change_email::show_page)
                .post(change_email::act),
        )
        .service(
            web::resource("/accept-invitation")
                .get(accept_invitation::show_page)
                .post(accept_invitation::act),
        )
        .service(
            web::resource("/confirm-claim")
                .get(confirm_claim::show_page)
                .post(confirm_claim::act),
        )
        .service(
            web::resource("/renew-job")
                .get(renew_job::show_page)
                .post(renew_job::act),
        )
        .service(
            web::resource("/unsubscribe")
                .get(unsubscribe::show_page)
                .post(unsubscribe::act),
        );
}
