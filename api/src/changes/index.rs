//! The search index as a projection of the change log.

use crate::changes::follower::{Progress, Projection};
use crate::changes::lost_tail;
use crate::changes::mend;
use crate::changes::recomparison::Recomparison;
use crate::changes::searchable::IndexState;
use crate::changes::wake::Key;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::jobs;
use crate::money::{CurrentRates, Rates};
use crate::organizations::document;
use crate::store::Store;
use chrono::{DateTime, Utc};
use entity::change::{self, Kind};
use entity::feed_entry::{self, State};
use entity::ids::OrganizationId;
use entity::{job, organization};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Writes that come within this time share a commit, unless somebody waits for one.
const GROUP: Duration = Duration::from_millis(100);

/// How much a step takes on.
#[derive(Clone, Copy)]
struct Size {
    /// Entries of the log at most.
    entries: u64,
    /// After so much time it commits what it has.
    time: Duration,
}

/// While people save records: short steps, as each ends with what they have just saved.
const SERVING: Size = Size {
    entries: 400,
    time: Duration::from_millis(100),
};

/// While nobody has saved anything for [`LULL`], as when an import runs at night.
const IMPORTING: Size = Size {
    entries: 1500,
    time: Duration::from_millis(400),
};

/// So long after the last fresh record steps are short.
const LULL: Duration = Duration::from_secs(2);

/// While catching up after a start: nobody is served yet, and few large commits cost least.
const STARTING: Size = Size {
    entries: 5000,
    time: Duration::from_secs(5),
};

/// Keeps the index up with the log. Owns the writer.
pub struct IndexProjection {
    store: Store,
    clock: Clock,
    rates: Arc<CurrentRates>,
    recomparison: Recomparison,
    writer: Arc<Mutex<search::Writer>>,
    state: Arc<IndexState>,
    last_commit: Instant,
    /// The last step left something: no time to group.
    behind: bool,
    /// The last step took fresh records only: now it is the log's turn, or a busy day would hold it up.
    log_is_due: bool,
    /// When somebody last saved a record, for [`LULL`].
    last_fresh: Option<Instant>,
    /// The index was damaged and is being written anew; searches see the old one, as far as it can be read.
    rebuilding: bool,
}

impl IndexProjection {
    /// The projection that feeds `state` through `writer`.
    pub fn new(
        store: Store,
        clock: Clock,
        rates: Arc<CurrentRates>,
        writer: search::Writer,
        state: Arc<IndexState>,
    ) -> Self {
        Self {
            store,
            recomparison: Recomparison::new(clock.clone(), rates.clone()),
            clock,
            rates,
            writer: Arc::new(Mutex::new(writer)),
            state,
            last_commit: Instant::now(),
            behind: false,
            log_is_due: false,
            last_fresh: None,
            rebuilding: false,
        }
    }

    /// Starts the index anew when its files turn out to be damaged.
    async fn mend(&mut self) -> Result<(), ApiError> {
        if mend::start_anew_if_damaged(&self.writer).await? {
            self.rebuilding = true;
            self.log_is_due = true;
            self.state.rebuild();
        }
        Ok(())
    }

    fn step_size(&self) -> Size {
        if self.rebuilding || !self.state.caught_up_since_start() {
            STARTING
        } else if self.last_fresh.is_some_and(|last| last.elapsed() < LULL) {
            SERVING
        } else {
            IMPORTING
        }
    }

    async fn group(&self) {
        if self.behind {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(self.last_commit + GROUP) => {}
            () = self.state.asked_for() => {}
        }
    }

