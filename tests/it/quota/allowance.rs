//! What an account writes in a day.

use super::{ORGANIZATIONS, hand_in, path};
use crate::harness::{Answer, Database, Role, Server, organization};
use chrono::{DateTime, TimeDelta};
use entity::account_usage::{self, Entity};
use entity::ids::AccountId;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;
use toadlane::clock::Clock;

const MIB: i64 = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    a_day_has_an_end(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    a_day_has_an_end(Database::Postgres).await;
}

/// What the account has written today.
async fn written(server: &Server, account: uuid::Uuid) -> i64 {
    let key = (AccountId(account), server.state.clock.now().date_naive());
    let row = Entity::find_by_id(key)
        .one(&server.state.store.db)
        .await
        .unwrap();
    row.map_or(0, |row| row.bytes)
}

async fn a_day_has_an_end(database: Database) {
    let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
    let server = Server::start_with(database, Clock::manual(start), |_| {}).await;
    let owner = server.person(Role::Member).await;
    let moderator = server.person(Role::Moderator).await;
    let mut large = organization("Much to say");
    large["description"] = json!("We bake. ".repeat(2_000));
    let keyed = server
        .request("POST", ORGANIZATIONS)
        .bearer_auth(&owner.token)
        .header("idempotency-key", "\"one\"")
        .json(&large);
    let posted = Answer::of(keyed).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    // The record and the answer that is kept.
    let after_posting = written(&server, owner.id).await;
    assert!((36_000..60_000).contains(&after_posting), "{after_posting}");
    let small = json!({"summary": "Bread"});
    let path = path(&posted.id());
    let patched = server
        .patch(&path, &owner.token, posted.etag(), &small)
        .await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    let by_patching = written(&server, owner.id).await - after_posting;
    assert!((1_000..2_000).contains(&by_patching), "{by_patching}");

    spend_all_but(&server, owner.id, 3_000).await;
    let last = server
        .patch(
            &path,
            &owner.token,
            patched.etag(),
            &json!({"summary": "Cake"}),
        )
        .await;
    assert_eq!(last.status, 200, "{}", last.text());
    spend_all_but(&server, owner.id, 1_000).await;
    let refused = server
        .patch(&path, &owner.token, last.etag(), &json!({"summary": "Tea"}))
        .await;
    let problem = refused.problem(429);
    assert_eq!(problem["type"], "/problems/allowance-spent");
    assert!(
        problem["detail"].as_str().unwrap().contains("20 MiB a day"),
        "{problem}"
    );
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    let midnight = server.state.clock.now() + TimeDelta::seconds(wait);
    assert_eq!(
        midnight.date_naive(),
        start.date_naive().succ_opt().unwrap()
    );
    assert!((1..=86_400).contains(&wait), "{wait}");
    hand_in(&server, &owner.token, "More").await.problem(429);
    let seen = server.get_as(&path, &owner.token).await;
    assert_eq!(seen.etag(), last.etag(), "nothing was written");

    // Others write, moderators are not counted, and removing is never refused.
    let other = server.token(Role::Member).await;
    assert_eq!(hand_in(&server, &other, "Other").await.status, 201);
    let by_moderator = server
        .patch(
            &path,
            &moderator.token,
            last.etag(),
            &json!({"summary": "Tea"}),
        )
        .await;
    assert_eq!(by_moderator.status, 200, "{}", by_moderator.text());
    assert_eq!(written(&server, moderator.id).await, 0);
    let removed = server
        .delete(&path, &owner.token, by_moderator.etag())
        .await;
    assert_eq!(removed.status, 204, "{}", removed.text());

    server.state.clock.advance(TimeDelta::seconds(wait));
    let token = server.log_in(&owner.email).await;
    assert_eq!(hand_in(&server, &token, "More").await.status, 201);
}

async fn spend_all_but(server: &Server, account: uuid::Uuid, bytes: i64) {
    let day = server.state.clock.now().date_naive();
    let row = account_usage::ActiveModel {
        account_id: Set(AccountId(account)),
        day: Set(day),
        bytes: Set(20 * MIB - bytes),
    };
    Entity::update(row)
        .exec(&server.state.store.db)
        .await
        .unwrap();
}
