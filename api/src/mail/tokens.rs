//! Tokens in mail: made when the message is written, stored as hashes, used once.

use crate::auth::secrets;
use crate::error::ApiError;
use chrono::{DateTime, TimeDelta, Utc};
use entity::mail_token::{self, Model, Purpose};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// How long a token can be used.
pub fn lifetime(purpose: Purpose) -> TimeDelta {
    match purpose {
        Purpose::ResetPassword => TimeDelta::hours(1),
        Purpose::VerifyEmail | Purpose::ChangeEmail | Purpose::Claim => TimeDelta::days(1),
        Purpose::Invitation => TimeDelta::days(14),
        // A job that has run out can be renewed for a while.
        Purpose::RenewJob => TimeDelta::days(30),
    }
}

/// A new token about a record, for the person at this address.
///
/// # Errors
/// Whatever the database answers.
pub async fn issue(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    record_id: Uuid,
    email: &str,
    now: DateTime<Utc>,
) -> Result<String, DbErr> {
    let token = secrets::new();
    mail_token::Entity::insert(mail_token::ActiveModel {
        hash: Set(secrets::hash(&token)),
        purpose: Set(purpose),
        record_id: Set(record_id),
        email: Set(email.to_owned()),
        created_at: Set(now),
        expires_at: Set(now + lifetime(purpose)),
        used_at: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(token)
}

/// What a token is about, without using it: for pages that show what will happen.
///
/// # Errors
/// A fault of `/token` when it cannot be used.
pub async fn look(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Model, ApiError> {
    mail_token::Entity::find_by_id(secrets::hash(token))
        .filter(usable(purpose, now))
        .one(db)
        .await?
        .ok_or_else(invalid)
}

/// Uses a token up. Of many that bring it at once, one gets it.
///
/// # Errors
/// A fault of `/token` when it cannot be used.
pub async fn take(
    txn: &impl ConnectionTrait,
    purpose: Purpose,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Model, ApiError> {
    let hash = secrets::hash(token);
    let used = mail_token::Entity::update_many()
        .col_expr(mail_token::Column::UsedAt, Expr::value(now))
        .filter(mail_token::Column::Hash.eq(&hash))
        .filter(usable(purpose, now))
        .exec(txn)
        .await?;
    if used.rows_affected != 1 {
        return Err(invalid());
    }
    mail_token::Entity::find_by_id(hash)
        .one(txn)
        .await?
        .ok_or_else(invalid)
}

/// Ends all tokens of a purpose about a record.
///
/// # Errors
/// Whatever the database answers.
pub async fn end(
    txn: &impl ConnectionTrait,
    purpose: Purpose,
    record_id: Uuid,
) -> Result<(), DbErr> {
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::Purpose.eq(purpose))
        .filter(mail_token::Column::RecordId.eq(record_id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets tokens that are past their time.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?;
    Ok(())
}

fn usable(purpose: Purpose, now: DateTime<Utc>) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(mail_token::Column::Purpose.eq(purpose))
        .add(mail_token::Column::UsedAt.is_null())
        .add(mail_token::Column::ExpiresAt.gt(now))
}

fn invalid() -> ApiError {
    ApiError::field(
        "/token",
        "is not valid, was used already, or has expired; ask for a new mail",
    )
}
