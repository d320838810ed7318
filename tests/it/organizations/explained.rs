//! What a search says about itself: what it left out, what it took words for, and to moderators, why.

use crate::changes::support::caught_up;
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    what_was_left_out_is_said,
    what_words_were_taken_for_is_said,
    moderators_may_have_it_explained,
);

async fn fill(server: &Server) -> String {
    let token = server.token(Role::Moderator).await;
    for (name, town) in [
        ("Thistle Plumbers", "Glasgow"),
        ("Slate Roofers", "Leeds"),
        ("Tile Roofers", "Leeds"),
    ] {
        let mut body = organization(name);
        body["address"] = json!({"locality": town, "country": "GB"});
        let created = server.post("/v1/organizations", Some(&token), &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    caught_up(server).await;
    token
}

async fn what_was_left_out_is_said(server: Server) {
    fill(&server).await;
    let page = server
        .get("/v1/organizations?q=roofers+glasgow")
        .await
        .json();
    assert_eq!(page["relaxed"], true);
    // A place tells more than a trade that two of three have.
    assert_eq!(page["items"][0]["name"], "Thistle Plumbers");
    assert_eq!(page["left_out"], json!(["roofers"]));
    let page = server.get("/v1/organizations?q=roofers+leeds").await.json();
    assert!(page["left_out"].is_null() && page["relaxed"].is_null());
}

async fn what_words_were_taken_for_is_said(server: Server) {
    fill(&server).await;
    let page = server.get("/v1/organizations?q=roofers+leeds").await.json();
    assert_eq!(
        page["interpreted"],
        json!([{"words": "leeds", "field": "locality", "value": "Leeds"}])
    );
    let plain = server
        .get("/v1/organizations?q=roofers+leeds&interpret=false")
        .await
        .json();
    assert!(plain["interpreted"].is_null());
    assert_eq!(plain["total"], page["total"]);
    server
        .get("/v1/organizations?q=roofers&interpret=maybe")
        .await
        .problem(400);
}

async fn moderators_may_have_it_explained(server: Server) {
    let moderator = fill(&server).await;
    let path = "/v1/organizations?q=roofer+leeds&explain=true";
    server.get(path).await.problem(401);
    let member = server.token(Role::Member).await;
    server.get_as(path, &member).await.problem(403);
    let page = server.get_as(path, &moderator).await.json();
    let explanation = &page["explanation"];
    assert_eq!(explanation["stage"], "all_words");
    assert_eq!(explanation["languages"], json!(["en"]));
    assert_eq!(explanation["words"][0]["word"], "roofer");
    let matches = explanation["words"][0]["matches"].as_array().unwrap();
    let stem = matches.iter().find(|term| term["by"] == "stem").unwrap();
    assert_eq!(
        (&stem["term"], &stem["language"]),
        (&json!("roofer"), &json!("en"))
    );
    assert_eq!(explanation["hits"].as_array().unwrap().len(), 2);
    assert_eq!(explanation["hits"][0]["id"], page["items"][0]["id"]);
    assert!(explanation["hits"][0]["words"][0].as_f64().unwrap() > 0.0);
    let jobs = server
        .get_as("/v1/jobs?q=baker&explain=true", &moderator)
        .await;
    assert_eq!(jobs.status, 200, "{}", jobs.text());
    server
        .get("/v1/jobs?q=baker&explain=true")
        .await
        .problem(401);
}
