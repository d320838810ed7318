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
use entity::ids::{JobId, SavedSearchId};
use entity::job;
use entity::saved_search::{self, Notify};
use entity::told_job;
use receiver::Receiver;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
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

    /// `archive` or `publish`: its jobs leave, and come back.
    pub async fn decide(&self, server: &Server, what: &str) {
        let path = format!("/v1/organizations/{}/{what}", self.id);
        let decided = server.post(&path, Some(&self.moderator), &json!({})).await;
        assert_eq!(decided.status, 200, "{}", decided.text());
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

/// A search for everything that tells a receiver, which has proven itself.
pub async fn hooked(
    server: &Server,
    person: &Person,
    receiver: &Receiver,
    frequency: &str,
) -> Answer {
    let mut search = every_job("webhook", frequency);
    search["webhook_url"] = json!(receiver.url());
    let saved = save(server, person, &search).await;
    verified(server, person, &saved).await;
    saved
}

/// Waits until the webhook of a search has proven itself.
pub async fn verified(server: &Server, person: &Person, search: &Answer) {
    let path = format!("/v1/saved-searches/{}", search.id());
    eventually("the webhook is verified", || async {
        let view = server.get_as(&path, &person.token).await.json();
        view["webhook_verified_at"].is_string()
    })
    .await;
}

pub fn search_id(search: &Answer) -> SavedSearchId {
    SavedSearchId(search.id().parse().unwrap())
}

pub fn job_id(job: &Answer) -> JobId {
    JobId(job.id().parse().unwrap())
}

/// Notes, as the follower of the alerts does, that these jobs were found for a search and are told.
pub async fn note_told(server: &Server, search: &Answer, jobs: &[&Answer]) {
    let now = server.state.clock.now();
    let alerts = jobs.iter().map(|job| alert::ActiveModel {
        saved_search_id: Set(search_id(search)),
        job_id: Set(job_id(job)),
        at: Set(now),
        told_at: Set(Some(now)),
    });
    let db = &server.state.store.db;
    let insert = alert::Entity::insert_many(alerts).on_conflict_do_nothing();
    insert.exec_without_returning(db).await.unwrap();
    let row = saved_search::Entity::find_by_id(search_id(search));
    let row = row.one(db).await.unwrap().unwrap();
    if row.notify == Notify::Email {
        let named = jobs.iter().map(|job| told_job::ActiveModel {
            account_id: Set(row.account_id),
            job_id: Set(job_id(job)),
        });
        let insert = told_job::Entity::insert_many(named).on_conflict_do_nothing();
        insert.exec_without_returning(db).await.unwrap();
    }
}

/// Copies of a job, as rows without a change log; found for a search that is not told of them yet.
pub async fn copies(server: &Server, of: &Answer, many: usize, found_for: Option<&Answer>) {
    let (db, clock) = (&server.state.store.db, &server.state.clock);
    let row = job::Entity::find_by_id(job_id(of))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let copy = |number: usize| {
        let mut copy = row.clone().into_active_model();
        copy.id = Set(JobId(clock.new_id()));
        copy.slug = Set(format!("{}-copy-{number}", row.slug));
        copy
    };
    let rows: Vec<_> = (0..many).map(copy).collect();
    for rows in rows.chunks(200) {
        let insert = job::Entity::insert_many(rows.to_vec());
        insert.exec_without_returning(db).await.unwrap();
        let Some(search) = found_for else { continue };
        let alerts = rows.iter().map(|row| alert::ActiveModel {
            saved_search_id: Set(search_id(search)),
            job_id: row.id.clone(),
            at: Set(clock.now()),
            told_at: Set(None),
        });
        let insert = alert::Entity::insert_many(alerts);
        insert.exec_without_returning(db).await.unwrap();
    }
}

/// Waits until every job that is committed was matched, and what was found is written.
pub async fn matched(server: &Server) {
    let db = &server.state.store.db;
    eventually("the jobs are matched", || async {
        alerts::lag(db).await.unwrap() == 0
    })
    .await;
}

/// Does everything that is due.
pub async fn due(server: &Server) {
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
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
