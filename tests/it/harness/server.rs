//! Starting servers.

use super::client::Answer;
use super::postgres::{self, TestDatabase};
use entity::account;
use entity::ids::AccountId;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use toadlane::app::{AppState, Application};
use toadlane::auth::passwords;
use toadlane::clock::Clock;
use toadlane::config::{Config, ServeArgs, StoreArgs, Switch};
use tokio::task::JoinHandle;

use super::Role;

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
}

/// What outlives a restart.
struct Data {
    folder: TempDir,
    postgres: Option<TestDatabase>,
}

impl Server {
    /// A server on an empty database.
    pub async fn start(database: Database) -> Self {
        let data = Data {
            folder: tempfile::tempdir().unwrap(),
            postgres: match database {
                Database::Sqlite => None,
                Database::Postgres => Some(postgres::database().await),
            },
        };
        let data_dir = data.folder.path().join("one");
        Self::open(Arc::new(data), data_dir).await
    }

    /// A second server on the same database, with a data dir of its own. PostgreSQL only.
    pub async fn start_another(&self) -> Self {
        assert!(self.store.postgres.is_some(), "SQLite has one server");
        Self::open(self.store.clone(), self.store.folder.path().join("two")).await
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
        Self::open(self.store.clone(), self.data_dir.clone()).await
    }

    async fn open(store: Arc<Data>, data_dir: PathBuf) -> Self {
        let config = Config {
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
            },
        };
        let application = Application::build(config, Clock::System).await.unwrap();
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
        }
    }

    /// Its data dir.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
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
        let number = self.accounts.fetch_add(1, Ordering::SeqCst);
        let id = self.state.clock.new_id();
        let email = format!("{role:?}-{number}-{id}@example.coop").to_lowercase();
        let password = "a long enough password";
        account::Entity::insert(account::ActiveModel {
            id: Set(AccountId(id)),
            email: Set(email.clone()),
            name: Set(None),
            role: Set(role),
            password_hash: Set(passwords::hash(password.to_owned()).await.unwrap()),
            created_at: Set(self.state.clock.now()),
        })
        .exec_without_returning(&self.state.store.db)
        .await
        .unwrap();
        let credentials = json!({"email": email, "password": password});
        let answer = self.post("/v1/auth/login", None, &credentials).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
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
