//! Answers, as they are stored and given again.

use crate::error::ApiError;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key as stored;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, UpdateMany,
};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// How long answers are kept; the draft asks for at least 24 hours.
const KEEP: TimeDelta = TimeDelta::hours(48);

/// Status of an answer whose record is gone.
pub const GONE: i32 = 410;

/// An answer that can be given again.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, by name.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl Answer {
    /// 201 with the view of what was made, which no cache keeps.
    ///
    /// # Errors
    /// Never in practice: every view has a JSON form.
    pub fn created(location: String, view: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self {
            status: 201,
            headers: vec![
                ("Location", location),
                ("Cache-Control", "no-store".to_owned()),
            ],
            body: serde_json::to_string(view)
                .map_err(|_| ApiError::Internal("a view has no JSON form"))?,
        })
    }

    /// The answer itself.
    ///
    /// # Errors
    /// Never in practice: every status is one.
    pub fn respond(self) -> Result<HttpResponse, ApiError> {
        let headers = self.headers.into_iter();
        respond(self.status, headers, self.body)
    }
}

/// Empties the answers that tell of these records, with the deletion of those: a key that comes again
/// neither shows one nor makes it anew.
///
/// # Errors
/// Whatever the database answers.
pub async fn forget(
    txn: &DatabaseTransaction,
    records: impl IntoIterator<Item = Uuid>,
) -> Result<(), DbErr> {
    empty()
        .filter(stored::Column::RecordId.is_in(records))
        .exec(txn)
        .await?;
    Ok(())
}

/// Empties the answers that name an address: of claims to listings, and invitations.
///
/// # Errors
/// Whatever the database answers.
pub async fn forget_address(txn: &impl ConnectionTrait, email: &str) -> Result<(), DbErr> {
    empty()
        .filter(stored::Column::Body.like(json_text(email)))
        .exec(txn)
        .await?;
    Ok(())
}

/// A pattern of bodies that have this text as a whole string.
fn json_text(text: &str) -> LikeExpr {
    let mut pattern = String::from("%\"");
    for char in text.chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push_str("\"%");
    LikeExpr::new(pattern).escape('\\')
}

fn empty() -> UpdateMany<stored::Entity> {
    stored::Entity::update_many()
        .col_expr(stored::Column::Status, Expr::value(GONE))
        .col_expr(
            stored::Column::Headers,
            Expr::value(Value::Object(Map::new())),
        )
        .col_expr(stored::Column::Body, Expr::value(""))
}

/// Puts the record at `location` as it is now in the place of the answers that tell of it as it was: what was taken down is
/// not told again.
///
/// # Errors
/// Whatever the database answers.
pub async fn replace(
    txn: &DatabaseTransaction,
    record_id: Uuid,
    location: &str,
    body: &str,
) -> Result<(), DbErr> {
    let answers = stored::Entity::find()
        .filter(stored::Column::RecordId.eq(record_id))
        .filter(stored::Column::Status.ne(GONE))
        .all(txn)
        .await?;
    // Others tell of what hangs on the record.
    let own = answers
        .into_iter()
        .filter(|row| row.headers["Location"] == location)
        .map(|row| row.id);
    stored::Entity::update_many()
        .col_expr(stored::Column::Body, Expr::value(body))
        .filter(stored::Column::Id.is_in(own))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets answers that are past their time.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
    stored::Entity::delete_many()
        .filter(stored::Column::CreatedAt.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}

/// A stored answer.
///
/// # Errors
/// Never in practice: what is stored was an answer.
pub fn answer(row: &stored::Model) -> Result<HttpResponse, ApiError> {
    let headers = row.headers.as_object().into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let status = u16::try_from(row.status).unwrap_or_default();
    respond(
        status,
        headers.map(|(name, value)| (name, value.to_owned())),
        row.body.clone(),
    )
}

fn respond<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, String)>,
    body: String,
) -> Result<HttpResponse, ApiError> {
    let status = StatusCode::from_u16(status)
        .map_err(|_| ApiError::Internal("a stored answer has no valid status"))?;
    let mut answer = HttpResponse::build(status);
    for (name, value) in headers {
        answer.insert_header((name, value));
    }
    if body.is_empty() {
        return Ok(answer.finish());
    }
    Ok(answer.content_type("application/json").body(body))
}