    /// What to do next. Far behind, fresh records have a step of their own: whoever saved one does not
    /// wait for a thousand others.
    ///
    /// `None`: what the index has read is lost by now.
    async fn read(&self, limit: u64, fresh: Vec<Key>) -> Result<Option<Step>, DbErr> {
        let after = self.state.position();
        let snapshot = self.store.snapshot().await?;
        let head = head(&snapshot).await?;
        if head < after || lost_tail::is_lost(&snapshot, after).await? {
            snapshot.commit().await?;
            return Ok(None);
        }
        let is_far_behind = u64::try_from(head - after).is_ok_and(|behind| behind > limit);
        let limit = if is_far_behind && !fresh.is_empty() && !self.log_is_due {
            0
        } else {
            limit
        };
        let entries = feed_entry::Entity::all_after(after, limit)
            .all(&snapshot)
            .await?;
        let complete = u64::try_from(entries.len()).is_ok_and(|read| read < limit);
        let position = match entries.last() {
            Some(last) if !complete => last.seq,
            None if !complete => after,
            _ => head,
        };
        // Whoever has caught up finds the fresh ones in the log.
        let ahead = if complete {
            Vec::new()
        } else {
            let ids = fresh.into_iter().map(|(_, id)| id);
            feed_entry::Entity::find()
                .filter(feed_entry::Column::Id.is_in(ids))
                .filter(feed_entry::Column::Seq.gt(position))
                .all(&snapshot)
                .await?
        };
        let now = self.clock.now();
        let entries = with_records(&snapshot, entries, now).await?;
        let fresh = with_records(&snapshot, ahead, now).await?;
        let rates = self.rates.current();
        snapshot.commit().await?;
        Ok(Some(Step {
            now,
            rates,
            fresh,
            entries,
            position,
            complete,
        }))
    }

    /// The database was taken back to an earlier state under a running server: empties the index, as at a start.
    async fn begin_anew(&mut self) -> Result<(), ApiError> {
        let position = self.state.position();
        // Its numbers are raised first: whoever begins anew has forgotten what it has seen.
        lost_tail::has_seen(&self.store, position).await?;
        tracing::warn!(
            position,
            "the search index is ahead of the database and is built anew"
        );
        let head = head(&self.store.db).await?;
        self.state.close();
        let writer = self.writer.clone();
        tokio::task::spawn_blocking(move || -> Result<(), ApiError> {
            let mut writer = open(&writer)?;
            writer.clear()?;
            Ok(writer.commit(0)?)
        })
        .await
        .map_err(|_| ApiError::Internal("the index task panicked"))??;
        self.state.begin_anew(head);
        Ok(())
    }

    /// Indexes some jobs again whose salaries compare otherwise by now. Says whether there may be more.
    async fn recompare(&mut self) -> Result<bool, ApiError> {
        let documents = self.recomparison.next(&self.store.db).await?;
        if documents.is_empty() {
            return Ok(false);
        }
        let (writer, position) = (self.writer.clone(), self.state.position());
        tokio::task::spawn_blocking(move || -> Result<(), ApiError> {
            let mut writer = open(&writer)?;
            for document in &documents {
                writer.put(document)?;
            }
            Ok(writer.commit(position)?)
        })
        .await
        .map_err(|_| ApiError::Internal("the index task panicked"))??;
        Ok(true)
    }

    /// Nothing to do: time to put the index in order.
    async fn tidy(&self) -> Result<(), ApiError> {
        let writer = self.writer.clone();
        tokio::task::spawn_blocking(move || {
            let mut writer = open(&writer)?;
            writer.show()?;
            Ok(writer.tidy()?)
        })
        .await
        .map_err(|_| ApiError::Internal("the index task panicked"))?
    }
}

impl Projection for IndexProjection {
    fn name(&self) -> &'static str {
        "index"
    }

    fn poll_every(&self) -> Duration {
        if self.store.is_postgres() {
            // A safety net, for when NOTIFY does not reach us: still searchable within a second.
            Duration::from_millis(500)
        } else {
            Duration::from_millis(200)
        }
    }

    async fn drain_once(&mut self) -> Result<Progress, ApiError> {
        self.group().await;
        self.mend().await?;
        let fresh = self.store.wake.take_fresh();
        if !fresh.is_empty() {
            self.last_fresh = Some(Instant::now());
        }
        let size = self.step_size();
        let Some(step) = self.read(size.entries, fresh).await? else {
            self.begin_anew().await?;
            return Ok(Progress::More);
        };
        self.log_is_due = step.entries.is_empty() && !step.complete;
        let (position, ahead, complete) = if step.is_empty() {
            if step.complete {
                if self.recompare().await? {
                    return Ok(Progress::More);
                }
                self.tidy().await?;
            }
            (step.position, Vec::new(), step.complete)
        } else {
            let ahead: Vec<_> = step.fresh.iter().map(Entry::place).collect();
            let writer = self.writer.clone();
            let (position, complete) =
                tokio::task::spawn_blocking(move || apply(&writer, &step, size.time))
                    .await
                    .map_err(|_| ApiError::Internal("the index task panicked"))??;
            self.last_commit = Instant::now();
            (position, ahead, complete)
        };
        self.rebuilding &= !complete;
        // Of an index that nobody sees yet, nothing is searchable ahead of its turn.
        let ahead = if self.rebuilding { Vec::new() } else { ahead };
        self.state.advance(position, ahead);
        self.behind = !complete;
        Ok(if complete {
            Progress::CaughtUp
        } else {
            Progress::More
        })
    }
}

