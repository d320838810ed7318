//! `/v1/organizations/{id}/claims`: somebody says that a listing is theirs, and proves its domain.

mod access;
mod create;
mod decide;
mod email;
mod find;
mod list;
mod proof;
mod rows;
mod settle;
mod verify;
mod view;

pub use email::confirm as confirm_email;
pub use rows::{OWNERS_DECIDE, sweep};

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of claims.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_claims)
        .service(create::create_claim)
        .service(find::get_claim)
        .service(verify::verify_claim)
        .service(decide::approve_claim)
        .service(decide::refuse_claim);
}
