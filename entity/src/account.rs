//! People who can log in.

use crate::ids::AccountId;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an account may do on this instance, weakest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Lists organizations, which wait for a moderator.
    Member,
    /// Publishes, edits and removes any record.
    Moderator,
    /// A moderator who also runs the instance.
    Admin,
}

/// One account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// E-mail address, lower case; the login name.
    #[sea_orm(unique)]
    pub email: String,
    /// What to call the person.
    pub name: Option<String>,
    /// Role on this instance.
    pub role: Role,
    /// PHC string (argon2id).
    pub password_hash: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Since when it may do nothing.
    pub suspended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The account with this (lower case) address.
    pub fn find_by_login(email: &str) -> Select<Self> {
        Self::find().filter(Column::Email.eq(email))
    }
}
