//! What waits for a moderator.

use crate::organization::Status;
use crate::{identity_change, organization, report};
use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;

/// Listings that are not public yet.
pub fn listings() -> Select<organization::Entity> {
    organization::Entity::find().filter(organization::Column::Status.eq(Status::Pending))
}

/// Public listings that changed after others vouched for them.
pub fn changed() -> Select<identity_change::Entity> {
    identity_change::Entity::find()
        .inner_join(organization::Entity)
        .filter(organization::Column::Status.eq(Status::Published))
}

/// Reports that nobody has closed.
pub fn reports() -> Select<report::Entity> {
    report::Entity::find().filter(report::Column::ClosedAt.is_null())
}
