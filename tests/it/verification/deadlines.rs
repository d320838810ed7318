//! What time changes.

use super::{Coop, anchor, attestations, changes, coop, level, revoke, verification, vouch};
use crate::harness::{Answer, Database, Role, Server};
use chrono::{DateTime, TimeDelta, Utc};
use entity::deadline;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use toadlane::clock::Clock;

const WORKERS: &str = "worker_cooperative";

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

async fn server(database: Database) -> Server {
    Server::start_with(database, Clock::manual(start()), |_| {}).await
}

/// A moderator's word with times, in minutes from the start.
async fn for_a_while(server: &Server, moderator: &str, of: &Coop, from: i64, to: i64) -> Answer {
    let at = |minutes| (start() + TimeDelta::minutes(minutes)).to_rfc3339();
    let body = json!({"kind": "registration", "issuer": "The register", "valid_from": at(from), "valid_to": at(to)});
    let answer = server.post(&attestations(of), Some(moderator), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// Everything that is due, here or by the follower in the background.
async fn pass(server: &Server, minutes: i64) {
    server.state.clock.advance(TimeDelta::minutes(minutes));
    drain(server).await;
}

async fn drain(server: &Server) {
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
}

/// Polls a path until it says what it should.
async fn until(server: &Server, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = server.get(path).await;
        if answer.status == 200 && is_so(&answer.json()) {
            return answer.json();
        }
        assert!(Instant::now() < deadline, "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Level in the feed.
async fn in_feed(server: &Server, id: &str) -> Value {
    let page = server.get("/v1/feeds/organizations").await.json();
    let mut items = page["items"].as_array().unwrap().iter();
    let item = items.rfind(|item| item["id"] == id).unwrap();
    item["data"]["verification"]["level"].clone()
}

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

on_both!(
    an_attestation_begins_and_lapses,
    what_stands_on_what_lapses_falls,
    what_fell_due_while_the_server_was_down,
);

async fn an_attestation_begins_and_lapses(database: Database) {
    let server = server(database).await;
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    for_a_while(&server, &moderator, &ada, 10, 20).await;
    assert_eq!(level(&server, &ada).await, "none");
    let public = server.get(&attestations(&ada)).await.json();
    assert_eq!(public["items"], json!([]));

    pass(&server, 10).await;
    let shown = verification(&server, &ada).await;
    assert_eq!(shown["level"], "verified");
    assert_eq!(shown["attestations"].as_array().unwrap().len(), 1);
    let facets = "/v1/organizations?verification=verified&facets=verification";
    let found = until(&server, facets, |found| found["total"] == 1).await;
    assert_eq!(
        found["facets"]["verification"],
        json!([{"value": "verified", "count": 1}])
    );
    assert_eq!(found["items"][0]["verification"], shown);
    assert_eq!(in_feed(&server, &ada.id).await, "verified");

    pass(&server, 10).await;
    assert_eq!(
        verification(&server, &ada).await,
        json!({"level": "none", "attestations": []})
    );
    until(&server, facets, |found| found["total"] == 0).await;
    let none = server.get("/v1/organizations?verification=none").await;
    assert_eq!(none.json()["total"], 1);
    assert_eq!(in_feed(&server, &ada.id).await, "none");
    assert_eq!(changes(&server, &ada).await, ["time", "time"]);
    let history = format!("/v1/organizations/{}/history", ada.id);
    let latest = &server.get(&history).await.json()["items"][0];
    assert_eq!(latest["fields"][0]["from"]["level"], "verified");
    assert_eq!(latest["fields"][0]["to"]["level"], "none");
    let left = deadline::Entity::find().count(&server.state.store.db).await;
    assert_eq!(left.unwrap(), 0);
}

async fn what_stands_on_what_lapses_falls(database: Database) {
    let server = server(database).await;
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let bea = coop(&server, &moderator, "Bea", WORKERS).await;
    let cleo = coop(&server, &moderator, "Cleo", WORKERS).await;
    for_a_while(&server, &moderator, &ada, -10, 10).await;
    anchor(&server, &moderator, &bea).await;
    for one in [&ada, &bea] {
        assert_eq!(vouch(&server, one, &cleo).await.status, 201);
    }
    let dora = coop(&server, &moderator, "Dora", WORKERS).await;
    for one in [&cleo, &bea] {
        assert_eq!(vouch(&server, one, &dora).await.status, 201);
    }
    assert_eq!(level(&server, &dora).await, "verified");
    pass(&server, 10).await;
    assert_eq!(level(&server, &ada).await, "none");
    assert_eq!(level(&server, &cleo).await, "partner");
    assert_eq!(level(&server, &dora).await, "partner");
    assert_eq!(changes(&server, &dora).await[0], "time");

    // What was taken back earlier does not come again, and changes nothing in its time.
    let word = for_a_while(&server, &moderator, &ada, 20, 30).await;
    revoke(&server, &word, &moderator).await;
    let before = changes(&server, &ada).await;
    pass(&server, 30).await;
    assert_eq!(changes(&server, &ada).await, before);
}

async fn what_fell_due_while_the_server_was_down(database: Database) {
    let mut server = server(database).await;
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    for_a_while(&server, &moderator, &ada, 0, 10).await;
    assert_eq!(level(&server, &ada).await, "verified");
    server.stop().await;
    server.state.clock.advance(TimeDelta::minutes(15));
    let server = server.restart().await;
    until(&server, "/readyz", |ready| ready["status"] == "ok").await;
    // Once it is ready, everything says so.
    assert_eq!(level(&server, &ada).await, "none");
    let found = server.get("/v1/organizations?verification=none").await;
    assert_eq!(found.json()["total"], 1);
    assert_eq!(changes(&server, &ada).await, ["time", "moderator"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_do_it_once() {
    let one = server(Database::Postgres).await;
    let two = one.start_another().await;
    let moderator = one.token(Role::Moderator).await;
    let mut all = Vec::new();
    for number in 0..5 {
        let name = format!("Coop {number}");
        let coop = coop(&one, &moderator, &name, WORKERS).await;
        for_a_while(&one, &moderator, &coop, 0, 10).await;
        all.push(coop);
    }
    one.state.clock.advance(TimeDelta::minutes(10));
    tokio::join!(drain(&one), drain(&two), drain(&one), drain(&two));
    for coop in &all {
        for server in [&one, &two] {
            assert_eq!(level(server, coop).await, "none");
            assert_eq!(changes(server, coop).await, ["time", "moderator"]);
        }
    }
}