/// A record that is public now.
enum Record {
    Organization(Box<organization::Model>),
    Job(Box<job::Model>, Arc<organization::Model>),
}

/// A record as it is now: public, or gone.
struct Entry {
    entry: feed_entry::Model,
    record: Option<Record>,
}

impl Entry {
    fn place(&self) -> (Key, i64) {
        ((self.entry.kind, self.entry.id), self.entry.seq)
    }
}

/// What to apply, of one snapshot.
struct Step {
    /// When they were read.
    now: DateTime<Utc>,
    /// What salaries are compared by.
    rates: Arc<Rates>,
    /// Records of small commits, which go first.
    fresh: Vec<Entry>,
    /// What comes next in the log.
    entries: Vec<Entry>,
    /// Everything up to here is in `entries`.
    position: i64,
    /// There is nothing in the log after `position`.
    complete: bool,
}

impl Step {
    fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.entries.is_empty()
    }
}

/// Brings the index up to the position it returns, and says whether that is all there was.
fn apply(
    writer: &Mutex<search::Writer>,
    step: &Step,
    time: Duration,
) -> Result<(i64, bool), ApiError> {
    let mut writer = open(writer)?;
    let end = Instant::now() + time;
    let (mut position, mut complete) = (step.position, step.complete);
    for entry in &step.fresh {
        put(&mut writer, entry, step)?;
    }
    let last = step.entries.len();
    for (index, entry) in step.entries.iter().enumerate() {
        put(&mut writer, entry, step)?;
        if Instant::now() >= end && index + 1 < last {
            (position, complete) = (entry.entry.seq, false);
            break;
        }
    }
    writer.commit(position)?;
    if complete {
        writer.show()?;
    }
    Ok((position, complete))
}

fn open(writer: &Mutex<search::Writer>) -> Result<MutexGuard<'_, search::Writer>, ApiError> {
    writer
        .lock()
        .map_err(|_| ApiError::Internal("the index writer panicked"))
}

fn put(writer: &mut search::Writer, entry: &Entry, step: &Step) -> Result<(), ApiError> {
    match &entry.record {
        Some(Record::Organization(organization)) => writer.put(&document::from(organization)?)?,
        Some(Record::Job(job, employer)) => {
            writer.put(&jobs::document::from(job, employer, &step.rates, step.now)?)?;
        }
        None => writer.delete(
            document::kind(entry.entry.kind),
            &entry.entry.id.to_string(),
        )?,
    }
    Ok(())
}

/// The records of these entries. The feed says that they are public; what is not must not be found,
/// whatever goes wrong elsewhere.
async fn with_records(
    snapshot: &DatabaseTransaction,
    entries: Vec<feed_entry::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, DbErr> {
    let ids = |kind| -> Vec<Uuid> {
        entries
            .iter()
            .filter(|entry| entry.kind == kind && entry.state == State::Updated)
            .map(|entry| entry.id)
            .collect()
    };
    let mut records: HashMap<Key, Record> = HashMap::new();
    let organizations = ids(Kind::Organization);
    if !organizations.is_empty() {
        let rows = organization::Entity::public()
            .filter(organization::Column::Id.is_in(organizations.into_iter().map(OrganizationId)))
            .all(snapshot)
            .await?;
        records.extend(rows.into_iter().map(|row| {
            let key = (Kind::Organization, row.id.0);
            (key, Record::Organization(Box::new(row)))
        }));
    }
    let jobs = ids(Kind::Job);
    if !jobs.is_empty() {
        for (row, employer) in jobs::rows::public(snapshot, jobs, now).await? {
            records.insert((Kind::Job, row.id.0), Record::Job(Box::new(row), employer));
        }
    }
    Ok(entries
        .into_iter()
        .map(|entry| Entry {
            record: records.remove(&(entry.kind, entry.id)),
            entry,
        })
        .collect())
}

/// The latest change number, 0 when there is none.
///
/// # Errors
/// Whatever the database answers.
pub async fn head(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(change::Entity::head()
        .into_tuple()
        .one(db)
        .await?
        .flatten()
        .unwrap_or(0))
}
