//! An organization that changes again and again, with a thousand jobs that show it.

use super::{Coop, coop, job, listed, on_both, path, post};
use crate::changes::support::{caught_up, ready};
use crate::harness::{Answer, Database, Server};
use chrono::{DateTime, TimeDelta, Utc};
use entity::change::{Action, ActorRole, Kind};
use entity::ids::JobId;
use entity::{change, job as jobs};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::json;
use toadlane::changes::{Actor, Change, WriteTransaction, record};
use toadlane::clock::Clock;

const JOBS: usize = 1000;

/// The write budget of an account in a minute.
const RENAMES: usize = 120;

on_both!(
    renames_of_a_thousand_jobs_are_few_changes,
    the_last_of_several_changes_is_on_every_job,
    what_leaves_the_public_leaves_at_once,
    the_budget_outlives_a_restart,
);

async fn server(database: Database) -> Server {
    let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

async fn rename(server: &Server, coop: &Coop, name: &str) -> Answer {
    let change = json!({"name": name});
    server.patch(&coop.path(), &coop.token, "*", &change).await
}

/// Copies of a job, each with its place in the log.
async fn copies(server: &Server, id: &str, many: usize) {
    let store = &server.state.store;
    let row = jobs::Entity::find_by_id(JobId(id.parse().unwrap()));
    let row = row.one(&store.db).await.unwrap().unwrap();
    let mut txn = WriteTransaction::begin(store).await.unwrap();
    let mut rows = Vec::new();
    for number in 0..many {
        let id = server.state.clock.new_id();
        let mut copy = row.clone().into_active_model();
        copy.id = Set(JobId(id));
        copy.slug = Set(format!("copy-{number}"));
        rows.push(copy);
        let created = Change {
            kind: Kind::Job,
            id,
            action: Action::Created,
            version: 1,
            actor: Actor {
                account: None,
                role: ActorRole::Owner,
                source: None,
            },
            fields: json!([]),
            note: None,
            was_public: false,
            public: true,
            at: row.created_at,
        };
        record(&mut txn, created);
    }
    for rows in rows.chunks(200) {
        jobs::Entity::insert_many(rows.to_vec())
            .exec_without_returning(&*txn)
            .await
            .unwrap();
    }
    txn.commit().await.unwrap();
    caught_up(server).await;
}

/// How many changes of jobs there are.
async fn changes_of_jobs(server: &Server) -> u64 {
    change::Entity::find()
        .filter(change::Column::Kind.eq(Kind::Job))
        .count(&server.state.store.db)
        .await
        .unwrap()
}

async fn what_is_due_is_done(server: &Server) {
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
    caught_up(server).await;
}

/// What falls due in the next ten seconds.
async fn ten_seconds_pass(server: &Server) {
    server.state.clock.advance(TimeDelta::seconds(10));
    what_is_due_is_done(server).await;
}

async fn name_in_search(server: &Server, id: &str) -> String {
    let list = server.get("/v1/jobs?limit=100").await.json();
    let mut items = list["items"].as_array().unwrap().iter();
    let found = items.find(|item| item["id"] == id).unwrap();
    found["organization"]["name"].as_str().unwrap().to_owned()
}

async fn renames_of_a_thousand_jobs_are_few_changes(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let id = post(&server, &ada, &job(&ada, "Baker")).await.id();
    copies(&server, &id, JOBS - 1).await;
    ready(&server).await;
    let before = changes_of_jobs(&server).await;
    let mut renamed = Vec::new();
    for number in 0..RENAMES {
        let name = format!("Bakery {number}");
        let answer = rename(&server, &ada, &name).await;
        assert_eq!(server.get("/readyz").await.status, 200);
        if answer.status == 200 {
            renamed.push(name);
            continue;
        }
        let problem = answer.problem(429);
        assert_eq!(problem["type"], "/problems/too-many-requests");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("10 times in an hour"), "{detail}");
        assert_eq!(answer.header("retry-after"), "3601");
    }
    assert_eq!(renamed.len(), 10);
    // The first is on every job soon, a part in each transaction; the rest waits and comes together.
    what_is_due_is_done(&server).await;
    let jobs = u64::try_from(JOBS).unwrap();
    assert_eq!(changes_of_jobs(&server).await, before + jobs);
    ten_seconds_pass(&server).await;
    assert_eq!(changes_of_jobs(&server).await, before + 2 * jobs);
    let last = renamed.last().unwrap();
    let found = server.get("/v1/jobs?limit=100").await.json();
    assert_eq!(found["total"], JOBS);
    for item in found["items"].as_array().unwrap() {
        assert_eq!(item["organization"]["name"], **last);
    }
    // Nothing more to do.
    ten_seconds_pass(&server).await;
    assert_eq!(changes_of_jobs(&server).await, before + 2 * jobs);
}

