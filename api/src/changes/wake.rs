//! Telling followers that there is something to read.

use entity::change::Kind;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ActiveEnum, DatabaseConnection};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// PostgreSQL channel on which servers tell each other of commits.
pub const CHANNEL: &str = "toadlane_change";

/// Pause before the first attempt to listen again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause between attempts.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A commit that changes at most so many records names them.
pub const MAX_NAMED: usize = 16;

/// So many named records are remembered at most; the log has them all.
const MAX_FRESH: usize = 512;

/// A record.
pub type Key = (Kind, Uuid);

/// A counter of commits that followers wait on. Cheap to clone.
///
/// Small commits also say which records they changed. A follower that is behind, because
/// somebody imports thousands of records, can take these first: a person who saves one record
/// does not wait for the import.
#[derive(Clone, Default)]
pub struct Wake(Arc<Inner>);

#[derive(Default)]
struct Inner {
    commits: watch::Sender<u64>,
    fresh: Mutex<Vec<Key>>,
}

impl Wake {
    /// Wakes every follower of this process; `changed` are the records of a small commit.
    pub fn wake(&self, changed: impl IntoIterator<Item = Key>) {
        if let Ok(mut fresh) = self.0.fresh.lock() {
            for key in changed {
                if fresh.len() < MAX_FRESH && !fresh.contains(&key) {
                    fresh.push(key);
                }
            }
        }
        self.0
            .commits
            .send_modify(|commits| *commits = commits.wrapping_add(1));
    }

    /// What a follower waits on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.commits.subscribe()
    }

    /// The records of small commits since the last call.
    pub fn take_fresh(&self) -> Vec<Key> {
        self.0
            .fresh
            .lock()
            .map(|mut fresh| std::mem::take(&mut *fresh))
            .unwrap_or_default()
    }

    /// Passes on what other servers on the same PostgreSQL commit, until cancelled.
    pub async fn listen(self, db: DatabaseConnection, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                result = self.listen_once(&db, &mut pause) => {
                    if let Err(error) = result {
                        tracing::warn!(%error, "lost the notifications of the database; followers poll meanwhile");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(MAX_PAUSE),
            }
        }
    }

    async fn listen_once(
        &self,
        db: &DatabaseConnection,
        pause: &mut Duration,
    ) -> Result<(), sea_orm::sqlx::Error> {
        let mut listener = PgListener::connect_with(db.get_postgres_connection_pool()).await?;
        listener.listen(CHANNEL).await?;
        *pause = FIRST_PAUSE;
        let mut named = Vec::new();
        loop {
            // Also before the first notification: something may have been missed since the last
            // connection was lost, or while it was made anew (`None`).
            self.wake(named);
            named = listener
                .try_recv()
                .await?
                .map(|notification| read_names(notification.payload()))
                .unwrap_or_default();
        }
    }
}

/// The payload of a notification: the records of a small commit.
pub fn write_names(changed: &[Key]) -> String {
    let names: Vec<_> = changed
        .iter()
        .map(|(kind, id)| format!("{}:{id}", kind.to_value()))
        .collect();
    names.join(",")
}

/// What cannot be read is left to the log.
fn read_names(payload: &str) -> Vec<Key> {
    payload
        .split(',')
        .filter_map(|name| {
            let (kind, id) = name.split_once(':')?;
            Some((
                Kind::try_from_value(&kind.to_owned()).ok()?,
                Uuid::try_parse(id).ok()?,
            ))
        })
        .collect()
}
