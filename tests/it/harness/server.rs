//! Starting servers.

use super::client::Answer;
use super::folders::data_folder;
use super::mail::{self, Mail};
use super::postgres::{self, Power, TestDatabase};
use super::sqlite;
use argon2::password_hash::PasswordHasher;
use argon2::{Argon2, Params};
use entity::account;
use entity::ids::AccountId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use toadlane::app::Application;
use toadlane::auth::throttle::Attempt;
use toadlane::auth::tokens::{self, Subject};
use toadlane::auth::{passwords, sessions};
use toadlane::changes::WriteTransaction;
use toadlane::clock::Clock;
use toadlane::config::{Config, KeyArgs, MailArgs, ServeArgs, StoreArgs, Switch};
use toadlane::state::AppState;
use tokio::task::JoinHandle;

use super::Role;

/// The password of everybody whose account the harness makes.
const PASSWORD: &str = "a long enough password";

/// Its hash, at the least cost there is. A hash says what it cost, so that checking it is as cheap.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| {
    let least = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, 1, None).unwrap();
    let hash = Argon2::from(least).hash_password(PASSWORD.as_bytes());
    hash.unwrap().to_string()
});

/// Somebody with an account.
pub struct Person {
    /// Id of the account.
    pub id: uuid::Uuid,
    /// Its address.
    pub email: String,
    /// An access token.
    pub token: String,
}

/// Where a test's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the server's data dir.
    Sqlite,
    /// A database of its own in the run's cluster.
    Postgres,
}

/// A server that runs until dropped.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Its state, for what HTTP does not show.
    pub state: actix_web::web::Data<AppState>,
    store: Arc<Data>,
    data_dir: PathBuf,
    client: reqwest::Client,
    running: Option<(actix_web::dev::ServerHandle, JoinHandle<()>)>,
    accounts: AtomicU32,
    change: Change,
}

/// How a test's configuration differs.
type Change = Arc<dyn Fn(&mut Config) + Send + Sync>;

/// What outlives a restart.
struct Data {
    folder: TempDir,
    postgres: Option<TestDatabase>,
}

