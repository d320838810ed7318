//! Salaries in the index, when exchange rates change.

use crate::clock::Clock;
use crate::error::ApiError;
use crate::jobs;
use crate::money::CurrentRates;
use entity::ids::JobId;
use entity::job;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use search::Document;
use std::sync::Arc;
use uuid::Uuid;

/// Jobs at a time.
const BATCH: u64 = 500;

/// Goes through all jobs with a salary after every change of the rates.
pub struct Recomparison {
    clock: Clock,
    rates: Arc<CurrentRates>,
    /// What salaries in the index are compared by: other rates mean other salaries.
    by: String,
    /// Jobs up to here are compared by new rates; those that follow are not yet.
    done: Option<JobId>,
}

impl Recomparison {
    /// Everything is compared by the rates as they are now.
    pub fn new(clock: Clock, rates: Arc<CurrentRates>) -> Self {
        Self {
            clock,
            by: rates.current().version(),
            rates,
            done: None,
        }
    }

    /// The next jobs to index again; none when all are compared by the present rates.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn next(&mut self, db: &impl ConnectionTrait) -> Result<Vec<Document>, ApiError> {
        let rates = self.rates.current();
        if rates.version() != self.by {
            self.by = rates.version();
            self.done = Some(JobId(Uuid::nil()));
        }
        let Some(done) = self.done else {
            return Ok(Vec::new());
        };
        let now = self.clock.now();
        let jobs = job::Entity::public(now)
            .filter(job::Column::Id.gt(done))
            .filter(job::Column::SalaryCurrency.is_not_null())
            .order_by_asc(job::Column::Id)
            .limit(BATCH)
            .all(db)
            .await?;
        self.done = jobs.last().map(|job| job.id);
        let jobs = jobs::rows::with_employers(db, jobs).await?;
        jobs.iter()
            .map(|(job, employer)| jobs::document::from(job, employer, &rates, now))
            .collect()
    }
}
