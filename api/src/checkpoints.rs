//! Keeping SQLite's log (the `-wal` file) short.
//!
//! SQLite begins its log anew when all of it is in the database and nobody reads from it. While people write and
//! read all the time that moment never comes by itself, and the log grows for ever.

use crate::store::{LOG_BYTES, Store};
use std::fs::Metadata;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often to look at the log.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// So often in a row nothing was written: then the log is emptied, whatever its size.
const IDLE_LOOKS: u32 = 5;

/// So long writers wait at most, at a time, while a log that is too large is emptied.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many looks pass after an attempt that was in vain.
const LOOKS_BETWEEN: u32 = 5;

/// Empties the log when it is too large or nobody writes, until cancelled. PostgreSQL sees to its own.
pub async fn keep_short(store: Store, stop: CancellationToken) {
    let mut seen = None;
    let (mut idle, mut pause) = (0, 0);
    while !store.is_postgres() && !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let Some(log) = store.log_file().filter(|log| log.len() > 0) else {
            continue;
        };
        let state = state(&log);
        idle = if seen == state { idle + 1 } else { 0 };
        seen = state;
        pause = u32::saturating_sub(pause, 1);
        let is_large = log.len() > LOG_BYTES;
        if pause > 0 || !(is_large || idle >= IDLE_LOOKS) {
            continue;
        }
        let patience = if is_large { PATIENCE } else { Duration::ZERO };
        if !empty(&store, patience).await {
            pause = LOOKS_BETWEEN;
        }
    }
}

/// What a write changes.
fn state(log: &Metadata) -> Option<(u64, SystemTime)> {
    Some((log.len(), log.modified().ok()?))
}

/// Empties the log at the end of a process, when nobody reads or writes any more.
pub async fn at_the_end(store: &Store) {
    empty(store, PATIENCE).await;
}

async fn empty(store: &Store, patience: Duration) -> bool {
    match store.checkpoint(patience).await {
        Ok(done) => {
            if !done {
                tracing::debug!("somebody reads: the database's log could not be emptied yet");
            }
            done
        }
        Err(error) => {
            tracing::warn!(%error, "the database's log could not be emptied");
            false
        }
    }
}
