//! A listing that names others than those who were vouched for.

use super::{Coop, anchor, attestations, coop, level, set, verification, vouch};
use crate::harness::{Answer, Role, Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    another_name_has_to_be_confirmed,
    another_website_too,
    what_is_said_after_it_counts,
    a_merge_does_not_launder_it,
);

const WORKERS: &str = "worker_cooperative";

/// Changes a record as its owner.
async fn change(server: &Server, of: &Coop, change: Value) {
    let path = format!("/v1/organizations/{}?refresh=wait_for", of.id);
    let answer = server.patch(&path, &of.token, "*", &change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn publish(server: &Server, of: &Coop, moderator: &str) -> Answer {
    let path = format!("/v1/organizations/{}/publish", of.id);
    server.post(&path, Some(moderator), &json!({})).await
}

/// Ids and causes of what waits.
async fn queue(server: &Server, moderator: &str) -> Vec<(Value, Value)> {
    let queue = server.get_as("/v1/moderation/queue", moderator).await;
    let queue = queue.json();
    let items = queue["items"].as_array().unwrap().iter();
    items
        .map(|item| (item["id"].clone(), item["cause"].clone()))
        .collect()
}

async fn another_name_has_to_be_confirmed(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada Weavers", WORKERS).await;
    let bea = coop(&server, &moderator, "Bea", WORKERS).await;
    anchor(&server, &moderator, &ada).await;
    assert_eq!(vouch(&server, &ada, &bea).await.status, 201);
    assert_eq!(level(&server, &bea).await, "partner");

    change(&server, &ada, json!({"name": "ADA: weavers!"})).await;
    assert_eq!(level(&server, &ada).await, "verified");
    change(&server, &ada, json!({"name": "Suma Wholefoods"})).await;
    let seen = verification(&server, &ada).await;
    assert_eq!(seen, json!({"level": "none", "attestations": []}));
    assert_eq!(level(&server, &bea).await, "none");
    let listed = server.get(&attestations(&ada)).await.json();
    assert_eq!(listed["items"], json!([]));
    let kept = server.get_as(&attestations(&ada), &moderator).await.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    let waiting = (json!(ada.id), json!("changed_after_vouched"));
    assert_eq!(queue(&server, &moderator).await, [waiting]);
    // Back again is no way round it, nor is what a moderator does to another field.
    change(&server, &ada, json!({"name": "Ada Weavers"})).await;
    set(
        &server,
        &moderator,
        &ada.id,
        &json!({"summary": "They weave"}),
    )
    .await;
    assert_eq!(level(&server, &ada).await, "none");

    publish(&server, &ada, &ada.token).await.problem(403);
    let confirmed = publish(&server, &ada, &moderator).await;
    assert_eq!(confirmed.json()["verification"]["level"], "verified");
    assert_eq!(level(&server, &bea).await, "partner");
    assert_eq!(queue(&server, &moderator).await, []);
    publish(&server, &ada, &moderator).await.problem(409);
}

async fn another_website_too(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    anchor(&server, &moderator, &ada).await;
    // A moderator knows what they do.
    let website = json!({"website": "https://www.ada.example/"});
    set(&server, &moderator, &ada.id, &website).await;
    assert_eq!(level(&server, &ada).await, "verified");
    for same in ["https://ada.example/about", "https://shop.ada.example/"] {
        change(&server, &ada, json!({"website": same})).await;
        assert_eq!(level(&server, &ada).await, "verified", "{same}");
    }
    for other in [
        json!("https://suma.example/"),
        json!("https://www.facebook.com/ada"),
        json!("https://www.facebook.com/suma"),
        json!(null),
    ] {
        change(&server, &ada, json!({"website": other})).await;
        assert_eq!(level(&server, &ada).await, "none", "{other}");
        let confirmed = publish(&server, &ada, &moderator).await;
        assert_eq!(confirmed.json()["verification"]["level"], "verified");
    }
}

async fn what_is_said_after_it_counts(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    // Nobody vouched yet: nothing to confirm.
    change(&server, &ada, json!({"name": "Ada and Bea"})).await;
    assert_eq!(queue(&server, &moderator).await, []);
    anchor(&server, &moderator, &ada).await;
    change(&server, &ada, json!({"name": "Ada, Bea and Cid"})).await;
    assert_eq!(level(&server, &ada).await, "none");
    anchor(&server, &moderator, &ada).await;
    let seen = verification(&server, &ada).await;
    assert_eq!(seen["level"], "verified");
    assert_eq!(seen["attestations"].as_array().unwrap().len(), 1);
}

async fn a_merge_does_not_launder_it(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let suma = coop(&server, &moderator, "Suma", WORKERS).await;
    anchor(&server, &moderator, &ada).await;
    change(&server, &ada, json!({"name": "Suma"})).await;
    let merge = format!("/v1/organizations/{}/merge", ada.id);
    let into = json!({"into": suma.id});
    let merged = server.post(&merge, Some(&moderator), &into).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    assert_eq!(level(&server, &suma).await, "none");
    assert_eq!(queue(&server, &moderator).await, []);
}
