//! What makes a level, and what takes it away.

use super::{Coop, anchor, changes, coop, level, prove, revoke, set, verification, vouch};
use crate::harness::{Role, Server, on_both_databases};
use serde_json::json;

on_both_databases!(
    each_rule,
    a_ring_needs_an_anchor,
    what_stands_on_another_falls_with_it,
    a_proven_domain,
    an_issuer_that_leaves,
);

const WORKERS: &str = "worker_cooperative";

async fn three(server: &Server, moderator: &str) -> [Coop; 3] {
    [
        coop(server, moderator, "Ada", WORKERS).await,
        coop(server, moderator, "Bea", WORKERS).await,
        coop(server, moderator, "Cleo", WORKERS).await,
    ]
}

async fn each_rule(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let [ada, bea, cleo] = three(&server, &moderator).await;
    let federation = coop(&server, &moderator, "All of us", "federation").await;
    assert_eq!(level(&server, &ada).await, "none");

    let word = anchor(&server, &moderator, &ada).await;
    let shown = verification(&server, &ada).await;
    assert_eq!(shown["level"], "verified");
    let listed = shown["attestations"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    let mut expected = word.json();
    for hidden in [
        "organization_id",
        "authority",
        "created_at",
        "revoked_at",
        "issued_by",
    ] {
        expected.as_object_mut().unwrap().remove(hidden).unwrap();
    }
    assert_eq!(listed[0], expected);

    // One peer, then two.
    assert_eq!(vouch(&server, &ada, &cleo).await.status, 201);
    assert_eq!(level(&server, &cleo).await, "partner");
    anchor(&server, &moderator, &bea).await;
    let second = vouch(&server, &bea, &cleo).await;
    assert_eq!(level(&server, &cleo).await, "verified");
    revoke(&server, &second, &bea.token).await;
    assert_eq!(level(&server, &cleo).await, "partner");
    assert_eq!(changes(&server, &cleo).await, ["editor"; 3]);

    // A federation, once it is verified; and not once it is none.
    anchor(&server, &moderator, &federation).await;
    let member = coop(&server, &moderator, "Dora", WORKERS).await;
    let body = json!({"kind": "membership", "issuer": federation.id});
    let path = super::attestations(&member);
    let answer = server.post(&path, Some(&federation.token), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["issuer"], "All of us");
    assert_eq!(answer.json()["authority"], "partner");
    assert_eq!(level(&server, &member).await, "verified");
    let change = json!({"organization_type": "nonprofit"});
    let changed = set(&server, &moderator, &federation.id, &change).await;
    assert_eq!(changed.json()["verification"]["level"], "verified");
    assert_eq!(level(&server, &member).await, "none");
    assert_eq!(changes(&server, &member).await[0], "moderator");
}

async fn a_ring_needs_an_anchor(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let [ada, bea, cleo] = three(&server, &moderator).await;
    // They can vouch for each other only once they are verified: for a while, by a moderator.
    let mut anchors = Vec::new();
    for one in [&ada, &bea, &cleo] {
        anchors.push(anchor(&server, &moderator, one).await);
    }
    for (by, of) in [
        (&ada, &bea),
        (&ada, &cleo),
        (&bea, &ada),
        (&bea, &cleo),
        (&cleo, &ada),
        (&cleo, &bea),
    ] {
        let answer = vouch(&server, by, of).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    // Two that are anchored hold the third.
    revoke(&server, &anchors[2], &moderator).await;
    assert_eq!(level(&server, &cleo).await, "verified");
    // One holds nobody but itself, and then there is nothing left.
    revoke(&server, &anchors[1], &moderator).await;
    assert_eq!(level(&server, &ada).await, "verified");
    assert_eq!(level(&server, &bea).await, "partner");
    assert_eq!(level(&server, &cleo).await, "partner");
    revoke(&server, &anchors[0], &moderator).await;
    for one in [&ada, &bea, &cleo] {
        let shown = verification(&server, one).await;
        assert_eq!(shown["level"], "none");
        assert_eq!(shown["attestations"].as_array().unwrap().len(), 2);
    }
    anchor(&server, &moderator, &bea).await;
    anchor(&server, &moderator, &cleo).await;
    assert_eq!(level(&server, &ada).await, "verified");
}

async fn what_stands_on_another_falls_with_it(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let federation = coop(&server, &moderator, "Federation", "federation").await;
    let local = coop(&server, &moderator, "Local federation", "federation").await;
    let member = coop(&server, &moderator, "Member", WORKERS).await;
    let word = anchor(&server, &moderator, &federation).await;
    for (by, of) in [(&federation, &local), (&local, &member)] {
        let body = json!({"kind": "membership", "issuer": by.slug});
        let path = super::attestations(of);
        let answer = server.post(&path, Some(&by.token), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    assert_eq!(level(&server, &member).await, "verified");
    let path = format!("{}?refresh=wait_for", word.header("location"));
    let answer = server.delete(&path, &moderator, "").await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    for one in [&federation, &local, &member] {
        assert_eq!(level(&server, one).await, "none");
        assert_eq!(changes(&server, one).await[0], "moderator");
    }
    let found = server
        .get("/v1/organizations?verification=none&facets=verification")
        .await
        .json();
    assert_eq!(found["total"], 3);
    assert_eq!(
        found["facets"]["verification"],
        json!([{"value": "none", "count": 3}])
    );
    // Nobody learns whose account it was from another record.
    let history = format!("/v1/organizations/{}/history", member.id);
    let history = server.get_as(&history, &member.token).await.json();
    assert_eq!(history["items"][0]["role"], "moderator");
    assert!(history["items"][0].get("actor").is_none());
}

async fn a_proven_domain(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    prove(&server, &ada.id, "ada.example.coop").await;
    for (website, expected) in [
        ("https://www.ada.example.coop/about", "self"),
        ("https://example.coop/", "none"),
        ("https://ADA.example.coop", "self"),
    ] {
        let change = json!({"website": website});
        let changed = set(&server, &moderator, &ada.id, &change).await;
        assert_eq!(changed.json()["verification"]["level"], expected);
        assert_eq!(
            server
                .get(&format!("/v1/organizations/{}", ada.id))
                .await
                .text(),
            changed.text()
        );
        let found = format!("/v1/organizations?verification={expected}");
        assert_eq!(server.get(&found).await.json()["total"], 1);
    }
    anchor(&server, &moderator, &ada).await;
    assert_eq!(level(&server, &ada).await, "verified");
}

async fn an_issuer_that_leaves(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let [ada, bea, cleo] = three(&server, &moderator).await;
    for one in [&ada, &bea] {
        anchor(&server, &moderator, one).await;
        assert_eq!(vouch(&server, one, &cleo).await.status, 201);
    }
    assert_eq!(level(&server, &cleo).await, "verified");
    set(&server, &moderator, &ada.id, &json!({"status": "archived"})).await;
    let shown = verification(&server, &cleo).await;
    assert_eq!(shown["level"], "partner");
    assert_eq!(shown["attestations"].as_array().unwrap().len(), 1);
    let listed = server.get(&super::attestations(&cleo)).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    set(
        &server,
        &moderator,
        &ada.id,
        &json!({"status": "published"}),
    )
    .await;
    assert_eq!(level(&server, &cleo).await, "verified");
    // What is deleted does not vouch any more, and nobody vouches for it.
    let path = format!("/v1/organizations/{}", ada.id);
    assert_eq!(server.delete(&path, &ada.token, "*").await.status, 204);
    assert_eq!(level(&server, &cleo).await, "partner");
    let listed = server.get_as(&super::attestations(&cleo), &moderator).await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1);
    assert!(!listed.text().contains(&ada.id), "{}", listed.text());
}
