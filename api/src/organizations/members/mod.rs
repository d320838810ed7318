//! `/v1/organizations/{id}/members`: who speaks for an organization, and who is invited to.

mod accept;
mod change;
mod find;
mod invite;
mod list;
mod remove;
mod rows;
mod view;

pub use accept::{Newcomer, accept_as_newcomer};
pub use rows::{add, owners, sweep};

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of members.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_members)
        .service(find::get_member)
        .service(invite::invite_member)
        .service(change::update_member)
        .service(remove::remove_member)
        .service(accept::accept_invitation);
}
