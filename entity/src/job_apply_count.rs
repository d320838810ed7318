//! How often people went on to where a job is applied to. Who it was is not kept.

use crate::ids::JobId;
use sea_orm::entity::prelude::*;

/// The clicks of one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_apply_count")]
pub struct Model {
    /// Of which job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// On which day, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// How many.
    pub clicks: i64,
}

impl ActiveModelBehavior for ActiveModel {}
