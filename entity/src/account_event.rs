//! What the people who run the instance did to an account, and why.

use crate::account::Role;
use crate::ids::AccountId;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It may do nothing from then on.
    Suspended,
    /// It may do again what its role says.
    Unsuspended,
    /// It got another role.
    RoleSet,
    /// Its log-ins were ended.
    SessionsEnded,
    /// It got a new password.
    PasswordReset,
}

/// One deed. It goes when the account is erased.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_event")]
pub struct Model {
    /// Id, a UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To whom.
    pub account_id: AccountId,
    /// What was done.
    pub action: Action,
    /// The role it got.
    pub role: Option<Role>,
    /// Who did it; nobody when it was done on the server's command line.
    pub actor: Option<Uuid>,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The latest `limit` deeds to one account, newest first.
    pub fn of(account: AccountId, limit: u64) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .order_by_desc(Column::Id)
            .limit(limit)
    }
}
