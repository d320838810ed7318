//! Jobs follow their organization.

use super::{Coop, coop, in_feed, job, listed, path, post, state_in_feed};
use crate::changes::support::caught_up;
use crate::harness::{Answer, Role, Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    a_new_name_is_on_every_job,
    a_new_level_is_on_every_job,
    what_jobs_do_not_show_leaves_them_alone,
    jobs_of_an_archived_organization_are_hidden_until_it_returns,
    jobs_of_a_merged_organization_are_the_survivors,
    jobs_of_a_deleted_organization_are_gone,
);

async fn set(server: &Server, coop: &Coop, change: &Value) -> Answer {
    let moderator = server.token(Role::Moderator).await;
    let path = format!("{}?refresh=wait_for", coop.path());
    let answer = server.patch(&path, &moderator, "*", change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    caught_up(server).await;
    answer
}

/// The same member of `organization` in the record, the list and the feed.
async fn everywhere(server: &Server, id: &str, member: &str) -> Value {
    let shown = server.get(&path(id)).await.json();
    let list = server.get("/v1/jobs?limit=100").await.json();
    let mut items = list["items"].as_array().unwrap().iter();
    assert_eq!(items.find(|item| item["id"] == id).unwrap(), &shown);
    let (state, data) = in_feed(server, id).await.unwrap();
    assert_eq!((state.as_str(), &data), ("updated", &shown));
    shown["organization"][member].clone()
}

async fn a_new_name_is_on_every_job(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let bea = coop(&server, "Bea Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let other = post(&server, &bea, &job(&bea, "Baker")).await;
    set(
        &server,
        &ada,
        &json!({"name": "Ada Patisserie", "address": {"country": "FR"}}),
    )
    .await;
    let id = posted.id();
    assert_eq!(everywhere(&server, &id, "name").await, "Ada Patisserie");
    assert_eq!(everywhere(&server, &id, "country").await, "FR");
    let shown = server.get(&path(&id)).await;
    assert_ne!(shown.etag(), posted.etag());
    assert_eq!(shown.json()["version"], 2);
    let found = server.get("/v1/jobs?q=patisserie").await.json();
    assert_eq!(found["items"][0]["id"], id);
    assert_eq!(server.get(&path(&other.id())).await.etag(), other.etag());
    let history = server.get(&format!("{}/history", path(&id))).await.json();
    assert_eq!(history["items"][0]["fields"], json!([]));
    // Whoever saw the older name is told before writing over it.
    server
        .patch(
            &path(&id),
            &ada.token,
            posted.etag(),
            &json!({"title": "Cook"}),
        )
        .await
        .problem(412);
}

async fn a_new_level_is_on_every_job(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let id = post(&server, &ada, &job(&ada, "Baker")).await.id();
    assert_eq!(everywhere(&server, &id, "verification_level").await, "none");
    let word = json!({"kind": "registration", "issuer": "The register"});
    let attested = server
        .post(
            &format!("{}/attestations", ada.path()),
            Some(&moderator),
            &word,
        )
        .await;
    assert_eq!(attested.status, 201, "{}", attested.text());
    caught_up(&server).await;
    assert_eq!(
        everywhere(&server, &id, "verification_level").await,
        "verified"
    );
}

async fn what_jobs_do_not_show_leaves_them_alone(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    set(
        &server,
        &ada,
        &json!({"summary": "Bread.", "website": "https://ada.example.coop/"}),
    )
    .await;
    assert_eq!(server.get(&path(&posted.id())).await.etag(), posted.etag());
}

async fn jobs_of_an_archived_organization_are_hidden_until_it_returns(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let id = post(&server, &ada, &job(&ada, "Baker")).await.id();
    set(&server, &ada, &json!({"status": "archived"})).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(server.get("/v1/jobs?q=baker").await.json()["total"], 0);
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "deleted");
    server.get(&path(&id)).await.problem(410);
    assert_eq!(server.get_as(&path(&id), &ada.token).await.status, 200);
    assert_eq!(server.get_as(&path(&id), &moderator).await.status, 200);
    for (action, body) in [("renew", json!({}))] {
        super::act(&server, &ada, &id, action, &body)
            .await
            .problem(409);
    }
    server
        .post("/v1/jobs", Some(&ada.token), &job(&ada, "Miller"))
        .await
        .problem(409);

    set(&server, &ada, &json!({"status": "published"})).await;
    assert_eq!(listed(&server).await, [id.as_str()]);
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "updated");
    assert_eq!(server.get(&path(&id)).await.status, 200);
}

async fn jobs_of_a_merged_organization_are_the_survivors(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let bea = coop(&server, "Ada Bakery Limited").await;
    let moderator = server.token(Role::Moderator).await;
    let id = post(&server, &bea, &job(&bea, "Baker")).await.id();
    let own = post(&server, &ada, &job(&ada, "Miller")).await.id();
    let merge = format!("{}/merge?refresh=wait_for", bea.path());
    let order = json!({"into": ada.id, "note": "the same shop"});
    let merged = server.post(&merge, Some(&moderator), &order).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    caught_up(&server).await;
    assert_eq!(everywhere(&server, &id, "id").await, ada.id);
    assert_eq!(everywhere(&server, &id, "name").await, "Ada Bakery");
    assert_eq!(listed(&server).await.len(), 2);
    let of = format!("/v1/jobs?organization_id={}", ada.id);
    assert_eq!(server.get(&of).await.json()["total"], 2);
    let of = format!("/v1/jobs?organization_id={}", bea.id);
    assert_eq!(server.get(&of).await.json()["total"], 0);
    // Its owners edit what came, and those of the other no longer do.
    let change = json!({"seniority": "mid"});
    let changed = server.patch(&path(&id), &ada.token, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    server
        .patch(&path(&own), &bea.token, "*", &change)
        .await
        .problem(403);
}

async fn jobs_of_a_deleted_organization_are_gone(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let id = post(&server, &ada, &job(&ada, "Baker")).await.id();
    let draft = super::with(job(&ada, "Miller"), &json!({"status": "draft"}));
    let draft = post(&server, &ada, &draft).await.id();
    let path_now = format!("{}?refresh=wait_for", ada.path());
    let deleted = server.delete(&path_now, &ada.token, "*").await;
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    caught_up(&server).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "deleted");
    server.get(&path(&id)).await.problem(410);
    server.get_as(&path(&id), &ada.token).await.problem(410);
    server.get(&path(&draft)).await.problem(404);
    let moderator = server.token(Role::Moderator).await;
    let kept = server.get_as(&path(&id), &moderator).await;
    assert!(!kept.text().contains("ovens"), "{}", kept.text());
}
