//! Log-ins: a family of refresh tokens that follow one another.

use crate::ids::AccountId;
use sea_orm::entity::prelude::*;

/// One log-in of a person on one device.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Id; the `sid` of its access tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who logged in.
    pub account_id: AccountId,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// SHA-256 of the address it began with and the network it came from, hexadecimal.
    pub network: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When its refresh token was last used.
    pub last_used_at: DateTimeUtc,
    /// When it ends unless it is used before.
    pub expires_at: DateTimeUtc,
    /// When it was ended.
    pub revoked_at: Option<DateTimeUtc>,
    /// Whose it is.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The log-ins from a network, ended or not.
    pub fn from_network(network: &str) -> Select<Self> {
        Self::find().filter(Column::Network.eq(network))
    }

    /// The sessions that can still be used.
    pub fn live(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
    }
}
