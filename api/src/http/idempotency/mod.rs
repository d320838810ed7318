//! `Idempotency-Key` (IETF draft "The Idempotency-Key HTTP Header Field").
//!
//! The key row and the stored answer commit with the write itself. "Still running" is a lock that
//! dies with its process (an entry in memory, and on PostgreSQL an advisory lock of the
//! transaction), never a row: a killed server leaves no key that can never be used again.

mod answers;
mod header;

pub use answers::{Answer, forget, forget_address, replace, sweep};

use answers::{GONE, answer};
use header::key;

use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use chrono::{DateTime, Utc};
use entity::idempotency_key as stored;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    Statement,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::Mutex;
use uuid::Uuid;

/// What an answer has beside what the body said, at most.
const ANSWER_BYTES: usize = 2048;

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
