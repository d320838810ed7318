//! Listings of the same organization: finding them, telling them apart, merging them.
//!
//! `keys` finds records to compare by index alone, `score` compares two of them. Nothing is merged unless a
//! moderator does it.

pub mod backfill;
pub mod candidates;
pub mod distinct;
pub mod facts;
pub mod keys;
pub mod lookup;
pub mod merge;
pub mod moving;
pub mod names;
pub mod queue;
pub mod score;

use crate::http::fallback::fallback;
use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of duplicates.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(lookup::find_duplicates)
        // The other methods shall not take the word for a slug.
        .route("/organizations/duplicates", web::to(fallback))
        .service(lookup::list_organization_duplicates)
        .service(distinct::create_not_duplicates)
        .service(distinct::delete_not_duplicates)
        .service(merge::merge_organization)
        .service(queue::list_moderation_duplicates);
}
