//! Job posts.

mod at_once;
mod employers;
mod filters_model;
mod fold;
mod lifecycle;
mod permissions;
mod renames;
mod rules;
mod similar;
mod story;
mod time;

use crate::harness::{Answer, Role, Server};
use serde_json::{Value, json};

/// A published organization and somebody who owns it.
pub struct Coop {
    pub id: String,
    pub slug: String,
    pub email: String,
    pub token: String,
}

impl Coop {
    /// The path of its record.
    pub fn path(&self) -> String {
        format!("/v1/organizations/{}", self.id)
    }
}

/// A published organization with an owner.
pub async fn coop(server: &Server, name: &str) -> Coop {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let body = crate::harness::organization(name);
    let posted = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    let mut coop = Coop {
        id: posted.id(),
        slug: String::new(),
        email: owner.email,
        token: owner.token,
    };
    let published = json!({"status": "published"});
    let answer = server
        .patch(&coop.path(), &moderator, "*", &published)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["slug"]
        .as_str()
        .unwrap()
        .clone_into(&mut coop.slug);
    coop
}

/// The least that a job of this organization needs.
pub fn job(coop: &Coop, title: &str) -> Value {
    json!({
        "organization_id": coop.id,
        "title": title,
        "description": "You keep the ovens warm and the books straight.",
        "employment_types": ["full_time"],
        "workplace": "on_site",
        "locations": [{"locality": "Leeds", "country": "GB"}],
        "apply_url": "https://jobs.example.coop/apply",
    })
}

/// The same with some members replaced.
pub fn with(mut job: Value, members: &Value) -> Value {
    let members = members.as_object().unwrap().clone();
    job.as_object_mut().unwrap().extend(members);
    job
}

/// Posts a job and waits until it can be found.
pub async fn post(server: &Server, coop: &Coop, body: &Value) -> Answer {
    let answer = server
        .post("/v1/jobs?refresh=wait_for", Some(&coop.token), body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// `POST /v1/jobs/{id}/{action}`.
pub async fn act(server: &Server, coop: &Coop, id: &str, action: &str, body: &Value) -> Answer {
    let path = format!("/v1/jobs/{id}/{action}?refresh=wait_for");
    server.post(&path, Some(&coop.token), body).await
}

/// The path of a job.
pub fn path(id: &str) -> String {
    format!("/v1/jobs/{id}")
}

/// The ids that the public list shows.
pub async fn listed(server: &Server) -> Vec<String> {
    let page = server.get("/v1/jobs?limit=100").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(page["total"], items.len());
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

/// State and data of a job at the end of a walk along the feed.
pub async fn in_feed(server: &Server, id: &str) -> Option<(String, Value)> {
    let page = server.get("/v1/feeds/jobs?limit=1000").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.json();
    let mut items = page["items"].as_array().unwrap().iter();
    let item = items.find(|item| item["id"] == id)?;
    let state = item["state"].as_str().unwrap().to_owned();
    Some((state, item["data"].clone()))
}

/// What the feed says of a job.
pub async fn state_in_feed(server: &Server, id: &str) -> Option<String> {
    in_feed(server, id).await.map(|(state, _)| state)
}

/// The pointers of a validation problem, in order.
pub fn pointers(answer: &Answer) -> Vec<String> {
    let problem = answer.problem(400);
    assert_eq!(problem["type"], "/problems/validation", "{problem}");
    let errors = problem["errors"].as_array().unwrap();
    let pointer = |fault: &Value| fault["pointer"].as_str().unwrap().to_owned();
    errors.iter().map(pointer).collect()
}

/// Makes two tests of an `async fn(Database)`, which starts its server itself.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::harness::Database;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Database::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both;
