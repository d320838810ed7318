//! Saved searches: who is told of which job, how, and that it is once.

mod digests;
mod durable;
mod receiver;
mod routes;
mod story;
mod unsubscribing;
mod webhooks;

use crate::changes::support::eventually;
use crate::harness::{Answer, Person, Role, Server, organization};
use entity::alert;
use entity::ids::SavedSearchId;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use toadlane::changes::alerts;

/// An employer whose jobs are public, and a moderator who posts them.
pub struct Employer {
    id: String,
    moderator: String,
}

impl Employer {
    pub async fn new(server: &Server) -> Self {
        let moderator = server.token(Role::Moderator).await;
        let body = organization("Suma");
        let listed = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        assert_eq!(listed.status, 201, "{}", listed.text());
        Self {
            id: listed.id(),
            moderator,
        }
    }

    /// The moderator logs in again: an access token lives for minutes.
    pub async fn log_in(&mut self, server: &Server) {
        self.moderator = server.token(Role::Moderator).await;
    }

    /// What a job needs, remote in Britain.
    pub fn job(&self, title: &str) -> Value {
        json!({
            "organization_id": self.id,
            "title": title,
            "description": "You keep it all running.",
            "employment_types": ["full_time"],
            "workplace": "remote",
            "applicant_countries": ["GB"],
            "apply_url": "https://suma.example/jobs",
        })
    }

    pub async fn post(&self, server: &Server, job: &Value) -> Answer {
        let posted = server.post("/v1/jobs", Some(&self.moderator), job).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        posted
    }

    pub async fn patch(&self, server: &Server, posted: &Answer, change: &Value) -> Answer {
        let path = format!("/v1/jobs/{}", posted.id());
        let answer = server
            .patch(&path, &self.moderator, posted.etag(), change)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    pub async fn close(&self, server: &Server, posted: &Answer) {
        let path = format!("/v1/jobs/{}/close", posted.id());
        let request = server
            .request("POST", &path)
            .bearer_auth(&self.moderator)
            .header("if-match", posted.etag())
            .json(&json!({"reason": "filled"}));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// A search for everything.
pub fn every_job(notify: &str, frequency: &str) -> Value {
    json!({"kind": "job", "query": "", "notify": notify, "frequency": frequency})
}

pub async fn save(server: &Server, person: &Person, search: &Value) -> Answer {
    let saved = server
        .post("/v1/saved-searches", Some(&person.token), search)
        .await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    saved
}

/// Waits until every job that is committed was matched, and what was found is written.
pub async fn matched(server: &Server) {
    let db = &server.state.store.db;
    eventually("the jobs are matched", || async {
        alerts::lag(db).await.unwrap() == 0
    })
    .await;
}

/// How many jobs were found for a search.
pub async fn found(server: &Server, search: &str) -> u64 {
    alert::Entity::find()
        .filter(alert::Column::SavedSearchId.eq(SavedSearchId(search.parse().unwrap())))
        .count(&server.state.store.db)
        .await
        .unwrap()
}

/// Titles of the entries of a private feed.
pub async fn in_feed(server: &Server, search: &Answer) -> Vec<String> {
    let answer = feed(server, search).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let feed: atom_syndication::Feed = answer.text().parse().unwrap();
    let titles = feed.entries.iter().map(|entry| entry.title.to_string());
    titles.collect()
}

pub async fn feed(server: &Server, search: &Answer) -> Answer {
    let url = search.json()["feed_url"].as_str().unwrap().to_owned();
    server.get(url.strip_prefix(&server.url).unwrap()).await
}
