//! What somebody calls a listing is not mailed to strangers before anybody has looked at it.

use crate::harness::{Mail, Person, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    a_name_that_its_owner_changed_is_not_mailed,
    a_claim_is_mailed_without_such_a_name,
    what_a_moderator_posted_was_looked_at,
);

const BAIT: &str = "Win a prize at evil.example";

/// The path of a public listing, and its owner.
async fn published(server: &Server) -> (String, Person) {
    let owner = server.person(Role::Member).await;
    let mut body = organization("Suma");
    body["website"] = "https://suma.example/".into();
    let answer = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    let path = answer.header("location").to_owned();
    publish(server, &path).await;
    (path, owner)
}

async fn publish(server: &Server, path: &str) {
    let moderator = server.token(Role::Moderator).await;
    let publish = format!("{path}/publish");
    let answer = server.post(&publish, Some(&moderator), &json!({})).await;
    assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
}

async fn change(server: &Server, path: &str, token: &str, change: Value) {
    let etag = server.get_as(path, token).await.etag().to_owned();
    let answer = server.patch(path, token, &etag, &change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn invited(server: &Server, path: &str, owner: &Person, email: &str) -> Mail {
    let body = json!({"email": email, "role": "editor"});
    let members = format!("{path}/members");
    let answer = server.post(&members, Some(&owner.token), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    server.mail_to(email).await
}

async fn a_name_that_its_owner_changed_is_not_mailed(server: Server) {
    let (path, owner) = published(&server).await;
    let mail = invited(&server, &path, &owner, "one@example.org").await;
    assert_eq!(mail.subject, "An invitation from Suma");

    change(&server, &path, &owner.token, json!({"name": BAIT})).await;
    let mail = invited(&server, &path, &owner, "two@example.org").await;
    assert!(!mail.raw.contains("evil.example"), "{}", mail.raw);
    assert!(!mail.body.contains("evil.example"), "{}", mail.body);
    assert_eq!(mail.subject, format!("An invitation from {}", owner.email));
    let says = "a listing whose name no moderator has seen yet";
    assert!(mail.body.contains(says), "{}", mail.body);
    // Nor in the punctuation of one that was looked at.
    change(&server, &path, &owner.token, json!({"name": "su.ma"})).await;
    let mail = invited(&server, &path, &owner, "three@example.org").await;
    assert!(!mail.raw.contains("su.ma"), "{}", mail.raw);

    // A moderator who writes it has seen it; what else they change says nothing.
    let moderator = server.token(Role::Moderator).await;
    change(
        &server,
        &path,
        &moderator,
        json!({"summary": "Wholefoods."}),
    )
    .await;
    let mail = invited(&server, &path, &owner, "four@example.org").await;
    assert!(!mail.raw.contains("su.ma"), "{}", mail.raw);
    change(&server, &path, &moderator, json!({"name": "Suma Foods"})).await;
    change(
        &server,
        &path,
        &owner.token,
        json!({"summary": "Whole foods."}),
    )
    .await;
    let mail = invited(&server, &path, &owner, "five@example.org").await;
    assert_eq!(mail.subject, "An invitation from Suma Foods");
}

async fn a_claim_is_mailed_without_such_a_name(server: Server) {
    let (path, owner) = published(&server).await;
    let claimant = server.person(Role::Member).await;
    let claims = format!("{path}/claims");
    let mut bodies = Vec::new();
    for name in ["Suma", BAIT] {
        if name == BAIT {
            change(&server, &path, &owner.token, json!({"name": BAIT})).await;
        }
        let body = json!({"method": "email", "email": "office@suma.example"});
        let answer = server.post(&claims, Some(&claimant.token), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        bodies.push((answer, server.mail_to("office@suma.example").await));
    }
    assert_eq!(bodies[0].1.subject, "Is the listing of Suma yours?");
    let subject = "Is the listing of an organization at suma.example yours?";
    assert_eq!(bodies[1].1.subject, subject);
    assert!(!bodies[1].1.body.contains("evil.example"));

    // The owner refuses, and the claimant is told: by the domain they have shown to be theirs.
    let (made, mail) = &bodies[1];
    let at = made.header("location");
    let token = json!({"token": mail.token()});
    let proven = server
        .post(&format!("{at}/verify"), Some(&claimant.token), &token)
        .await;
    assert_eq!(proven.json()["status"], "contested", "{}", proven.text());
    let told = server.mail_to(&owner.email).await;
    assert!(!told.subject.contains("evil"), "{told:?}");
    let told = loop {
        let mail = server.mail_to(&owner.email).await;
        if mail.subject.starts_with("Somebody claims") {
            break mail;
        }
    };
    assert!(!told.raw.contains("evil.example"), "{}", told.raw);
    let refused = server
        .post(&format!("{at}/refuse"), Some(&owner.token), &json!({}))
        .await;
    assert_eq!(refused.status, 200, "{}", refused.text());
    let mail = server.mail_to(&claimant.email).await;
    let subject = "Your claim to the listing of an organization at suma.example";
    assert_eq!(mail.subject, subject);
    assert!(!mail.body.contains("evil.example"), "{}", mail.body);
}

async fn what_a_moderator_posted_was_looked_at(server: Server) {
    let moderator = server.person(Role::Moderator).await;
    let mut body = organization("Imported Foods");
    body["website"] = "https://imported.example/".into();
    let answer = server
        .post("/v1/organizations", Some(&moderator.token), &body)
        .await;
    let path = answer.header("location").to_owned();
    let mail = invited(&server, &path, &moderator, "new.owner@example.org").await;
    assert_eq!(mail.subject, "An invitation from Imported Foods");
}