async fn the_last_of_several_changes_is_on_every_job(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let id = posted.id();
    assert_eq!(rename(&server, &ada, "One").await.status, 200);
    caught_up(&server).await;
    assert_eq!(name_in_search(&server, &id).await, "One");
    let first = server.get(&path(&id)).await;
    assert_ne!(first.etag(), posted.etag());
    for name in ["Two", "Three"] {
        assert_eq!(rename(&server, &ada, name).await.status, 200);
    }
    // What jobs do not show makes no difference.
    let change = json!({"summary": "Bread."});
    let changed = server.patch(&ada.path(), &ada.token, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    caught_up(&server).await;
    assert_eq!(server.get(&path(&id)).await.etag(), first.etag());
    ten_seconds_pass(&server).await;
    let second = server.get(&path(&id)).await;
    assert_ne!(second.etag(), first.etag());
    assert_eq!(second.json()["organization"]["name"], "Three");
    assert_eq!(name_in_search(&server, &id).await, "Three");
    // After a rest without changes the next is on every job at once again.
    ten_seconds_pass(&server).await;
    assert_eq!(rename(&server, &ada, "Four").await.status, 200);
    caught_up(&server).await;
    assert_eq!(name_in_search(&server, &id).await, "Four");
}

async fn what_leaves_the_public_leaves_at_once(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let id = post(&server, &ada, &job(&ada, "Baker")).await.id();
    // More than leave in one transaction.
    copies(&server, &id, 250).await;
    for name in ["One", "Two"] {
        assert_eq!(rename(&server, &ada, name).await.status, 200);
    }
    what_is_due_is_done(&server).await;
    server.state.clock.advance(TimeDelta::milliseconds(1));
    let change = json!({"status": "archived"});
    let archived = server.patch(&ada.path(), &ada.token, "*", &change).await;
    assert_eq!(archived.status, 200, "{}", archived.text());
    what_is_due_is_done(&server).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    let state = super::state_in_feed(&server, &id).await;
    assert_eq!(state.unwrap(), "deleted");
    ten_seconds_pass(&server).await;
    let state = super::state_in_feed(&server, &id).await;
    assert_eq!(state.unwrap(), "deleted");
}

async fn the_budget_outlives_a_restart(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    for number in 0..10 {
        let answer = rename(&server, &ada, &format!("Bakery {number}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let server = server.restart().await;
    rename(&server, &ada, "Bakery 10").await.problem(429);
    if database == Database::Postgres {
        let other = server.start_another().await;
        rename(&other, &ada, "Bakery 10").await.problem(429);
    }
    // What readers would not know it by is not counted, nor are others, nor is what moderators do.
    let change = json!({"summary": "Bread."});
    let changed = server.patch(&ada.path(), &ada.token, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let bea = coop(&server, "Bea Bakery").await;
    assert_eq!(rename(&server, &bea, "Bea's").await.status, 200);
    let moderator = server.token(crate::harness::Role::Moderator).await;
    let change = json!({"name": "Ada's"});
    let changed = server.patch(&ada.path(), &moderator, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    // An hour later there is room for ten more, and in a day for thirty.
    let mut most = 10;
    for _ in 0..2 {
        server.state.clock.advance(TimeDelta::minutes(61));
        let token = server.log_in(&ada.email).await;
        for number in 0..10 {
            let change = json!({"networks": [], "name": format!("Bakery {most} {number}")});
            let answer = server.patch(&ada.path(), &token, "*", &change).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        most += 10;
    }
    server.state.clock.advance(TimeDelta::minutes(61));
    let token = server.log_in(&ada.email).await;
    let change = json!({"name": "Bakery 31"});
    let answer = server.patch(&ada.path(), &token, "*", &change).await;
    let problem = answer.problem(429);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("30 times in a day"), "{detail}");
}
