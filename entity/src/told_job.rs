//! Jobs that a mail named to somebody, for whichever of their saved searches.

use crate::ids::{AccountId, JobId};
use sea_orm::entity::prelude::*;
use sea_orm::{DeleteMany, QueryFilter};

/// Nobody is mailed a job twice.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "told_job")]
pub struct Model {
    /// Who was told.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Of which job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Forgets that somebody was told of these jobs.
    pub fn forget(account: AccountId, jobs: impl IntoIterator<Item = JobId>) -> DeleteMany<Self> {
        Self::delete_many()
            .filter(Column::AccountId.eq(account))
            .filter(Column::JobId.is_in(jobs))
    }
}
