//! A listing that a moderator kept from the public, deleted and posted anew.

use super::{Dns, for_each_database, listed, prove_by_record, with_dns};
use crate::harness::{Answer, Database, Person, Role, Server};
use serde_json::{Value, json};

for_each_database!(
    posted_anew_it_stays_pending,
    what_a_moderator_publishes_is_forgiven,
    a_website_on_a_shared_host_is_not_remembered,
);

const WEBSITE: &str = "https://www.example.coop/";

async fn decide(server: &Server, path: &str, what: &str) {
    let moderator = server.token(Role::Moderator).await;
    let path = format!("{path}/{what}");
    let answer = server.post(&path, Some(&moderator), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn remove(server: &Server, path: &str, owner: &Person) {
    let answer: Answer = server.delete(path, &owner.token, "*").await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// The listing, as its owner sees it.
async fn status(server: &Server, path: &str, owner: &Person) -> Value {
    server.get_as(path, &owner.token).await.json()["status"].clone()
}

/// What the listings in the queue wait for.
async fn causes(server: &Server) -> Vec<Value> {
    let moderator = server.token(Role::Moderator).await;
    let queue = "/v1/moderation/queue?type=listing";
    let queue = server.get_as(queue, &moderator).await.json();
    let items = queue["items"].as_array().unwrap().iter();
    items.map(|item| item["cause"].clone()).collect()
}

async fn posted_anew_it_stays_pending(database: Database) {
    let dns = Dns::start().await;
    let server = with_dns(database, &dns).await;
    let owner = server.person(Role::Member).await;
    let first = listed(&server, &owner, WEBSITE).await;
    assert_eq!(causes(&server).await, [json!(null)]);
    decide(&server, &first, "reject").await;
    // What the owner makes of the website afterwards does not matter.
    let moved = json!({"website": "https://elsewhere.example/"});
    let moved = server.patch(&first, &owner.token, "*", &moved).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    remove(&server, &first, &owner).await;

    let again = listed(&server, &owner, WEBSITE).await;
    let proven = prove_by_record(&server, &dns, &again, &owner).await;
    assert_eq!(proven["status"], "verified", "{proven}");
    assert_eq!(status(&server, &again, &owner).await, "pending");
    assert_eq!(causes(&server).await, [json!("declined_before")]);

    // Neither another account nor a name below the domain is a way round it.
    let other = server.person(Role::Member).await;
    let below = listed(&server, &other, "https://shop.example.coop/").await;
    prove_by_record(&server, &dns, &below, &other).await;
    assert_eq!(status(&server, &below, &other).await, "pending");
    // Another domain has nothing to do with it.
    let apart = listed(&server, &other, "https://apart.example/").await;
    prove_by_record(&server, &dns, &apart, &other).await;
    assert_eq!(status(&server, &apart, &other).await, "published");
}

async fn what_a_moderator_publishes_is_forgiven(database: Database) {
    let dns = Dns::start().await;
    let server = with_dns(database, &dns).await;
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let first = listed(&server, &owner, WEBSITE).await;
    decide(&server, &first, "publish").await;
    // As if by `archive`.
    let archived = json!({"status": "archived"});
    server.patch(&first, &moderator, "*", &archived).await;
    remove(&server, &first, &owner).await;
    let second = listed(&server, &owner, WEBSITE).await;
    assert_eq!(causes(&server).await, [json!("declined_before")]);
    decide(&server, &second, "publish").await;
    remove(&server, &second, &owner).await;

    let third = listed(&server, &owner, WEBSITE).await;
    assert_eq!(causes(&server).await, [json!(null)]);
    prove_by_record(&server, &dns, &third, &owner).await;
    assert_eq!(status(&server, &third, &owner).await, "published");
}

async fn a_website_on_a_shared_host_is_not_remembered(database: Database) {
    let dns = Dns::start().await;
    let server = with_dns(database, &dns).await;
    let owner = server.person(Role::Member).await;
    let first = listed(&server, &owner, "https://www.facebook.com/one").await;
    decide(&server, &first, "reject").await;
    remove(&server, &first, &owner).await;
    listed(&server, &owner, "https://www.facebook.com/other").await;
    assert_eq!(causes(&server).await, [json!(null)]);
}
