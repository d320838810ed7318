//! Matching new jobs to saved searches, as a projection of the change log.
//!
//! Searches are not run again: the few jobs that changed become a small index in memory, and each saved
//! search is asked of that. What is found, that it is told, and how far the log was read commit together.

use crate::changes::WriteTransaction;
use crate::changes::follower::{Progress, Projection};
use crate::error::ApiError;
use crate::jobs;
use crate::money::Rates;
use crate::saved_searches::matching::{Found, Kept, find};
use crate::saved_searches::tell::{self, News, Way};
use crate::state::AppState;
use actix_web::web;
use chrono::{DateTime, Utc};
use entity::change::{self, Kind};
use entity::feed_entry::{self, State};
use entity::ids::{JobId, SavedSearchId};
use entity::saved_search;
use entity::{alert, counter, job, told_job, told_webhook};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement,
};
use search::Document;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Jobs that a step takes at most.
const JOBS: u64 = 500;

/// A transaction writes at most so many alerts, unless a single job has more: people who save records
/// meanwhile do not wait long.
const ALERTS_PER_WRITE: usize = 5_000;

/// Rows per statement, well under both databases' limit of bind parameters.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Key of the PostgreSQL advisory lock that lets one server match at a time.
const LOCK: i64 = 0x746f_6164_616c_6572;

/// Finds what is new for saved searches.
pub struct AlertProjection {
    state: web::Data<AppState>,
    kept: Arc<Kept>,
}

/// What is matched in one go.
struct Step {
    /// Change number that was read up to before.
    from: i64,
    /// Change number of the last entry.
    to: i64,
    /// The jobs that are open, with the number under which each became public, in the order of the log.
    jobs: Vec<Job>,
    /// Jobs that left the public: those of them that are erased take their alerts with them.
    gone: Vec<JobId>,
    /// When they were read.
    now: DateTime<Utc>,
}

struct Job {
    seq: i64,
    public_since: i64,
    document: Document,
    id: JobId,
}

impl AlertProjection {
    /// A projection that has no search in memory yet.
    pub fn new(state: web::Data<AppState>) -> Self {
        Self {
            state,
            kept: Arc::default(),
        }
    }

    /// What comes next; `None` when there is nothing, or another server is at it.
    async fn read(&mut self, snapshot: &DatabaseTransaction) -> Result<Option<Step>, ApiError> {
        let from = counter::Entity::value(snapshot, counter::ALERTS).await?;
        let entries = feed_entry::Entity::after(Kind::Job, from, JOBS)
            .all(snapshot)
            .await?;
        let Some(last) = entries.last() else {
            return Ok(None);
        };
        if !is_alone(snapshot).await? {
            return Ok(None);
        }
        // No one else has it: nobody reads it at the moment.
        Arc::make_mut(&mut self.kept).refresh(snapshot).await?;
        let now = self.state.clock.now();
        let (open, gone): (Vec<_>, Vec<_>) = entries
            .iter()
            .partition(|entry| entry.state == State::Updated);
        let rates = self.state.rates.current();
        Ok(Some(Step {
            from,
            to: last.seq,
            jobs: read_jobs(snapshot, &open, &rates, now).await?,
            gone: gone.iter().map(|entry| JobId(entry.id)).collect(),
            now,
        }))
    }

    /// Writes down a part of what was found and that the log was read so far, and tells whom it concerns.
    /// `false` when another server was faster.
    async fn write(
        &self,
        from: i64,
        part: &Part<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, ApiError> {
        let txn = WriteTransaction::begin(&self.state.store).await?;
        if !counter::Entity::advance(&*txn, counter::ALERTS, from, part.to).await? {
            return Ok(false);
        }
        let mut by_search: HashMap<SavedSearchId, Vec<JobId>> = HashMap::new();
        // From the newest on: that is the order in which people are told.
        for (job, searches) in part.found.iter().rev() {
            for search in searches {
                by_search.entry(*search).or_default().push(*job);
            }
        }
        let mut ids: Vec<_> = by_search.keys().copied().collect();
        ids.sort_unstable();
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            let news = insert(&txn, ids, &by_search, now).await?;
            tell::tell(&txn, &self.state.clock, news).await?;
        }
        // Last: whoever else forgets what was found holds the search first, as we do.
        forget_erased(&txn, part.gone).await?;
        txn.commit().await?;
        if !by_search.is_empty() {
            self.state.post.wake();
            self.state.deliveries.wake();
        }
        Ok(true)
    }
}

