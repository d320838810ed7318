//! The database: one connection pool, and the one way to write.

use crate::changes::wake::Wake;
use crate::outage::Outage;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use std::fs::Metadata;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How long a request waits for a database connection, or for SQLite's write lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// Connections to PostgreSQL of a server.
pub const SERVER_CONNECTIONS: u32 = 20;

/// Connections to PostgreSQL of a command that does one thing at a time.
pub const COMMAND_CONNECTIONS: u32 = 2;

/// What every write on PostgreSQL begins with. A server that is stopped in the middle of a write (a frozen
/// machine, a lost network) holds its locks until the database ends its transaction; until then the others
/// give up their own writes, not their connections.
const PATIENCE: &str = "SET LOCAL lock_timeout = '10s'; \
    SET LOCAL idle_in_transaction_session_timeout = '15s'";

/// How long a request may read in one snapshot.
const SNAPSHOT: Duration = Duration::from_secs(30);

/// How often SQLite's write lock is asked for while another process has it. SQLite's own waiting
/// looks only every 100 ms, and so would never find the moment between two batches of an import.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// SQLite's log (the `-wal` file) is cut to so many bytes whenever it begins anew. It grows beyond that while it
/// cannot begin anew because somebody reads; `checkpoints` sees to it that it can.
pub const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// The SQL store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// For reads.
    pub db: DatabaseConnection,
    /// Told after every commit.
    pub wake: Wake,
    /// SQLite has one writer.
    single_writer: Option<SingleWriter>,
}

/// The one connection that writes to SQLite.
#[derive(Clone)]
struct SingleWriter {
    db: DatabaseConnection,
    /// Waiting here is fair and costs no polling of the lock.
    turn: Arc<Semaphore>,
    /// The file of SQLite's log.
    log: PathBuf,
}

