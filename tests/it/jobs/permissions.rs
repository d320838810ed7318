//! Who may post, change and see jobs.

use super::{act, coop, job, listed, path, post};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    only_those_who_edit_a_published_organization_post_for_it,
    only_those_who_edit_an_organization_change_its_jobs,
    a_moderator_may_act_for_everybody,
    clients_need_the_scope_and_their_organization,
);

async fn only_those_who_edit_a_published_organization_post_for_it(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let other = server.token(Role::Member).await;
    let body = job(&ada, "Baker");
    server.post("/v1/jobs", None, &body).await.problem(401);
    server
        .post("/v1/jobs", Some(&other), &body)
        .await
        .problem(403);

    // Pending: its owner is told why, others do not learn that it is there.
    let owner = server.token(Role::Member).await;
    let pending = server
        .post(
            "/v1/organizations",
            Some(&owner),
            &organization("Quiet Mill"),
        )
        .await;
    let mut body = job(&ada, "Miller");
    body["organization_id"] = json!(pending.id());
    server
        .post("/v1/jobs", Some(&owner), &body)
        .await
        .problem(409);
    let stranger = server.post("/v1/jobs", Some(&other), &body).await;
    assert_eq!(super::pointers(&stranger), ["/organization_id"]);
    assert_eq!(listed(&server).await, Vec::<String>::new());
}

async fn only_those_who_edit_an_organization_change_its_jobs(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let bea = coop(&server, "Bea Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let id = posted.id();
    let change = json!({"title": "Hijacked"});
    server
        .patch(&path(&id), &bea.token, posted.etag(), &change)
        .await
        .problem(403);
    server
        .delete(&path(&id), &bea.token, posted.etag())
        .await
        .problem(403);
    for (action, body) in [("close", json!({"reason": "filled"})), ("renew", json!({}))] {
        act(&server, &bea, &id, action, &body).await.problem(403);
    }
    let draft = super::with(job(&ada, "Miller"), &json!({"status": "draft"}));
    let draft = post(&server, &ada, &draft).await.id();
    server
        .patch(&path(&draft), &bea.token, "*", &change)
        .await
        .problem(404);
    act(&server, &bea, &draft, "renew", &json!({}))
        .await
        .problem(404);
    assert_eq!(server.get(&path(&id)).await.json()["title"], "Baker");

    // Whoever leaves the organization leaves its jobs.
    let editor = server.person(Role::Member).await;
    let invitation = json!({"email": editor.email, "role": "editor"});
    let members = format!("{}/members", ada.path());
    let invited = server.post(&members, Some(&ada.token), &invitation).await;
    assert!(invited.status < 300, "{}", invited.text());
    let token = server.mail_to(&editor.email).await.token().to_owned();
    let accepted = server
        .post(
            "/v1/invitations/accept",
            Some(&editor.token),
            &json!({"token": token}),
        )
        .await;
    assert!(accepted.status < 300, "{}", accepted.text());
    let changed = server
        .patch(&path(&id), &editor.token, "*", &json!({"seniority": "mid"}))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let removed = server
        .delete(&format!("{members}/{}", editor.id), &ada.token, "*")
        .await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    server
        .patch(&path(&id), &editor.token, "*", &change)
        .await
        .problem(403);
}

async fn a_moderator_may_act_for_everybody(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post("/v1/jobs", Some(&moderator), &job(&ada, "Baker"))
        .await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    let closed = server
        .post(
            &format!("{}/close", path(&posted.id())),
            Some(&moderator),
            &json!({"reason": "withdrawn"}),
        )
        .await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    let history = format!("{}/history", path(&posted.id()));
    let seen = server.get(&history).await.json();
    assert_eq!(seen["items"][0]["role"], "moderator");
    // Who it was is for editors and moderators.
    assert_eq!(seen["items"][0].get("actor"), None);
    let seen = server.get_as(&history, &ada.token).await.json();
    assert!(seen["items"][0]["actor"].is_string(), "{seen}");
}

/// The token of a new client.
async fn client(server: &Server, maker: &str, body: &Value) -> String {
    let made = server.post("/v1/api-clients", Some(maker), body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let client = made.json();
    let asked = server
        .request("POST", "/oauth/token")
        .basic_auth(
            client["client_id"].as_str().unwrap(),
            client["client_secret"].as_str(),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let token = Answer::of(asked).await.json();
    token["access_token"].as_str().unwrap().to_owned()
}

async fn clients_need_the_scope_and_their_organization(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    // A second organization of the same owner.
    let moderator = server.token(Role::Moderator).await;
    let second = server
        .post(
            "/v1/organizations",
            Some(&ada.token),
            &organization("Ada Mill"),
        )
        .await;
    let publish = json!({"status": "published"});
    let second_path = format!("/v1/organizations/{}", second.id());
    let answer = server.patch(&second_path, &moderator, "*", &publish).await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let scopes = json!(["jobs:write"]);
    let bound = json!({"name": "bound", "scopes": scopes, "organization_id": second.id()});
    let bound = client(&server, &ada.token, &bound).await;
    let other = json!({"name": "other", "scopes": ["organizations:write"]});
    let other = client(&server, &ada.token, &other).await;
    let free = json!({"name": "free", "scopes": scopes});
    let free = client(&server, &ada.token, &free).await;

    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let id = posted.id();
    let change = json!({"seniority": "mid"});
    for token in [&bound, &other] {
        server
            .post("/v1/jobs", Some(token), &job(&ada, "Miller"))
            .await
            .problem(403);
        server
            .patch(&path(&id), token, "*", &change)
            .await
            .problem(403);
        server.delete(&path(&id), token, "*").await.problem(403);
        for (action, body) in [("close", json!({"reason": "filled"})), ("renew", json!({}))] {
            let path = format!("{}/{action}", path(&id));
            server.post(&path, Some(token), &body).await.problem(403);
        }
    }
    let mut own = job(&ada, "Miller");
    own["organization_id"] = json!(second.id());
    let made = server.post("/v1/jobs", Some(&bound), &own).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let changed = server.patch(&path(&id), &free, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
}
