//! The resource: what is taken, what is refused, and whose it is.

use super::{every_job, save};
use crate::harness::{Answer, Role, Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    a_saved_search_is_its_owners_alone,
    every_fault_is_named,
    writes_need_the_version_they_have_seen,
    a_key_saves_once_and_keeps_no_secret,
    an_account_has_a_hundred_at_most,
);

const PATH: &str = "/v1/saved-searches";

async fn a_saved_search_is_its_owners_alone(server: Server) {
    let (owner, other) = (
        server.person(Role::Member).await,
        server.person(Role::Admin).await,
    );
    let saved = save(&server, &owner, &every_job("email", "weekly")).await;
    let path = format!("{PATH}/{}", saved.id());
    assert_eq!(saved.header("location"), path);
    let view = server.get_as(&path, &owner.token).await;
    assert_eq!(view.json(), saved.json());
    assert_eq!(view.etag(), saved.etag());
    let list = server.get_as(PATH, &owner.token).await.json();
    assert_eq!(list["items"], json!([saved.json()]));

    server.get_as(&path, &other.token).await.problem(404);
    let none = server.get_as(PATH, &other.token).await.json();
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
    let change = json!({"notify": "none"});
    server
        .patch(&path, &other.token, saved.etag(), &change)
        .await
        .problem(404);
    server
        .delete(&path, &other.token, saved.etag())
        .await
        .problem(404);
    assert_eq!(
        server.get_as(&path, &owner.token).await.json(),
        saved.json()
    );
}

async fn every_fault_is_named(server: Server) {
    let owner = server.person(Role::Member).await;
    let faults = async |body: Value| -> Vec<(String, String)> {
        let problem = server
            .post(PATH, Some(&owner.token), &body)
            .await
            .problem(400);
        let faults = problem["errors"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        faults
            .map(|fault| (text(&fault["pointer"]), text(&fault["detail"])))
            .collect()
    };
    let mut search = every_job("email", "instant");
    search["query"] = json!("countri=GB&country=UK&limit=3&sort=-posted_at&salary_min=1");
    let named = faults(search).await;
    for name in ["countri", "country", "limit", "sort", "salary_currency"] {
        let is_it = |(pointer, detail): &(String, String)| {
            pointer == "/query" && detail.starts_with(&format!("{name}: "))
        };
        assert!(named.iter().any(is_it), "{name}: {named:?}");
    }
    let empty: Vec<_> = faults(json!({"name": " ", "feed_url": "x", "color": 1})).await;
    let pointers: Vec<_> = empty.iter().map(|(pointer, _)| pointer.as_str()).collect();
    for pointer in [
        "/kind",
        "/query",
        "/notify",
        "/frequency",
        "/name",
        "/feed_url",
        "/color",
    ] {
        assert!(pointers.contains(&pointer), "{pointer}: {pointers:?}");
    }
    for (url, detail) in [
        (Value::Null, "is required for webhooks"),
        (json!("https://127.0.0.1/x"), "not a public address"),
        (json!("http://example.coop/x"), "only https"),
        (
            json!("ftp://example.coop/x"),
            "must be an absolute https URL",
        ),
    ] {
        let mut search = every_job("webhook", "instant");
        search["webhook_url"] = url.clone();
        let named = faults(search).await;
        assert_eq!(named.len(), 1, "{named:?}");
        assert_eq!(named[0].0, "/webhook_url");
        assert!(named[0].1.contains(detail), "{url}: {named:?}");
    }
    let mut organizations = every_job("none", "instant");
    organizations["kind"] = json!("organization");
    assert_eq!(faults(organizations).await[0].0, "/kind");
    let mut long = every_job("none", "instant");
    let words: Vec<_> = (0..40).map(|word| format!("w{word}")).collect();
    long["query"] = json!(format!("q={}", words.join("+")));
    assert_eq!(faults(long).await[0].0, "/query");
    let mut control = every_job("none", "instant");
    control["query"] = json!("q=a\nb");
    assert_eq!(faults(control).await[0].0, "/query");
    assert_eq!(
        server.get_as(PATH, &owner.token).await.json()["items"],
        json!([])
    );
}

async fn writes_need_the_version_they_have_seen(server: Server) {
    let owner = server.person(Role::Member).await;
    let saved = save(&server, &owner, &every_job("email", "weekly")).await;
    let path = format!("{PATH}/{}", saved.id());
    let without = server.request("DELETE", &path).bearer_auth(&owner.token);
    Answer::of(without).await.problem(428);
    let change = json!({"frequency": "daily", "name": "All"});
    let changed = server
        .patch(&path, &owner.token, saved.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["frequency"], "daily");
    assert_eq!(changed.json()["notify"], "email");
    assert_eq!(changed.json()["feed_url"], saved.json()["feed_url"]);
    server
        .patch(&path, &owner.token, saved.etag(), &change)
        .await
        .problem(412);
    server
        .delete(&path, &owner.token, saved.etag())
        .await
        .problem(412);
    let url = json!({"feed_url": "https://example.coop/"});
    server
        .patch(&path, &owner.token, changed.etag(), &url)
        .await
        .problem(400);
    let removed = server.delete(&path, &owner.token, changed.etag()).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    server.get_as(&path, &owner.token).await.problem(404);
}

async fn a_key_saves_once_and_keeps_no_secret(server: Server) {
    let owner = server.person(Role::Member).await;
    let mut search = every_job("webhook", "instant");
    search["webhook_url"] = json!("https://example.coop/hook");
    let post = || {
        server
            .request("POST", PATH)
            .bearer_auth(&owner.token)
            .header("idempotency-key", "\"one\"")
            .json(&search)
    };
    let first = Answer::of(post()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let second = Answer::of(post()).await;
    assert_eq!(second.status, 201);
    assert_eq!(second.id(), first.id());
    assert!(!second.text().contains("secret"), "{}", second.text());
    let list = server.get_as(PATH, &owner.token).await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1);
    assert!(!list.text().contains(&secret));

    // A hook that moves gets a new secret; one that stays keeps it.
    let path = format!("{PATH}/{}", first.id());
    let renamed = server
        .patch(&path, &owner.token, first.etag(), &json!({"name": "Hook"}))
        .await;
    assert_eq!(renamed.json().get("secret"), None);
    let moved = server
        .patch(
            &path,
            &owner.token,
            renamed.etag(),
            &json!({"webhook_url": "https://example.coop/other"}),
        )
        .await;
    assert_ne!(moved.json()["secret"], secret);
    assert!(moved.json()["secret"].is_string());
}

async fn an_account_has_a_hundred_at_most(server: Server) {
    let owner = server.person(Role::Member).await;
    for _ in 0..100 {
        save(&server, &owner, &every_job("none", "instant")).await;
    }
    server
        .post(PATH, Some(&owner.token), &every_job("none", "instant"))
        .await
        .problem(409);
    let first = server
        .get_as(&format!("{PATH}?limit=60"), &owner.token)
        .await;
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let next = format!("{PATH}?limit=60&cursor={cursor}");
    let rest = server.get_as(&next, &owner.token).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 40);
    assert_eq!(rest["next_cursor"], Value::Null);
    let other = server.person(Role::Member).await;
    save(&server, &other, &every_job("none", "instant")).await;
}
