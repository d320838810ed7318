//! Telling followers that there is something to read.

use sea_orm::DatabaseConnection;
use sea_orm::sqlx::postgres::PgListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// PostgreSQL channel on which servers tell each other of commits.
pub const CHANNEL: &str = "toadlane_change";

/// A counter of commits that followers wait on. Cheap to clone.
#[derive(Clone)]
pub struct Wake(Arc<watch::Sender<u64>>);

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Wake {
    /// Wakes every follower of this process.
    pub fn wake(&self) {
        self.0
            .send_modify(|commits| *commits = commits.wrapping_add(1));
    }

    /// What a follower waits on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    /// Passes on what other servers on the same PostgreSQL commit, until cancelled.
    pub async fn listen(self, db: DatabaseConnection, stop: CancellationToken) {
        let mut pause = Duration::from_millis(100);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                result = self.listen_once(&db) => {
                    if let Err(error) = result {
                        tracing::warn!(%error, "lost the notifications of the database; followers poll meanwhile");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(10)),
            }
        }
    }

    async fn listen_once(&self, db: &DatabaseConnection) -> Result<(), sea_orm::sqlx::Error> {
        let mut listener = PgListener::connect_with(db.get_postgres_connection_pool()).await?;
        listener.listen(CHANNEL).await?;
        loop {
            // `None` means that the connection was lost and is made anew: something may have been missed.
            let _ = listener.try_recv().await?;
            self.wake();
        }
    }
}
