//! How often people go on to where a job is applied to: counted in memory, and written once a minute, so that
//! a click costs no write.

use crate::changes::WriteTransaction;
use crate::store::Store;
use chrono::NaiveDate;
use entity::ids::JobId;
use entity::job_apply_count::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The clicks that are not written yet, per job and day.
#[derive(Default)]
pub struct ApplyCounts(Mutex<BTreeMap<(JobId, NaiveDate), i64>>);

impl ApplyCounts {
    /// Counts a click.
    pub fn note(&self, job: JobId, day: NaiveDate) {
        if let Ok(mut counts) = self.0.lock() {
            *counts.entry((job, day)).or_default() += 1;
        }
    }

    /// Adds what was counted to the table. What a failure loses is a minute's clicks.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn write(&self, store: &Store) -> Result<(), DbErr> {
        let counts = self
            .0
            .lock()
            .map(|mut counts| std::mem::take(&mut *counts))
            .unwrap_or_default();
        if counts.is_empty() {
            return Ok(());
        }
        let txn = WriteTransaction::begin(store).await?;
        // In the order of the key: two servers do not wait for each other in a ring.
        for ((job, day), clicks) in counts {
            let row = ActiveModel {
                job_id: Set(job),
                day: Set(day),
                clicks: Set(clicks),
            };
            let sum = Expr::col((Entity, Column::Clicks)).add(Expr::cust("excluded.clicks"));
            Entity::insert(row)
                .on_conflict(
                    OnConflict::columns([Column::JobId, Column::Day])
                        .value(Column::Clicks, sum)
                        .to_owned(),
                )
                .exec_without_returning(&*txn)
                .await?;
        }
        Ok(txn.commit().await?)
    }
}