impl Projection for AlertProjection {
    fn name(&self) -> &'static str {
        "alerts"
    }

    fn poll_every(&self) -> Duration {
        if self.state.store.is_postgres() {
            // A safety net, for when NOTIFY does not reach us: still told within a second.
            Duration::from_millis(500)
        } else {
            Duration::from_millis(200)
        }
    }

    async fn drain_once(&mut self) -> Result<Progress, ApiError> {
        let snapshot = self.state.store.snapshot().await?;
        let Some(step) = self.read(&snapshot).await? else {
            snapshot.commit().await?;
            return Ok(Progress::CaughtUp);
        };
        // On PostgreSQL it keeps other servers out while this one matches and writes. On SQLite it would only keep
        // the database's log from being emptied.
        let alone = if self.state.store.is_postgres() {
            Some(snapshot)
        } else {
            snapshot.commit().await?;
            None
        };
        let (kept, rates) = (self.kept.clone(), self.state.rates.current());
        let index = self.state.index.index.clone();
        let (step, found) = tokio::task::spawn_blocking(move || {
            let jobs: Vec<_> = step
                .jobs
                .iter()
                .map(|job| (&job.document, job.public_since))
                .collect();
            let found = find(&jobs, &kept, &rates, Some(&index))?;
            Ok::<_, ApiError>((step, found))
        })
        .await
        .map_err(|_| ApiError::Internal("matching saved searches panicked"))??;
        let mut from = step.from;
        for part in parts(&step, found) {
            if !self.write(from, &part, step.now).await? {
                break;
            }
            from = part.to;
        }
        // Only now may another server go on.
        if let Some(alone) = alone {
            alone.commit().await?;
        }
        Ok(Progress::More)
    }
}

/// What one transaction writes.
struct Part<'a> {
    /// Read up to here once it is written.
    to: i64,
    /// Searches by job, in the order of the log.
    found: Vec<(JobId, Vec<SavedSearchId>)>,
    gone: &'a [JobId],
}

/// The step cut to transactions that do not take long.
fn parts(step: &Step, found: Found) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut part, mut size) = (Vec::new(), 0);
    for (job, searches) in step.jobs.iter().zip(found) {
        if !part.is_empty() && size + searches.len() > ALERTS_PER_WRITE {
            parts.push(Part {
                to: job.seq - 1,
                found: std::mem::take(&mut part),
                gone: &[],
            });
            size = 0;
        }
        size += searches.len();
        part.push((job.id, searches));
    }
    parts.push(Part {
        to: step.to,
        found: part,
        gone: &[],
    });
    // First: a server that stops half-way has read past them.
    if let Some(first) = parts.first_mut() {
        first.gone = &step.gone;
    }
    parts
}

/// How many numbers the latest change of a job is ahead of what was matched.
///
/// # Errors
/// Whatever the database answers.
pub async fn lag(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<i64> = feed_entry::Entity::find()
        .select_only()
        .column_as(feed_entry::Column::Seq.max(), "last")
        .filter(feed_entry::Column::Kind.eq(Kind::Job))
        .into_tuple()
        .one(db)
        .await?
        .flatten();
    let position = counter::Entity::value(db, counter::ALERTS).await?;
    Ok((last.unwrap_or(0) - position).max(0))
}

/// Whether this server is the one that matches, until the snapshot ends. On SQLite there is no other.
async fn is_alone(snapshot: &DatabaseTransaction) -> Result<bool, DbErr> {
    if snapshot.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let row = snapshot
        .query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_try_advisory_xact_lock($1) AS locked",
            [LOCK.into()],
        ))
        .await?;
    row.map_or(Ok(false), |row| row.try_get("", "locked"))
}

/// Those of these jobs that are open, in the order of the log.
async fn read_jobs(
    snapshot: &DatabaseTransaction,
    entries: &[&feed_entry::Model],
    rates: &Rates,
    now: DateTime<Utc>,
) -> Result<Vec<Job>, ApiError> {
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let since: HashMap<Uuid, i64> = public_since(snapshot, ids.clone()).await?;
    let mut rows: HashMap<Uuid, _> = jobs::rows::public(snapshot, ids, now)
        .await?
        .into_iter()
        .map(|row| (row.0.id.0, row))
        .collect();
    let mut open = Vec::with_capacity(rows.len());
    for entry in entries {
        let (Some((row, employer)), Some(&public_since)) =
            (rows.remove(&entry.id), since.get(&entry.id))
        else {
            continue;
        };
        open.push(Job {
            seq: entry.seq,
            public_since,
            document: jobs::document::from(&row, &employer, rates, now)?,
            id: row.id,
        });
    }
    Ok(open)
}

