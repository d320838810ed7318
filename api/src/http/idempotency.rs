//! `Idempotency-Key` (IETF draft "The Idempotency-Key HTTP Header Field").
//!
//! The key row and the stored answer commit with the write itself. "Still running" is a lock that
//! dies with its process (an entry in memory, and on PostgreSQL an advisory lock of the
//! transaction), never a row: a killed server leaves no key that can never be used again.

use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key as stored;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, EntityTrait, QueryFilter, Statement, UpdateMany,
};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::Mutex;
use uuid::Uuid;

/// How long answers are kept; the draft asks for at least 24 hours.
const KEEP: TimeDelta = TimeDelta::hours(48);

/// Status of an answer whose record is gone.
const GONE: i32 = 410;

/// What an answer has beside what the body said, at most.
const ANSWER_BYTES: usize = 2048;

/// Longest key we take.
const MAX_CHARS: usize = 255;

/// The header, if it was sent.
pub struct IdempotencyKey {
    key: Option<String>,
    running: web::Data<Running>,
}

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// A structured-field string (RFC 8941 section 3.3.3); a bare token is accepted too.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut lines = headers.get_all("idempotency-key");
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let malformed = || {
        ApiError::Malformed(format!(
            "Idempotency-Key must be one quoted string of 1 to {MAX_CHARS} visible ASCII characters"
        ))
    };
    let text = line.to_str().map_err(|_| malformed())?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => {
            unescape(rest.strip_suffix('"').ok_or_else(malformed)?).ok_or_else(malformed)?
        }
        None if text.contains(['"', ' ', ',', ';']) => return Err(malformed()),
        None => text.to_owned(),
    };
    let fits = !key.is_empty()
        && key.len() <= MAX_CHARS
        && key.chars().all(|char| (' '..='~').contains(&char));
    if fits && lines.next().is_none() {
        Ok(Some(key))
    } else {
        Err(malformed())
    }
}

/// Undoes `\"` and `\\`, the only escapes there are.
fn unescape(quoted: &str) -> Option<String> {
    let mut key = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => key.push(chars.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            other => key.push(other),
        }
    }
    Some(key)
}

/// What is running in this process.
#[derive(Default)]
pub struct Running(Mutex<HashSet<String>>);

/// A request with a key, running until dropped.
pub struct Claim {
    id: String,
    fingerprint: String,
    /// Of the body that came.
    bytes: usize,
    running: web::Data<Running>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Ok(mut running) = self.running.0.lock() {
            running.remove(&self.id);
        }
    }
}

impl IdempotencyKey {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let running = request.app_data::<web::Data<Running>>();
        let running = running.ok_or(ApiError::Internal("nobody notes what is running"))?;
        Ok(Self {
            key: key(request.headers())?,
            running: running.clone(),
        })
    }

    /// Claims the key for a request, before its transaction begins. `None` when no key was sent.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] while the same request is still running here.
    pub fn claim(
        &self,
        caller: Uuid,
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Option<Claim>, ApiError> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let id = hash(&[
            caller.as_bytes(),
            request.method().as_str().as_bytes(),
            request.path().as_bytes(),
            key.as_bytes(),
        ]);
        let fingerprint = hash(&[request.query_string().as_bytes(), body]);
        let is_new = self
            .running
            .0
            .lock()
            .map_err(|_| ApiError::Internal("a request with an Idempotency-Key panicked"))?
            .insert(id.clone());
        if is_new {
            Ok(Some(Claim {
                id,
                fingerprint,
                bytes: body.len(),
                running: self.running.clone(),
            }))
        } else {
            Err(still_running())
        }
    }
}

impl Claim {
    /// The stored answer, when the same request was answered before. First thing in a transaction. Otherwise the
    /// answer that will be stored is counted for `actor`.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] while another server runs it, [`ApiError::IdempotencyKeyReused`]
    /// when the key came with another request, [`ApiError::Gone`] when what it made is deleted.
    pub async fn stored(
        &self,
        txn: &mut WriteTransaction,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Option<HttpResponse>, ApiError> {
        if txn.get_database_backend() == DbBackend::Postgres && !self.lock(txn).await? {
            return Err(still_running());
        }
        let Some(row) = stored::Entity::find_by_id(&self.id).one(&**txn).await? else {
            txn.charge(actor, self.bytes + ANSWER_BYTES, now);
            return Ok(None);
        };
        if row.fingerprint != self.fingerprint {
            return Err(ApiError::IdempotencyKeyReused);
        }
        if row.status == GONE {
            return Err(ApiError::Gone(
                "what this request made has been deleted since".to_owned(),
            ));
        }
        answer(&row).map(Some)
    }

    async fn lock(&self, txn: &DatabaseTransaction) -> Result<bool, ApiError> {
        let key = i64::from_str_radix(&self.id[..15], 16)
            .map_err(|_| ApiError::Internal("a hash is not hexadecimal"))?;
        let row = txn
            .query_one_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_try_advisory_xact_lock($1) AS locked",
                [key.into()],
            ))
            .await?;
        Ok(row
            .map(|row| row.try_get("", "locked"))
            .transpose()?
            .unwrap_or(false))
    }

    /// Stores the answer about a record, to commit with the write.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn store(
        &self,
        txn: &DatabaseTransaction,
        answer: &Answer,
        record_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let headers: Map<String, Value> = answer
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())))
            .collect();
        stored::Entity::insert(stored::ActiveModel {
            id: Set(self.id.clone()),
            fingerprint: Set(self.fingerprint.clone()),
            status: Set(i32::from(answer.status)),
            headers: Set(Value::Object(headers)),
            body: Set(answer.body.clone()),
            record_id: Set(Some(record_id)),
            created_at: Set(now),
        })
        .exec_without_returning(txn)
        .await?;
        Ok(())
    }
}

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

fn answer(row: &stored::Model) -> Result<HttpResponse, ApiError> {
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

fn still_running() -> ApiError {
    ApiError::Conflict("a request with this Idempotency-Key is still running; try again".to_owned())
}

/// SHA-256 over parts that cannot run into each other.
fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    format!("{:x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn parse(value: &'static str) -> Result<Option<String>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static("idempotency-key"),
            HeaderValue::from_static(value),
        );
        key(&headers)
    }

    #[test]
    fn structured_strings_and_tokens() {
        assert_eq!(parse("\"a b\"").ok().flatten().as_deref(), Some("a b"));
        assert_eq!(
            parse("\"a\\\"b\\\\\"").ok().flatten().as_deref(),
            Some("a\"b\\")
        );
        assert_eq!(
            parse("8e03978e").ok().flatten().as_deref(),
            Some("8e03978e")
        );
        for malformed in [
            "", "\"", "\"\"", "\"a", "a\"", "\"a\"b\"", "\"\\a\"", "a b", "a, b",
        ] {
            assert!(parse(malformed).is_err(), "{malformed}");
        }
    }
}
