//! What waits for a moderator.

use crate::organization::Status;
use crate::{organization, report};
use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;

/// Listings that are not public yet.
pub fn listings() -> Select<organization::Entity> {
    organization::Entity::find().filter(organization::Column::Status.eq(Status::Pending))
}

/// Reports that nobody has closed.
pub fn reports() -> Select<report::Entity> {
    report::Entity::find().filter(report::Column::ClosedAt.is_null())
}
