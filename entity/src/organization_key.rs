//! What records that may be of one organization are found by.

use crate::ids::OrganizationId;
use sea_orm::entity::prelude::*;

/// One key of one record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_key")]
pub struct Model {
    /// Kind and value, such as `domain:example.coop`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
}

impl ActiveModelBehavior for ActiveModel {}