/// The change by which each of these jobs became public, or did so again. Whatever changed it since was
/// disclosed: it was public before and after.
async fn public_since(
    snapshot: &DatabaseTransaction,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let rows: Vec<(Uuid, i64)> = change::Entity::find()
        .select_only()
        .column(change::Column::Id)
        .column_as(change::Column::Seq.max(), "seq")
        .filter(change::Column::Kind.eq(Kind::Job))
        .filter(change::Column::Id.is_in(ids))
        .filter(change::Column::Disclosed.eq(false))
        .group_by(change::Column::Id)
        .into_tuple()
        .all(snapshot)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What is erased leaves no alert behind.
async fn forget_erased(txn: &WriteTransaction, gone: &[JobId]) -> Result<(), DbErr> {
    if gone.is_empty() {
        return Ok(());
    }
    let erased = || {
        job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(job::Column::Id.is_in(gone.iter().copied()))
            .filter(job::Column::Status.eq(job::Status::Deleted))
            .into_query()
    };
    alert::Entity::delete_many()
        .filter(alert::Column::JobId.in_subquery(erased()))
        .exec(&**txn)
        .await?;
    told_job::Entity::delete_many()
        .filter(told_job::Column::JobId.in_subquery(erased()))
        .exec(&**txn)
        .await?;
    told_webhook::Entity::delete_many()
        .filter(told_webhook::Column::JobId.in_subquery(erased()))
        .exec(&**txn)
        .await?;
    Ok(())
}

/// Notes what was found for these searches, and answers with what was not found before.
async fn insert(
    txn: &WriteTransaction,
    ids: &[SavedSearchId],
    found: &HashMap<SavedSearchId, Vec<JobId>>,
    now: DateTime<Utc>,
) -> Result<Vec<News>, DbErr> {
    // As they are now, and until the commit: who was removed in between is told nothing.
    let searches = saved_search::Entity::locked(ids.iter().copied(), txn.get_database_backend())
        .all(&**txn)
        .await?;
    let mut rows = Vec::new();
    let mut news = Vec::with_capacity(searches.len());
    for (search, owner) in searches {
        let one = News {
            way: Way::of(&search, owner.as_ref()),
            search,
            jobs: Vec::new(),
            more: 0,
        };
        for job in found.get(&one.search.id).into_iter().flatten() {
            rows.push(alert::ActiveModel {
                saved_search_id: Set(one.search.id),
                job_id: Set(*job),
                at: Set(now),
                told_at: Set((!one.waits()).then_some(now)),
            });
        }
        news.push(one);
    }
    let mut new = insert_rows(txn, rows).await?;
    for one in &mut news {
        one.jobs = new.remove(&one.search.id).unwrap_or_default();
        // A database answers in no order.
        if let Some(order) = found.get(&one.search.id) {
            one.jobs
                .sort_by_key(|job| order.iter().position(|found| found == job));
        }
    }
    news.retain(|news| !news.jobs.is_empty());
    Ok(news)
}

/// Inserts what is not there yet, and says what that was.
async fn insert_rows(
    txn: &WriteTransaction,
    mut rows: Vec<alert::ActiveModel>,
) -> Result<HashMap<SavedSearchId, Vec<JobId>>, DbErr> {
    let mut new: HashMap<_, Vec<_>> = HashMap::new();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        let mut insert = alert::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([alert::Column::SavedSearchId, alert::Column::JobId])
                    .do_nothing()
                    .to_owned(),
            )
            .into_query();
        insert.returning(
            sea_orm::sea_query::Query::returning()
                .columns([alert::Column::SavedSearchId, alert::Column::JobId]),
        );
        for row in txn.query_all(&insert).await? {
            let search: SavedSearchId = row.try_get("", "saved_search_id")?;
            new.entry(search)
                .or_default()
                .push(row.try_get("", "job_id")?);
        }
        rows = rest;
    }
    Ok(new)
}
