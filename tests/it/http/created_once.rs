//! Every `POST` that creates does so once for one `Idempotency-Key`.

use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use entity::{api_client, api_client_secret, claim, invitation, report};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

on_both_databases!(
    an_api_client_and_its_secrets,
    an_invitation,
    a_claim,
    a_report,
);

async fn send(server: &Server, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let mut request = server
        .request("POST", path)
        .header("idempotency-key", "\"k\"")
        .json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::of(request).await
}

/// Sends it twice, and with another body; gives both answers.
async fn twice(
    server: &Server,
    path: &str,
    token: Option<&str>,
    body: &Value,
    other: &Value,
) -> (Answer, Answer) {
    let first = send(server, path, token, body).await;
    assert!(first.status < 300, "{}", first.text());
    let again = send(server, path, token, body).await;
    assert_eq!(again.status, first.status, "{}", again.text());
    for name in ["location", "cache-control", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    send(server, path, token, other).await.problem(422);
    (first, again)
}

/// A public listing and the token of its owner.
async fn listing(server: &Server) -> (String, String) {
    let owner = server.token(Role::Member).await;
    let mut body = organization("Once");
    body["website"] = json!("https://once.example/");
    let posted = server.post("/v1/organizations", Some(&owner), &body).await;
    let path = posted.header("location").to_owned();
    let moderator = server.token(Role::Moderator).await;
    let publish = format!("{path}/publish");
    let published = server.post(&publish, Some(&moderator), &json!({})).await;
    assert_eq!(published.status, 200, "{}", published.text());
    (path, owner)
}

async fn an_api_client_and_its_secrets(server: Server) {
    let db = &server.state.store.db;
    let ada = server.token(Role::Member).await;
    let body = json!({"name": "once", "scopes": ["jobs:write"]});
    let other = json!({"name": "other", "scopes": ["jobs:write"]});
    let clients = "/v1/api-clients";
    let (first, again) = twice(&server, clients, Some(&ada), &body, &other).await;
    assert_eq!(api_client::Entity::find().count(db).await.unwrap(), 1);
    let secret = first.json()["client_secret"].as_str().unwrap().to_owned();
    assert!(!again.text().contains("client_secret"), "{}", again.text());
    let mut known = first.json();
    known.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(again.json(), known);
    let stored = entity::idempotency_key::Entity::find().all(db).await;
    assert!(!stored.unwrap()[0].body.contains(&secret));

    let client = first.header("location");
    let secrets = format!("{client}/secrets");
    let one = send(&server, &secrets, Some(&ada), &json!({})).await;
    assert_eq!(one.status, 201, "{}", one.text());
    assert_eq!(one.header("location"), client);
    assert!(one.json()["client_secret"].is_string());
    let two = send(&server, &secrets, Some(&ada), &json!({})).await;
    assert_eq!((two.status, two.header("location")), (201, client));
    assert_eq!(two.json()["id"], one.json()["id"]);
    assert!(!two.text().contains("client_secret"), "{}", two.text());
    assert_eq!(
        api_client_secret::Entity::find().count(db).await.unwrap(),
        2
    );

    assert_eq!(server.delete(client, &ada, "").await.status, 204);
    send(&server, clients, Some(&ada), &body).await.problem(410);
    send(&server, &secrets, Some(&ada), &json!({}))
        .await
        .problem(410);
}

async fn an_invitation(server: Server) {
    let db = &server.state.store.db;
    let (path, owner) = listing(&server).await;
    let members = format!("{path}/members");
    let body = json!({"email": "grace@example.coop", "role": "editor"});
    let other = json!({"email": "grace@example.coop", "role": "owner"});
    let (first, again) = twice(&server, &members, Some(&owner), &body, &other).await;
    assert_eq!(again.text(), first.text());
    assert_eq!(invitation::Entity::find().count(db).await.unwrap(), 1);
    server.mail_to("grace@example.coop").await;
    assert!(!server.has_mail_to("grace@example.coop").await);
    // What is erased is not told again.
    assert_eq!(server.delete(&path, &owner, "*").await.status, 204);
    send(&server, &members, Some(&owner), &body)
        .await
        .problem(410);
}

async fn a_claim(server: Server) {
    let db = &server.state.store.db;
    let (path, _) = listing(&server).await;
    let claims = format!("{path}/claims");
    let ada = server.token(Role::Member).await;
    let body = json!({"method": "email", "email": "ada@once.example"});
    let other = json!({"method": "dns_txt"});
    let (first, again) = twice(&server, &claims, Some(&ada), &body, &other).await;
    assert_eq!(again.text(), first.text());
    assert_eq!(claim::Entity::find().count(db).await.unwrap(), 1);
    server.mail_to("ada@once.example").await;
    assert!(!server.has_mail_to("ada@once.example").await);
    // Somebody else's key is another one.
    let bea = server.token(Role::Member).await;
    let hers = send(&server, &claims, Some(&bea), &body).await;
    assert_ne!(hers.header("location"), first.header("location"));
}

async fn a_report(server: Server) {
    let db = &server.state.store.db;
    let (path, _) = listing(&server).await;
    let reports = format!("{path}/reports");
    let body = json!({"reason": "spam"});
    let other = json!({"reason": "closed"});
    let (first, again) = twice(&server, &reports, None, &body, &other).await;
    assert_eq!(first.status, 202);
    assert_eq!((first.text(), again.text()), (String::new(), String::new()));
    assert_eq!(report::Entity::find().count(db).await.unwrap(), 1);
    // One who is logged in has keys of their own.
    let ada = server.token(Role::Member).await;
    let hers = send(&server, &reports, Some(&ada), &other).await;
    assert_eq!(hers.status, 202, "{}", hers.text());
    assert_eq!(report::Entity::find().count(db).await.unwrap(), 2);
}
