//! Stored answers of `POST`s that carried an `Idempotency-Key`.

use sea_orm::entity::prelude::*;

/// The answer to give again when the same request comes again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Hash of caller, method, path and key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Hash of query and body.
    pub fingerprint: String,
    /// Status of the answer.
    pub status: i32,
    /// Its headers, as an object of strings.
    pub headers: Json,
    /// Its body.
    pub body: String,
    /// The record the answer tells of. When that is deleted, the answer is emptied and becomes 410.
    pub record_id: Option<Uuid>,
    /// When it was given; kept at least 24 hours.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
