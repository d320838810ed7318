//! One throw-away PostgreSQL cluster for all tests of a run.
//!
//! nextest runs every test in a process of its own, `cargo test` runs them all in one.
//! Both find the cluster by the run's name: the first process that takes the lock file
//! starts the cluster and writes its port down, the others read the port. A watchdog
//! removes the cluster when the run is over.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectionTrait, DbErr};

use super::process::{User, detach, run};
use super::{binaries, connect};

/// The database that every test's database is a copy of.
pub const TEMPLATE: &str = "template_toadlane";

/// The data is thrown away, so nothing is flushed to disk. Transactions, locks and
/// `synchronous_commit` behave as in production.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
full_page_writes = off
";

/// Another process may take the free port before PostgreSQL does.
const START_ATTEMPTS: u32 = 5;

/// A running cluster; stays up until the run ends.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    port: u16,
}

impl Cluster {
    /// The cluster of this test run, started by whoever asks first. Blocks meanwhile.
    ///
    /// # Errors
    /// What is missing or went wrong, in words; the same for every test of the run.
    pub fn of_this_run() -> Result<Arc<Self>, String> {
        static CLUSTER: OnceLock<Result<Arc<Cluster>, String>> = OnceLock::new();
        CLUSTER
            .get_or_init(|| Self::join(&Run::current()).map(Arc::new))
            .clone()
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    /// Drops a database in the background.
    pub fn drop_database(&self, name: &str) {
        let dropdb = self.binaries.join("dropdb").display().to_string();
        let script = r#""$1" --force --host=127.0.0.1 --port="$2" --username=postgres "$3""#;
        // Best effort: whatever is left goes with the cluster.
        let _ = detach(script, &[&dropdb, &self.port.to_string(), name]);
    }

    /// A cluster that no other test uses, to be stopped and started at will.
    ///
    /// # Errors
    /// What is missing or went wrong, in words.
    pub fn of_its_own() -> Result<(Arc<Self>, Power), String> {
        let binaries = binaries::folder()?;
        let run = Run::of_its_own();
        let port = run.start(&binaries)?;
        let power = Power {
            binaries: binaries.clone(),
            port,
            run,
        };
        Ok((Arc::new(Self { binaries, port }), power))
    }

    fn join(this: &Run) -> Result<Self, String> {
        let binaries = binaries::folder()?;
        let _lock = this.lock().map_err(|error| this.fault("lock", &error))?;
        if let Ok(failure) = fs::read_to_string(this.failure_file()) {
            return Err(failure);
        }
        if let Some(port) = this.port() {
            return Ok(Self { binaries, port });
        }
        let started = this.start(&binaries);
        // One failed start is enough: the other tests repeat its reason at once.
        let (file, text) = match &started {
            Ok(port) => (this.port_file(), port.to_string()),
            Err(reason) => (this.failure_file(), reason.clone()),
        };
        fs::write(file, text).map_err(|error| this.fault("write to", &error))?;
        started.map(|port| Self { binaries, port })
    }
}

/// The switch of a cluster.
pub struct Power {
    binaries: PathBuf,
    port: u16,
    run: Run,
}

impl Power {
    /// Ends it in the middle of whatever it does, without a word to the disk.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn cut(&self) -> Result<(), String> {
        self.control(&["stop", "--mode=immediate", "--wait"])
    }

    /// Starts it again, where it was.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn restore(&self) -> Result<(), String> {
        let log = self.run.folder.join("log").display().to_string();
        let options = format!("-p {}", self.port);
        self.control(&["start", "--wait", "--log", &log, "--options", &options])
    }

    fn control(&self, args: &[&str]) -> Result<(), String> {
        let data = self.run.folder.join("data").display().to_string();
        let args = [args, &["--pgdata", &data]].concat();
        let user = self.run.user()?;
        run(&self.binaries.join("pg_ctl"), &args, &self.run.folder, user)
    }
}

impl Drop for Power {
    fn drop(&mut self) {
        // The watchdog removes the files when the process is gone.
        let _ = self.cut();
    }
}

/// A run of the tests: the process that lasts as long as it, and its folder.
struct Run {
    process: u32,
    folder: PathBuf,
}

