//! `kill -9` of the server while many write and follow.

use super::follower::PUBLIC_URL;
use super::live::{assert_followers_have_the_list, followers, write_and_follow, writers};
use super::writers::{Record, State, Writer};
use crate::changes::support::{as_process, caught_up, public_list, ready};
use crate::harness::{Role, Server, Serving, on_both_databases};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

on_both_databases!(no_acknowledged_write_is_lost_and_no_follower_misses_one);

const ROUNDS: usize = 4;
const SERVE: [&str; 2] = ["--public-url", PUBLIC_URL];

async fn no_acknowledged_write_is_lost_and_no_follower_misses_one(mut server: Server) {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let moderator = server.token(Role::Moderator).await;
    let mut writers = writers(&server).await;
    let mut followers = followers();
    let mut serving = as_process(&mut server, &SERVE).await;
    for _ in 0..ROUNDS {
        let acknowledged = AtomicUsize::new(0);
        let enough = random.random_range(20..140);
        tokio::join!(
            write_and_follow(&server, &mut writers, &mut followers, 1_000, &acknowledged),
            kill_after(&mut serving, &acknowledged, enough),
        );
        serving = as_process(&mut server, &SERVE).await;
        ready(&server).await;
        check_list(&server, &writers).await;
    }
    let acknowledged = AtomicUsize::new(0);
    write_and_follow(&server, &mut writers, &mut followers, 5, &acknowledged).await;
    let list = check_list(&server, &writers).await;
    for record in writers.iter().flat_map(|writer| &writer.records) {
        check_record(&server, &moderator, record, &list).await;
    }
    assert_followers_have_the_list(&server, &writers, &followers).await;
}

async fn kill_after(serving: &mut Serving, acknowledged: &AtomicUsize, enough: usize) {
    while acknowledged.load(Ordering::SeqCst) < enough {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    serving.kill();
}

/// The list has everything that was acknowledged, as it was answered, and nothing twice.
async fn check_list(server: &Server, writers: &[Writer]) -> BTreeMap<String, Value> {
    caught_up(server).await;
    let list = public_list(server).await;
    let names: BTreeSet<_> = list.values().map(|item| item["name"].to_string()).collect();
    assert_eq!(names.len(), list.len(), "twice in the list");
    let records = || writers.iter().flat_map(|writer| &writer.records);
    for record in records().filter(|record| !record.unsure) {
        let listed = list.get(&record.id);
        let seen = listed.map(|item| (item["version"].as_i64().unwrap(), &item["summary"]));
        let answered = (record.version, &record.summary);
        assert_eq!(
            seen,
            (record.state == State::Public).then_some(answered),
            "{record:?}"
        );
    }
    let acknowledged: BTreeSet<_> = records().map(|record| &record.id).collect();
    let sent: BTreeSet<_> = writers.iter().flat_map(|writer| &writer.unsure).collect();
    for (id, item) in &list {
        let name = item["name"].as_str().unwrap();
        let is_known = acknowledged.contains(id) || sent.iter().any(|sent| *sent == name);
        assert!(is_known || name == "Everybody's", "nobody has sent {item}");
    }
    list
}

/// Read by id, in its history and by its name, the record is what was answered.
async fn check_record(
    server: &Server,
    moderator: &str,
    record: &Record,
    list: &BTreeMap<String, Value>,
) {
    let path = format!("/v1/organizations/{}", record.id);
    let answer = server.get_as(&path, moderator).await;
    if record.state == State::Deleted || (record.unsure && answer.status == 410) {
        answer.problem(410);
        assert_eq!(list.get(&record.id), None);
        return;
    }
    let now = answer.json();
    // A write that was sent and not answered may have happened.
    let versions = record.version..=record.version + i64::from(record.unsure);
    assert!(
        versions.contains(&now["version"].as_i64().unwrap()),
        "{record:?} {now}"
    );
    if now["version"] == record.version {
        let status = match record.state {
            State::Public => "published",
            State::Pending => "pending",
            State::Archived | State::Deleted => "archived",
        };
        assert_eq!(now["status"], status, "{record:?}");
        assert_eq!(now["summary"], record.summary, "{record:?}");
    }
    let is_public = now["status"] == "published";
    assert_eq!(list.get(&record.id), is_public.then_some(&now));

    let history = server
        .get_as(&format!("{path}/history?limit=100"), moderator)
        .await
        .json();
    let entries = history["items"].as_array().unwrap();
    let counted: Vec<_> = entries
        .iter()
        .map(|entry| entry["version"].clone())
        .collect();
    let expected: Vec<_> = (1..=now["version"].as_i64().unwrap()).rev().collect();
    assert_eq!(json!(counted), json!(expected));

    let found = server
        .request("GET", "/v1/organizations")
        .query(&[("q", format!("\"{}\"", record.name))]);
    let found = crate::harness::Answer::of(found).await.json();
    let hits = found["items"].as_array().unwrap().iter();
    let itself = hits.filter(|hit| hit["name"] == json!(record.name)).count();
    assert_eq!(itself, usize::from(is_public), "{found}");
}
