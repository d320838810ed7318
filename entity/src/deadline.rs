//! What time will change.

use sea_orm::entity::prelude::*;
use sea_orm::{Iterable, QueryFilter, QueryOrder, QuerySelect};

/// What happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum Kind {
    /// The verification of an organization may be another: an attestation begins or lapses.
    Verification,
    /// A job expires.
    JobExpiry,
    /// A job's editors are reminded that it expires in a week.
    JobReminder,
    /// Jobs of an organization that changed still have to follow it.
    OrganizationJobs,
    /// Until then, what changes an organization does not change its jobs: they followed it a moment ago.
    OrganizationJobsRest,
    /// Somebody is told what is new for a saved search.
    AlertDigest,
}

/// At a moment, a record may change without anybody writing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub struct Model {
    /// When.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: DateTimeUtc,
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Kind,
    /// Of which record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The first `limit` of the kinds that this version knows, the earliest first.
    pub fn next(limit: u64) -> Select<Self> {
        Self::find()
            .filter(Column::Kind.is_in(Kind::iter()))
            .order_by_asc(Column::At)
            .order_by_asc(Column::Id)
            .limit(limit)
    }
}
