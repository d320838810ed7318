//! What the handlers of claims share.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use chrono::{DateTime, TimeDelta, Utc};
use entity::claim::{self, Status};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr,
    EntityTrait, QueryFilter, QuerySelect, Select,
};
use uuid::Uuid;

/// How long a claim can be proven.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// How long the decision about a contested claim is the owners' alone.
pub const OWNERS_DECIDE: TimeDelta = TimeDelta::days(7);

/// Whoever was refused claims the same again after so long: owners are not asked over and over.
pub const AFTER_A_REFUSAL: TimeDelta = TimeDelta::days(30);

/// Claims that an account can have open.
pub const MOST_OPEN: u64 = 20;

/// How often an hour we look for a challenge, or mail it: nobody shall use us to scan or to bury others in
/// mail.
const HOURLY: i32 = 10;

/// How long claims that were never proven are kept after they lapsed.
const KEEP: TimeDelta = TimeDelta::days(30);

/// Reads a claim for writing. Whoever locks its organization too does that first.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock(
    txn: &WriteTransaction,
    mut query: Select<claim::Entity>,
) -> Result<Option<claim::Model>, DbErr> {
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    query.one(&**txn).await
}

/// Counts an attempt to prove a claim.
///
/// # Errors
/// [`ApiError::TooManyRequests`] when there were enough in this hour.
pub async fn spend(txn: &WriteTransaction, id: Uuid, now: DateTime<Utc>) -> Result<(), ApiError> {
    let claim = lock(txn, claim::Entity::find_by_id(id))
        .await?
        .ok_or_else(|| ApiError::NotFound("there is no claim with this id".to_owned()))?;
    let hour = TimeDelta::hours(1);
    let (attempts, since) = match claim.attempts_since {
        Some(since) if now - since < hour => (claim.attempts, since),
        Some(_) | None => (0, now),
    };
    if attempts >= HOURLY {
        let wait = (since + hour - now).min(hour).num_seconds();
        return Err(ApiError::TooManyRequests {
            retry_after: u64::try_from(wait).unwrap_or_default() + 1,
        });
    }
    claim::ActiveModel {
        id: Set(id),
        attempts: Set(attempts + 1),
        attempts_since: Set(Some(since)),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    Ok(())
}

/// Forgets claims that were never proven.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    claim::Entity::delete_many()
        .filter(claim::Column::Status.eq(Status::Pending))
        .filter(claim::Column::ExpiresAt.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}
