//! Records that look alike and are of two organizations: a moderator said so.

use crate::ids::{AccountId, OrganizationId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryFilter};

/// One decision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "distinct_pair")]
pub struct Model {
    /// The record with the smaller id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub low: OrganizationId,
    /// The other.
    #[sea_orm(primary_key, auto_increment = false)]
    pub high: OrganizationId,
    /// Who decided.
    pub decided_by: AccountId,
    /// When.
    pub decided_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The key of two records, in whichever order.
pub fn pair(one: OrganizationId, other: OrganizationId) -> (OrganizationId, OrganizationId) {
    (one.min(other), one.max(other))
}

impl Entity {
    /// Decisions about any of these records.
    pub fn about(ids: &[OrganizationId]) -> Select<Self> {
        let ids = ids.iter().copied();
        Self::find().filter(
            Condition::any()
                .add(Column::Low.is_in(ids.clone()))
                .add(Column::High.is_in(ids)),
        )
    }
}