impl Run {
    fn current() -> Self {
        // nextest is the parent of each test process and tells them the run's id.
        let (process, id) = match std::env::var("NEXTEST_RUN_ID") {
            Ok(id) => (parent_id(), id),
            Err(_) => (std::process::id(), "cargo-test".to_owned()),
        };
        let folder = std::env::temp_dir().join(format!("toadlane-pg-{process}-{id}"));
        Self { process, folder }
    }

    fn of_its_own() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("toadlane-pg-{process}-own-{number}"));
        Self { process, folder }
    }

    /// Whom the folder was given to, when the tests run as root.
    fn user(&self) -> Result<Option<User>, String> {
        let data = fs::metadata(&self.folder).map_err(|error| self.fault("read", &error))?;
        let user = User {
            uid: data.uid(),
            gid: data.gid(),
        };
        let own = fs::metadata("/proc/self").map_err(|error| self.fault("read", &error))?;
        Ok((user.uid != own.uid()).then_some(user))
    }

    /// Waits for the lock; it is released when the file is dropped or the process dies.
    fn lock(&self) -> std::io::Result<File> {
        let file = File::create(self.folder.with_added_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }

    fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    fn failure_file(&self) -> PathBuf {
        self.folder.join("failure")
    }

    fn port(&self) -> Option<u16> {
        fs::read_to_string(self.port_file()).ok()?.parse().ok()
    }

    fn fault(&self, what: &str, error: &dyn std::fmt::Display) -> String {
        format!("cannot {what} {}: {error}", self.folder.display())
    }

    /// Starts the cluster with the migrated template in it and returns its port.
    fn start(&self, binaries: &Path) -> Result<u16, String> {
        let user = self.make_folder()?;
        detach(
            include_str!("watchdog.sh"),
            &[
                &self.process.to_string(),
                &self.folder.display().to_string(),
            ],
        )?;
        let data = self.folder.join("data").display().to_string();
        run(
            &binaries.join("initdb"),
            &[
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
                "--pgdata",
                &data,
            ],
            &self.folder,
            user,
        )?;
        fs::write(self.folder.join("data/postgresql.auto.conf"), SETTINGS)
            .map_err(|error| self.fault("write to", &error))?;
        let port = self.start_server(binaries, &data, user)?;
        create_template(port)?;
        Ok(port)
    }

    /// An empty folder, and the user it was given to when the tests run as root.
    fn make_folder(&self) -> Result<Option<User>, String> {
        // Something is there when a process died in the middle of the set-up. A server
        // that it had started already stops by itself once its files are gone.
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir(&self.folder).map_err(|error| self.fault("create", &error))?;
        let owner = fs::metadata(&self.folder)
            .map_err(|error| self.fault("read", &error))?
            .uid();
        if owner != 0 {
            return Ok(None);
        }
        let user = User::unprivileged()?;
        chown(&self.folder, Some(user.uid), Some(user.gid))
            .map_err(|error| self.fault("give away", &error))?;
        Ok(Some(user))
    }

    /// Starts the server on a free port and waits until it accepts connections.
    fn start_server(&self, binaries: &Path, data: &str, user: Option<User>) -> Result<u16, String> {
        let log = self.folder.join("log").display().to_string();
        let mut failure = String::new();
        for _ in 0..START_ATTEMPTS {
            let port = free_port().map_err(|error| format!("no free port: {error}"))?;
            let options = format!("-p {port}");
            let args = [
                "start",
                "--wait",
                "--pgdata",
                data,
                "--log",
                &log,
                "--options",
                &options,
            ];
            match run(&binaries.join("pg_ctl"), &args, &self.folder, user) {
                Ok(()) => return Ok(port),
                Err(reason) => failure = reason,
            }
        }
        Err(format!(
            "{failure}\n{}",
            fs::read_to_string(&log).unwrap_or_default().trim_end()
        ))
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

fn create_template(port: u16) -> Result<(), String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(migrate_template(port))
        .map_err(|error| format!("the migrations failed on PostgreSQL: {error}"))
}

async fn migrate_template(port: u16) -> Result<(), DbErr> {
    let admin = connect(&url(port, "postgres")).await?;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {TEMPLATE}"))
        .await?;
    let template = connect(&url(port, TEMPLATE)).await?;
    migration::migrate(&template).await?;
    template.close().await?;
    // A template that someone is connected to cannot be cloned.
    let seal = format!("ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false");
    admin.execute_unprepared(&seal).await?;
    admin.close().await
}
