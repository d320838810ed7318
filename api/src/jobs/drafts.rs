//! How many drafts an organization may have.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use entity::ids::OrganizationId;
use entity::job::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// Drafts of one organization.
pub const MOST: u64 = 100;

/// Whether an organization may have one more. Hold the lock on naming: whoever makes a draft does.
///
/// # Errors
/// [`ApiError::Conflict`] when it has as many as it may have.
pub async fn check_room(
    txn: &WriteTransaction,
    organization: OrganizationId,
) -> Result<(), ApiError> {
    let drafts = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Status.eq(Status::Draft))
        .count(&**txn)
        .await?;
    if drafts < MOST {
        return Ok(());
    }
    Err(ApiError::Conflict(format!(
        "an organization may have {MOST} drafts, and this one has {drafts}; publish or remove one"
    )))
}