impl Server {
    /// A server on an empty database.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, Clock::System, |_| {}).await
    }

    /// A server on a PostgreSQL that only it uses, and the switch of that.
    pub async fn start_with_power() -> (Self, Power) {
        let (database, power) = postgres::database_with_power().await;
        let data = Data {
            folder: data_folder(),
            postgres: Some(database),
        };
        let data_dir = data.folder.path().join("one");
        let unchanged: Change = Arc::new(|_: &mut Config| {});
        let server = Self::open(Arc::new(data), data_dir, Clock::System, unchanged).await;
        (server, power)
    }

    /// A server with a clock of the test's and a configuration that differs.
    pub async fn start_with(
        database: Database,
        clock: Clock,
        change: impl Fn(&mut Config) + Send + Sync + 'static,
    ) -> Self {
        let data = Data {
            folder: data_folder(),
            postgres: match database {
                Database::Sqlite => None,
                Database::Postgres => Some(postgres::database().await),
            },
        };
        let data_dir = data.folder.path().join("one");
        if database == Database::Sqlite {
            sqlite::put_database_in(&data_dir).await;
        }
        Self::open(Arc::new(data), data_dir, clock, Arc::new(change)).await
    }

    /// A second server on the same database, with a data dir of its own. PostgreSQL only.
    pub async fn start_another(&self) -> Self {
        assert!(self.store.postgres.is_some(), "SQLite has one server");
        let data_dir = self.store.folder.path().join("two");
        self.open_again(data_dir).await
    }

    /// Stops the server, in good order.
    pub async fn stop(&mut self) {
        if let Some((handle, task)) = self.running.take() {
            handle.stop(true).await;
            task.await.unwrap();
        }
    }

    /// Stops it and starts it again on the same data.
    pub async fn restart(mut self) -> Self {
        self.stop().await;
        self.open_again(self.data_dir.clone()).await
    }

    async fn open_again(&self, data_dir: PathBuf) -> Self {
        let clock = self.state.clock.clone();
        Self::open(self.store.clone(), data_dir, clock, self.change.clone()).await
    }

    async fn open(store: Arc<Data>, data_dir: PathBuf, clock: Clock, change: Change) -> Self {
        let mut config = Config {
            store: StoreArgs {
                data_dir: data_dir.clone(),
                database_url: store.postgres.as_ref().map(TestDatabase::url),
            },
            serve: ServeArgs {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                public_url: None,
                license: "https://creativecommons.org/licenses/by/4.0/".to_owned(),
                rate_limit: Switch::Off,
                security_contact: None,
                trusted_proxies: Vec::new(),
                key: KeyArgs {
                    signing_key_file: None,
                },
                allow_private_webhooks: false,
                dns_resolver: None,
                mail: MailArgs {
                    smtp_url: None,
                    mail_from: "toadlane@example.coop".parse().unwrap(),
                },
            },
        };
        change(&mut config);
        let application = Application::build(config, clock).await.unwrap();
        let url = format!("http://{}", application.address());
        let state = application.state();
        let handle = application.handle();
        let task = tokio::spawn(async move { application.run().await.unwrap() });
        Self {
            url,
            state,
            store,
            data_dir,
            client: reqwest::Client::new(),
            running: Some((handle, task)),
            accounts: AtomicU32::new(0),
            change,
        }
    }

    /// Its data dir.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Removes the index folder, as if its disk was lost. It goes as a whole: while it is emptied, a merge that was
    /// under way could still write into it.
    pub fn lose_index(&self) {
        let lost = self.data_dir.join("lost-index");
        std::fs::rename(self.data_dir.join("index"), &lost).unwrap();
        // What a merge leaves of it goes with the data dir.
        let _ = std::fs::remove_dir_all(lost);
    }

    /// What `--database-url` would be.
    pub fn database_url(&self) -> String {
        match &self.store.postgres {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.data_dir.join("toadlane.db").display()),
        }
    }

    /// The access token of a new account with this role.
    pub async fn token(&self, role: Role) -> String {
        self.person(role).await.token
    }

    /// A new account with this role, and a log-in of it such as `POST /v1/auth/login` begins.
    pub async fn person(&self, role: Role) -> Person {
        self.person_with_hash(role, PASSWORD_HASH.clone()).await
    }

    /// The same with a hash as costly as the server makes them, for tests of what happens while one is checked.
    pub async fn person_with_costly_password(&self, role: Role) -> Person {
        let hash = passwords::hash(PASSWORD.to_owned()).await.unwrap();
        self.person_with_hash(role, hash).await
    }

    async fn person_with_hash(&self, role: Role, hash: String) -> Person {
        let number = self.accounts.fetch_add(1, Ordering::SeqCst);
        let id = self.state.clock.new_id();
        let email = format!("{role:?}-{number}-{id}@example.coop").to_lowercase();
        let txn = WriteTransaction::begin(&self.state.store).await.unwrap();
        account::Entity::insert(account::ActiveModel {
            id: Set(AccountId(id)),
            email: Set(email.clone()),
            name: Set(None),
            role: Set(role),
            password_hash: Set(hash),
            created_at: Set(self.state.clock.now()),
            suspended_at: Set(None),
        })
        .exec_without_returning(&*txn)
        .await
        .unwrap();
        let token = self.begin_session(&txn, AccountId(id), &email).await;
        txn.commit().await.unwrap();
        Person { id, email, token }
    }

    /// The access token of a new log-in from this machine, which needs no password.
    async fn begin_session(
        &self,
        txn: &WriteTransaction,
        account: AccountId,
        email: &str,
    ) -> String {
        let clock = &self.state.clock;
        let attempt = Attempt::new(email, Some(Ipv4Addr::LOCALHOST.into()));
        let (id, network) = (clock.new_id(), attempt.network());
        let session = sessions::begin(&**txn, id, account, None, network, clock.now());
        let subject = Subject::Person {
            account,
            session: session.await.unwrap().id,
        };
        let (keys, instance) = (&self.state.keys, self.state.instance);
        tokens::issue(keys, instance, &subject, clock.new_id(), clock.now()).unwrap()
    }

    /// A new access token of somebody the harness knows the password of.
    pub async fn log_in(&self, email: &str) -> String {
        let credentials = json!({"email": email, "password": PASSWORD});
        let tokens = self.post("/v1/auth/login", None, &credentials).await;
        assert_eq!(tokens.status, 200, "{}", tokens.text());
        tokens.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Registers somebody, follows the link of the mail and logs in: an access token.
    pub async fn join(&self, email: &str) -> String {
        let new = json!({"email": email, "password": PASSWORD, "name": "Somebody"});
        let answer = self.post("/v1/auth/register", None, &new).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let token = json!({"token": self.mail_to(email).await.token()});
        let answer = self.post("/v1/auth/verify-email", None, &token).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        self.log_in(email).await
    }

    /// The first mail to this address that was not read yet. Waits until it is there.
    ///
    /// # Panics
    /// After ten seconds.
    pub async fn mail_to(&self, email: &str) -> Mail {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(mail) = mail::take(&self.data_dir.join("outbox"), email) {
                self.noted_as_sent(email).await;
                return mail;
            }
            assert!(Instant::now() < deadline, "no mail to {email}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until what was sent to this address is noted as sent. A test whose clock jumps in between would
    /// see it sent again, as if the sender had died.
    async fn noted_as_sent(&self, email: &str) {
        let under_way = entity::mail::Entity::find()
            .filter(entity::mail::Column::Recipient.eq(email))
            .filter(entity::mail::Column::Attempts.gt(0))
            .filter(entity::mail::Column::DoneAt.is_null());
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            if under_way.clone().count(&self.state.store.db).await.unwrap() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends what is in the queue, and tells whether there is mail to this address that was not read.
    pub async fn has_mail_to(&self, email: &str) -> bool {
        while self.state.post.drain_once().await.unwrap() > 0 {}
        // The server's own sender may have one under way.
        self.noted_as_sent(email).await;
        mail::find(&self.data_dir.join("outbox"), email).is_some()
    }

    /// A request to be completed by the test.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// `GET`, as nobody in particular.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    /// `GET` with a token.
    pub async fn get_as(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.request("GET", path).bearer_auth(token)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = self.request("POST", path).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    }

    /// `PATCH` with a merge patch.
    pub async fn patch(&self, path: &str, token: &str, etag: &str, body: &Value) -> Answer {
        let request = self
            .request("PATCH", path)
            .bearer_auth(token)
            .header("if-match", etag)
            .header("content-type", "application/merge-patch+json")
            .body(body.to_string());
        Answer::of(request).await
    }

    /// `DELETE /v1/me`, with the password of everybody the harness makes.
    pub async fn erase(&self, token: &str) -> Answer {
        let body = json!({"current_password": PASSWORD});
        let request = self.request("DELETE", "/v1/me").bearer_auth(token);
        Answer::of(request.json(&body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str, token: &str, etag: &str) -> Answer {
        let request = self
            .request("DELETE", path)
            .bearer_auth(token)
            .header("if-match", etag);
        Answer::of(request).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((_, task)) = self.running.take() {
            task.abort();
        }
    }
}
