//! The tables of toadlane and the named queries that decide who sees which row.
//!
//! Knows no HTTP and renders no views. Visibility and tenancy live in the
//! queries here (`organization::Entity::visible_to(..)`), never in handlers.

pub mod account;
pub mod change;
pub mod feed_entry;
pub mod idempotency_key;
pub mod ids;
pub mod instance;
pub mod membership;
pub mod organization;
pub mod signing_key;
