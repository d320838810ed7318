//! Accounts that somebody asked for and whose address is not proven yet.

use sea_orm::entity::prelude::*;

/// One request for an account. Several may name one address: the one whose link is followed wins.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// E-mail address, lower case.
    pub email: String,
    /// What to call the person.
    pub name: Option<String>,
    /// PHC string (argon2id).
    pub password_hash: String,
    /// When.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
