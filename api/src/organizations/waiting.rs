//! How many listings an account may have that are not public.

use crate::auth::account::lock_account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use entity::ids::AccountId;
use entity::organization::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// Listings of one account that wait for a moderator, or were declined by one.
pub const MOST: u64 = 20;

/// Whether an account may have handed in what it has by now. From here on only this transaction hands in for
/// it: call it after the write, when no more rows of listings are locked.
///
/// # Errors
/// [`ApiError::Conflict`] when it has more than it may have; drop the transaction then.
pub async fn check(txn: &WriteTransaction, account: AccountId) -> Result<(), ApiError> {
    lock_account(txn, account).await?;
    let waiting = Entity::find()
        .filter(Column::PostedBy.eq(account))
        .filter(Column::Status.is_in([Status::Pending, Status::Rejected]))
        .count(&**txn)
        .await?;
    if waiting <= MOST {
        return Ok(());
    }
    Err(ApiError::Conflict(format!(
        "an account may have {MOST} listings that wait for a moderator or were declined, and you have them; \
         remove one, or wait until one is published"
    )))
}
