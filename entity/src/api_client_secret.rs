//! Secrets of programs, stored as hashes.

use crate::ids::ClientId;
use sea_orm::Condition;
use sea_orm::entity::prelude::*;

/// One secret. A program has several while it changes from one to the next.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client_secret")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The program.
    pub client_id: ClientId,
    /// SHA-256 of the secret, hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    /// When it was given.
    pub created_at: DateTimeUtc,
    /// When it ends, once there is a newer one.
    pub expires_at: Option<DateTimeUtc>,
    /// When a token was last asked for with it, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The secrets that can still be used.
    pub fn live(now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(
            Condition::any()
                .add(Column::ExpiresAt.is_null())
                .add(Column::ExpiresAt.gt(now)),
        )
    }
}
