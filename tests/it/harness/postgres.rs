//! PostgreSQL databases for tests, one per test.
//!
//! All tests of a run share one throw-away cluster ([`cluster`]); each test gets a
//! database of its own, cloned from a template that has every migration applied.

mod binaries;
mod cluster;
mod process;

use std::sync::Arc;

use cluster::Cluster;
pub use cluster::Power;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr};
use sea_orm::{SqlxError, Statement};

/// How often a clone is tried while PostgreSQL says the template is in use.
const CLONE_ATTEMPTS: u32 = 5;

/// A migrated, empty database that belongs to one test.
///
/// Dropping it drops the database in the background and cuts the connections it
/// still has. What is missed goes when the cluster does.
pub struct TestDatabase {
    cluster: Arc<Cluster>,
    name: String,
}

impl TestDatabase {
    /// The address to connect to, `postgres://…`, with all rights on the database.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.cluster.drop_database(&self.name);
    }
}

/// A fresh database with every migration applied.
///
/// The first call of a run starts the cluster, which takes a few seconds; the calls
/// of other tests wait for it.
///
/// # Panics
/// When there is no PostgreSQL on the machine or it cannot be started: a test that
/// needs PostgreSQL fails without it and is never skipped.
#[expect(clippy::panic, reason = "a test without its database has failed")]
pub async fn database() -> TestDatabase {
    match try_database().await {
        Ok(database) => database,
        Err(reason) => panic!("{reason}"),
    }
}

/// A fresh database in a cluster of its own, and the cluster's switch.
///
/// # Panics
/// As [`database`].
#[expect(clippy::panic, reason = "a test without its database has failed")]
pub async fn database_with_power() -> (TestDatabase, Power) {
    match try_database_with_power().await {
        Ok(made) => made,
        Err(reason) => panic!("{reason}"),
    }
}

async fn try_database_with_power() -> Result<(TestDatabase, Power), String> {
    let (cluster, power) = set_up(Cluster::of_its_own).await?;
    Ok((database_in(cluster).await?, power))
}

async fn try_database() -> Result<TestDatabase, String> {
    database_in(set_up(Cluster::of_this_run).await?).await
}

/// The set-up waits for other processes, so it must not hold up the test's runtime.
async fn set_up<T: Send + 'static>(
    set_up: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(set_up)
        .await
        .map_err(|error| format!("the PostgreSQL set-up did not finish: {error}"))?
}

async fn database_in(cluster: Arc<Cluster>) -> Result<TestDatabase, String> {
    let name = clone_template(&cluster)
        .await
        .map_err(|error| format!("no PostgreSQL database for this test: {error}"))?;
    Ok(TestDatabase { cluster, name })
}

async fn clone_template(cluster: &Cluster) -> Result<String, DbErr> {
    let admin = connect(&cluster.url("postgres")).await?;
    let name = random_name(&admin).await?;
    let clone = format!("CREATE DATABASE {name} TEMPLATE {}", cluster::TEMPLATE);
    let mut attempts = 1;
    while let Err(error) = admin.execute_unprepared(&clone).await {
        if attempts == CLONE_ATTEMPTS || !is_in_use(&error) {
            return Err(error);
        }
        attempts += 1;
    }
    admin.close().await?;
    Ok(name)
}

/// The server makes the name: process ids repeat within a run, its random ones do not.
async fn random_name(admin: &DatabaseConnection) -> Result<String, DbErr> {
    let sql = "SELECT 't_' || replace(gen_random_uuid()::text, '-', '') AS name";
    let row = admin
        .query_one_raw(Statement::from_string(admin.get_database_backend(), sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(sql.to_owned()))?;
    row.try_get("", "name")
}

/// SQLSTATE 55006, `object_in_use`: someone is connected to the template. PostgreSQL
/// has waited five seconds for them to leave before it says so.
fn is_in_use(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    matches!(&**error, SqlxError::Database(error) if error.code().as_deref() == Some("55006"))
}

/// One connection, not a pool: these are held for a statement or two.
async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}