impl Store {
    /// Connects; creates an SQLite file that is not there.
    ///
    /// # Errors
    /// When the URL is of another database, or the database does not answer.
    pub async fn connect(url: &str, postgres_connections: u32) -> Result<Self, DbErr> {
        let (db, single_writer) = if url.starts_with("sqlite:") {
            let db = Database::connect(sqlite(url, 8, ACQUIRE_TIMEOUT)).await?;
            let options = SqliteConnectOptions::from_str(url)
                .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?;
            let mut log = options.get_filename().as_os_str().to_owned();
            log.push("-wal");
            let writer = SingleWriter {
                db: Database::connect(sqlite(url, 1, ASK_EVERY)).await?,
                turn: Arc::new(Semaphore::new(1)),
                log: log.into(),
            };
            (db, Some(writer))
        } else {
            let mut options = pool(url, postgres_connections);
            // All are opened here and now, and replaced by the pool's own task on this runtime. One that
            // a web worker opened would end with that worker, under a request of another, when the
            // server stops.
            options.min_connections(postgres_connections);
            (Database::connect(options).await?, None)
        };
        Ok(Self {
            db,
            wake: Wake::default(),
            single_writer,
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
        let Some(SingleWriter { db, turn, .. }) = &self.single_writer else {
            let txn = begin(&self.db, TransactionOptions::default()).await?;
            txn.execute_unprepared(PATIENCE).await?;
            return Ok((txn, None));
        };
        let in_time = async {
            let turn = turn.clone().acquire_owned().await.ok();
            loop {
                let immediate = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                match begin(db, immediate).await {
                    // Another process writes.
                    Err(error) if Outage::of(&error) == Some(Outage::InTheWay) => {
                        tokio::time::sleep(ASK_EVERY).await;
                    }
                    begun => return begun.map(|txn| (txn, turn)),
                }
            }
        };
        tokio::time::timeout(ACQUIRE_TIMEOUT, in_time)
            .await
            .unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }

    /// Lets SQLite see how the values of its tables are spread, where that may have changed: it chooses its
    /// ways to them by that. PostgreSQL looks by itself.
    ///
    /// # Errors
    /// When another process writes, or the disk is full.
    pub async fn optimize(&self) -> Result<(), DbErr> {
        let Some(SingleWriter { db, turn, .. }) = &self.single_writer else {
            return Ok(());
        };
        let _turn = turn.acquire().await.ok();
        // 0x10000: tables that this connection has not read as well. 0x10: only a part of large ones.
        db.execute_unprepared("PRAGMA optimize = 0x10012").await?;
        Ok(())
    }

    /// SQLite's log as a file; `None` when there is none, as on PostgreSQL.
    pub fn log_file(&self) -> Option<Metadata> {
        let writer = self.single_writer.as_ref()?;
        std::fs::metadata(&writer.log).ok()
    }

    /// Brings SQLite's log into the database and empties it. Writers wait meanwhile, readers do not. `false` when
    /// somebody reads a state older than the last, or another process writes, for longer than `patience`.
    ///
    /// # Errors
    /// When the disk is full.
    pub async fn checkpoint(&self, patience: Duration) -> Result<bool, DbErr> {
        let Some(SingleWriter { db, turn, .. }) = &self.single_writer else {
            return Ok(true);
        };
        let end = Instant::now() + patience;
        let Ok(_turn) = tokio::time::timeout_at(end, turn.acquire()).await else {
            return Ok(false);
        };
        loop {
            // While we have the turn nothing is added. Whoever begins to read once all is in the database does not
            // read the log at all (sqlite.org/wal.html, "Concurrency"), so only those from before are waited for.
            let row = db
                .query_one_raw(Statement::from_string(
                    DbBackend::Sqlite,
                    "PRAGMA wal_checkpoint(TRUNCATE)",
                ))
                .await?;
            let busy = row.map_or(Ok(0), |row| row.try_get::<i32>("", "busy"))?;
            if busy == 0 || Instant::now() >= end {
                return Ok(busy == 0);
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// Begins a read of one snapshot: all its statements see the same state.
    ///
    /// # Errors
    /// When no connection is to be had in time.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            // SQLite's deferred transaction is a snapshot in WAL mode as it is.
            isolation_level: self.is_postgres().then_some(IsolationLevel::RepeatableRead),
            access_mode: self.is_postgres().then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        begin(&self.db, options).await
    }
}

/// What is read in a snapshot for somebody, in time: as long as it is open SQLite's log cannot begin anew, nor
/// PostgreSQL forget dead rows.
///
/// # Errors
/// When it takes longer than [`SNAPSHOT`], or whatever the database answers.
pub async fn in_time<T, E: From<DbErr>>(read: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    tokio::time::timeout(SNAPSHOT, read)
        .await
        .unwrap_or_else(|_| Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into()))
}

fn pool(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging_level(log::LevelFilter::Debug)
        .set_application_name("toadlane");
    options
}

fn sqlite(url: &str, connections: u32, busy_timeout: Duration) -> ConnectOptions {
    let mut options = pool(url, connections);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged write survives power loss.
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", LOG_BYTES.to_string())
            .busy_timeout(busy_timeout)
    });
    options.map_sqlx_sqlite_before_acquire(|connection, _| {
        Box::pin(async move {
            // By now a rollback that was only queued is done.
            connection.ping().await?;
            // When a disk is full SQLite rolls back by itself. The pool does not notice: on such a
            // connection every further commit would only seem to be one.
            Ok(!connection.is_in_transaction())
        })
    });
    options
}

/// Begins a transaction even if the caller is dropped meanwhile, as a request whose client hangs up is. A
/// `BEGIN` nobody waits for is not rolled back by sqlx: it would stay open on its connection, and what the
/// next ones write there would never be committed.
async fn begin(
    db: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let db = db.clone();
    tokio::spawn(async move { db.begin_with_options(options).await })
        .await
        // The runtime ends.
        .unwrap_or(Err(DbErr::ConnectionAcquire(
            ConnAcquireErr::ConnectionClosed,
        )))
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
