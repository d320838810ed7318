//! Failed attempts to log in, for back-off.

use sea_orm::entity::prelude::*;

/// Failures in a row of one account, or of one account from one network.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failure")]
pub struct Model {
    /// SHA-256 of the address (and the network), hexadecimal: also of addresses without account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// How many since the last success.
    pub failures: i32,
    /// When the last one was.
    pub last_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
