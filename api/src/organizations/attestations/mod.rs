//! `/v1/organizations/{id}/attestations`: what others vouch for.

pub mod create;
pub mod find;
pub mod input;
pub mod issuer;
pub mod list;
pub mod revoke;
pub mod view;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of this resource.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_attestations)
        .service(create::create_attestation)
        .service(find::get_attestation)
        .service(revoke::delete_attestation);
}
