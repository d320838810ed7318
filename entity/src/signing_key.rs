//! Public halves of the servers' token signing keys.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

/// A public key that tokens of this instance may be signed with.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// RFC 7638 thumbprint of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// RFC 7517 JWK, public members only.
    pub jwk: Json,
    /// When a server published it.
    pub created_at: DateTimeUtc,
    /// Since when no server signs with it any more.
    pub retired_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The keys that are in use, or were retired after this moment.
    pub fn accepted(retired_after: DateTimeUtc) -> Select<Self> {
        Self::find().filter(
            Condition::any()
                .add(Column::RetiredAt.is_null())
                .add(Column::RetiredAt.gt(retired_after)),
        )
    }
}
