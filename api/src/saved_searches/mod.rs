//! Searches that people keep, and telling them of what is new.
//!
//! [`crate::changes::alerts`] matches new jobs to them.

mod create;
mod delete;
pub mod deliveries;
mod feed;
mod find;
pub mod input;
mod list;
pub mod matching;
pub mod query;
pub mod rows;
pub mod tell;
mod update;
pub mod view;
pub mod words;

use actix_web::web::{self, ServiceConfig as Unlisted};
use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_saved_searches)
        .service(create::create_saved_search)
        .service(find::get_saved_search)
        .service(update::update_saved_search)
        .service(delete::delete_saved_search);
}

/// The private feeds, which are not in the spec.
pub fn feeds(config: &mut Unlisted) {
    config.route(
        "/feeds/saved-searches/{token}.atom",
        web::get().to(feed::show),
    );
}
