//! People who write over HTTP and remember what was acknowledged.

use crate::harness::{Server, organization};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What the last write that was answered left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// In the list.
    Public,
    /// Not yet public, and never was.
    Pending,
    /// No longer public.
    Archived,
    /// Gone for good.
    Deleted,
}

/// A record as its writer knows it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Nobody else's.
    pub name: String,
    /// After the last write that was answered.
    pub state: State,
    /// After the last write that was answered.
    pub summary: Value,
    /// After the last write that was answered.
    pub version: i64,
    etag: String,
    /// A write that was sent and not answered: it may have happened or not.
    pub unsure: bool,
}

/// One of those who write at the same time, each with records of their own and one that all share.
pub struct Writer {
    number: usize,
    random: ChaCha8Rng,
    token: String,
    shared: String,
    /// Its own records.
    pub records: Vec<Record>,
    /// Names of records that were sent and not answered.
    pub unsure: Vec<String>,
}

/// An answer that matters to a writer.
struct Reply {
    status: u16,
    etag: String,
    body: Value,
}

/// Sends a request until it is served: on a busy machine a write may be turned away, and then nothing has
/// happened. `None` when the server is gone.
async fn send(request: reqwest::RequestBuilder) -> Option<Reply> {
    let response = loop {
        let response = request.try_clone().unwrap().send().await.ok()?;
        if response.status() != 503 {
            break response;
        }
        assert!(response.headers().contains_key("retry-after"));
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let status = response.status().as_u16();
    let etag = response
        .headers()
        .get("etag")
        .map_or("", |etag| etag.to_str().unwrap())
        .to_owned();
    let body = response.bytes().await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Reply { status, etag, body })
}

impl Writer {
    /// A writer that may write everything, and the record all share.
    pub fn new(number: usize, token: &str, shared: &str) -> Self {
        Self {
            number,
            random: ChaCha8Rng::seed_from_u64(number as u64),
            token: token.to_owned(),
            shared: shared.to_owned(),
            records: Vec::new(),
            unsure: Vec::new(),
        }
    }

    /// Writes this often, or until the server is gone. Counts what is acknowledged.
    pub async fn write(&mut self, server: &Server, times: usize, acknowledged: &AtomicUsize) {
        for _ in 0..times {
            let alive = match self.random.random_range(0..10) {
                0..4 => self.create(server).await,
                4..6 => self.patch_shared(server).await,
                _ => self.change(server).await,
            };
            if alive.is_none() {
                return;
            }
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn create(&mut self, server: &Server) -> Option<()> {
        let name = format!(
            "Record {} of {}",
            self.records.len() + self.unsure.len(),
            self.number
        );
        let mut body = organization(&name);
        let state = if self.random.random_range(0..4) == 0 {
            State::Pending
        } else {
            State::Public
        };
        if state == State::Pending {
            body["status"] = json!("pending");
        }
        let request = server
            .request("POST", "/v1/organizations")
            .bearer_auth(&self.token)
            .json(&body);
        let Some(reply) = send(request).await else {
            self.unsure.push(name);
            return None;
        };
        assert_eq!(reply.status, 201, "{}", reply.body);
        self.records.push(Record {
            id: reply.body["id"].as_str().unwrap().to_owned(),
            name,
            state,
            summary: Value::Null,
            version: 1,
            etag: reply.etag,
            unsure: false,
        });
        Some(())
    }

    /// Changes one of its records: edits, archives, deletes, or lists it again.
    async fn change(&mut self, server: &Server) -> Option<()> {
        let usable: Vec<usize> = (0..self.records.len())
            .filter(|at| !self.records[*at].unsure && self.records[*at].state != State::Deleted)
            .collect();
        if usable.is_empty() {
            return self.create(server).await;
        }
        let at = usable[self.random.random_range(0..usable.len())];
        let choice = self.random.random_range(0..6);
        let edit = format!("edit {}", self.random.random_range(0..1_000_000));
        let record = &mut self.records[at];
        let (body, state) = match (&record.state, choice) {
            // What waits for a moderator stays what it is: never public.
            (State::Pending, _) => (json!({"summary": edit}), State::Pending),
            (_, 0) => (Value::Null, State::Deleted),
            (State::Archived, _) => (json!({"status": "published"}), State::Public),
            (_, 1) => (json!({"status": "archived"}), State::Archived),
            (state, _) => (json!({"summary": edit}), state.clone()),
        };
        let path = format!("/v1/organizations/{}", record.id);
        let method = if state == State::Deleted {
            "DELETE"
        } else {
            "PATCH"
        };
        let request = server
            .request(method, &path)
            .bearer_auth(&self.token)
            .header("if-match", &record.etag)
            .header("content-type", "application/merge-patch+json");
        let request = if state == State::Deleted {
            request
        } else {
            request.body(body.to_string())
        };
        record.unsure = true;
        let reply = send(request).await?;
        assert!(
            matches!(reply.status, 200 | 204),
            "{} {}",
            reply.status,
            reply.body
        );
        record.unsure = false;
        record.state = state;
        record.version += 1;
        record.etag = reply.etag;
        if record.state != State::Deleted {
            assert_eq!(reply.body["version"], record.version);
            record.summary = reply.body["summary"].clone();
        }
        Some(())
    }

    /// Edits the record that all edit: somebody else may have been faster.
    async fn patch_shared(&mut self, server: &Server) -> Option<()> {
        let path = format!("/v1/organizations/{}", self.shared);
        let etag = send(server.request("GET", &path)).await?.etag;
        let body = json!({"members_count": self.random.random_range(0..1_000_000)});
        let request = server
            .request("PATCH", &path)
            .bearer_auth(&self.token)
            .header("if-match", etag)
            .header("content-type", "application/merge-patch+json")
            .body(body.to_string());
        let reply = send(request).await?;
        assert!(
            matches!(reply.status, 200 | 412),
            "{} {}",
            reply.status,
            reply.body
        );
        Some(())
    }
}
