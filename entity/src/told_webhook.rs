//! Jobs that a webhook was told of, for whichever of an account's saved searches.

use crate::ids::{AccountId, JobId};
use sea_orm::entity::prelude::*;
use sea_orm::{DeleteMany, QueryFilter};

/// An account tells a URL of a job once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "told_webhook")]
pub struct Model {
    /// Whose searches found it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// SHA-256 of the URL, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target: String,
    /// The job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Forgets that a URL was told of these jobs.
    pub fn forget(
        account: AccountId,
        target: &str,
        jobs: impl IntoIterator<Item = JobId>,
    ) -> DeleteMany<Self> {
        Self::delete_many()
            .filter(Column::AccountId.eq(account))
            .filter(Column::Target.eq(target))
            .filter(Column::JobId.is_in(jobs))
    }
}
