//! How much accounts write.

use crate::ids::AccountId;
use sea_orm::entity::prelude::*;

/// What one account wrote in one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_usage")]
pub struct Model {
    /// The account, with its clients.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The day, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// What was added to the change log, and to the records and answers that are kept, in bytes.
    pub bytes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
