//! Refresh tokens, stored as hashes.

use sea_orm::entity::prelude::*;

/// One refresh token. It is used once; a second use means that somebody has a copy.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The log-in it belongs to.
    pub session_id: Uuid,
    /// When it was given.
    pub created_at: DateTimeUtc,
    /// When it was exchanged for the next one.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
