//! The search index as a projection of the change log.

use crate::changes::follower::{Progress, Projection};
use crate::error::ApiError;
use crate::organizations::document;
use crate::store::Store;
use entity::change::{self, Kind};
use entity::feed_entry::{self, State};
use entity::ids::OrganizationId;
use entity::organization;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use search::SearchIndex;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// Entries of the log per index commit at most.
const BATCH: u64 = 1000;

/// Writes that come within this time share a commit, unless somebody waits for one.
const GROUP: Duration = Duration::from_millis(100);

/// How long `?refresh=wait_for` waits.
const WAIT_FOR: Duration = Duration::from_secs(5);

/// The index and how far it has read; shared by every handler.
pub struct IndexState {
    /// The read side.
    pub index: SearchIndex,
    /// Everything up to this change number is searchable.
    position: watch::Sender<i64>,
    /// Somebody waits: commit now.
    urgent: Notify,
    /// Head of the log when this server started: not ready before it is reached.
    head_at_start: i64,
}

impl IndexState {
    /// A state that has read up to `position`.
    pub fn new(index: SearchIndex, position: i64, head_at_start: i64) -> Self {
        Self {
            index,
            position: watch::Sender::new(position),
            urgent: Notify::new(),
            head_at_start,
        }
    }

    /// Everything up to this change number is searchable here.
    pub fn position(&self) -> i64 {
        *self.position.borrow()
    }

    /// Whether the index has reached the head of the log as it stood at start.
    pub fn caught_up_since_start(&self) -> bool {
        self.position() >= self.head_at_start
    }

    /// Waits until change `seq` is searchable here; false after five seconds.
    pub async fn wait_for(&self, seq: i64) -> bool {
        let mut position = self.position.subscribe();
        self.urgent.notify_one();
        tokio::time::timeout(WAIT_FOR, position.wait_for(|read| *read >= seq))
            .await
            .is_ok_and(|waited| waited.is_ok())
    }
}

/// Keeps the index up with the log. Owns the writer.
pub struct IndexProjection {
    store: Store,
    writer: Arc<Mutex<search::Writer>>,
    state: Arc<IndexState>,
    last_commit: Instant,
}

impl IndexProjection {
    /// The projection that feeds `state` through `writer`.
    pub fn new(store: Store, writer: search::Writer, state: Arc<IndexState>) -> Self {
        Self {
            store,
            writer: Arc::new(Mutex::new(writer)),
            state,
            last_commit: Instant::now(),
        }
    }

    async fn group(&self) {
        tokio::select! {
            () = tokio::time::sleep_until(self.last_commit + GROUP) => {}
            () = self.state.urgent.notified() => {}
        }
    }
}

impl Projection for IndexProjection {
    fn name(&self) -> &'static str {
        "index"
    }

    fn poll_every(&self) -> Duration {
        if self.store.is_postgres() {
            // A safety net: NOTIFY wakes us.
            Duration::from_secs(2)
        } else {
            Duration::from_millis(200)
        }
    }

    async fn drain_once(&mut self) -> Result<Progress, ApiError> {
        self.group().await;
        let read = read(&self.store, self.state.position()).await?;
        if !read.entries.is_empty() {
            let writer = self.writer.clone();
            let Read {
                entries,
                mut organizations,
                position,
                ..
            } = read;
            tokio::task::spawn_blocking(move || -> Result<(), ApiError> {
                let mut writer = writer
                    .lock()
                    .map_err(|_| ApiError::Internal("the index writer panicked"))?;
                for entry in entries {
                    let document = match entry.state {
                        State::Updated => organizations.remove(&entry.id),
                        State::Deleted => None,
                    };
                    match document {
                        Some(organization) => writer.put(&document::from(&organization)?)?,
                        None => writer.delete(document::kind(entry.kind), &entry.id.to_string())?,
                    }
                }
                writer.commit(position)?;
                Ok(())
            })
            .await
            .map_err(|_| ApiError::Internal("the index task panicked"))??;
            self.last_commit = Instant::now();
        }
        self.state.position.send_replace(read.position);
        Ok(if read.more {
            Progress::More
        } else {
            Progress::CaughtUp
        })
    }
}

/// What came after a place in the log, of one snapshot.
struct Read {
    entries: Vec<feed_entry::Model>,
    organizations: HashMap<Uuid, organization::Model>,
    /// Everything up to here is in `entries`.
    position: i64,
    more: bool,
}

async fn read(store: &Store, after: i64) -> Result<Read, DbErr> {
    let snapshot = store.snapshot().await?;
    let head = head(&snapshot).await?;
    let entries = feed_entry::Entity::all_after(after, BATCH)
        .all(&snapshot)
        .await?;
    let ids = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Organization && entry.state == State::Updated)
        .map(|entry| OrganizationId(entry.id));
    let organizations = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .all(&snapshot)
        .await?;
    snapshot.commit().await?;
    let more = u64::try_from(entries.len()).is_ok_and(|read| read >= BATCH);
    let position = match entries.last() {
        Some(last) if more => last.seq,
        _ => head,
    };
    Ok(Read {
        entries,
        organizations: organizations
            .into_iter()
            .map(|row| (row.id.0, row))
            .collect(),
        position,
        more,
    })
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
