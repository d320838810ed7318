//! The database: one connection pool, and the one way to write.

use crate::changes::wake::Wake;
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for a database connection, or for SQLite's write lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// The SQL store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// For reads.
    pub db: DatabaseConnection,
    /// Told after every commit.
    pub wake: Wake,
    /// SQLite has one writer: waiting here is fair and costs no polling of its lock.
    single_writer: Option<Arc<Semaphore>>,
}

impl Store {
    /// Connects; creates an SQLite file that is not there.
    ///
    /// # Errors
    /// When the URL is of another database, or the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        let sqlite = url.starts_with("sqlite:");
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(if sqlite { 8 } else { 20 })
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging_level(log::LevelFilter::Debug)
            .set_application_name("toadlane");
        if sqlite {
            options.map_sqlx_sqlite_opts(|options| {
                use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
                options
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // An acknowledged write survives power loss.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(ACQUIRE_TIMEOUT)
            });
        }
        let db = Database::connect(options).await?;
        Ok(Self {
            db,
            wake: Wake::default(),
            single_writer: sqlite.then(|| Arc::new(Semaphore::new(1))),
        })
    }

    /// Whether several servers may share this store.
    pub fn is_postgres(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    /// Begins a write. On SQLite it waits for its turn.
    ///
    /// # Errors
    /// When no connection or write lock is to be had in time.
    pub async fn begin(
        &self,
    ) -> Result<(DatabaseTransaction, Option<OwnedSemaphorePermit>), DbErr> {
        let permit = match &self.single_writer {
            Some(turn) => turn.clone().acquire_owned().await.ok(),
            None => None,
        };
        let txn = self
            .db
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?;
        Ok((txn, permit))
    }

    /// Begins a read of one snapshot: all its statements see the same state.
    ///
    /// # Errors
    /// When no connection is to be had in time.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        self.db
            .begin_with_options(TransactionOptions {
                // SQLite's deferred transaction is a snapshot in WAL mode as it is.
                isolation_level: self.is_postgres().then_some(IsolationLevel::RepeatableRead),
                access_mode: self.is_postgres().then_some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            })
            .await
    }
}

impl Store {
    /// Open connections, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, u32) {
        let (open, idle) = if self.is_postgres() {
            let pool = self.db.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        } else {
            let pool = self.db.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        };
        (open, u32::try_from(idle).unwrap_or(u32::MAX))
    }
}
