//! Copies of a job for several cities.

use super::{Coop, coop, job, listed, path, with};
use crate::harness::{Answer, Server, on_both_databases};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    a_copy_for_another_city_adds_it,
    what_differs_otherwise_is_another_job,
    of_many_copies_at_once_there_is_one_job,
);

/// A baker's job in this city, posted as one of several copies.
async fn post_copy(server: &Server, coop: &Coop, city: &str, differs: Value) -> Answer {
    let at = json!({"locations": [{"locality": city, "country": "GB"}], "workplace": "on_site"});
    let body = with(with(job(coop, "Baker"), &at), &differs);
    let path = "/v1/jobs?fold=true&refresh=wait_for";
    server.post(path, Some(&coop.token), &body).await
}

fn cities(view: &Value) -> Vec<&str> {
    let places = view["locations"].as_array().unwrap().iter();
    places
        .map(|place| place["locality"].as_str().unwrap())
        .collect()
}

async fn a_copy_for_another_city_adds_it(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let first = post_copy(&server, &ada, "Leeds", json!({})).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let time = json!({"valid_through": "2999-01-01T00:00:00Z"});
    for (city, all) in [
        ("York", vec!["Leeds", "York"]),
        ("Hull", vec!["Leeds", "York", "Hull"]),
    ] {
        let folded = post_copy(&server, &ada, city, json!({})).await;
        assert_eq!(folded.status, 200, "{}", folded.text());
        assert_eq!(folded.header("location"), path(&first.id()));
        assert_eq!(cities(&folded.json()), all);
        let seen = server.get(&path(&first.id())).await;
        assert_eq!(seen.etag(), folded.etag());
        assert_eq!(seen.json()["posted_at"], first.json()["posted_at"]);
        assert_eq!(seen.json()["valid_through"], first.json()["valid_through"]);
    }
    // Not a copy elsewhere: the same.
    let same = post_copy(&server, &ada, "York", json!({})).await;
    assert_eq!(same.problem(409)["duplicate"], path(&first.id()));
    // A time of its own is no copy's, and one that no job may have is refused.
    post_copy(&server, &ada, "Ripon", time).await.problem(400);
    assert_eq!(listed(&server).await, [first.id()]);
    let found = server.get("/v1/jobs?locality=Hull").await.json();
    assert_eq!(found["total"], 1);
    let history = server
        .get(&format!("{}/history", path(&first.id())))
        .await
        .json();
    assert_eq!(history["items"][0]["fields"][0]["pointer"], "/locations");
}

async fn what_differs_otherwise_is_another_job(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let first = post_copy(&server, &ada, "Leeds", json!({})).await;
    let mut ids = BTreeSet::from([first.id()]);
    for (number, differs) in [
        json!({"description": "Another oven."}),
        json!({"title": "Night baker"}),
        json!({"seniority": "lead"}),
        json!({"apply_url": null, "apply_email": "jobs@example.coop"}),
        json!({"status": "draft"}),
    ]
    .into_iter()
    .enumerate()
    {
        // With the same title in the same city it would be the same job.
        let city = format!("City {number}");
        let posted = post_copy(&server, &ada, &city, differs).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        assert!(ids.insert(posted.id()));
    }
    // Nor is that of another employer, or of one whose job is filled.
    let ben = coop(&server, "Ben Bakery").await;
    let posted = post_copy(&server, &ben, "York", json!({})).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    let close = format!("{}/close", path(&first.id()));
    let reason = json!({"reason": "filled"});
    server.post(&close, Some(&ada.token), &reason).await;
    let posted = post_copy(&server, &ada, "York", json!({})).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    // Without being asked nothing is folded.
    let body =
        json!({"locations": [{"locality": "Hull", "country": "GB"}], "workplace": "on_site"});
    let body = with(job(&ada, "Baker"), &body);
    let posted = server.post("/v1/jobs", Some(&ada.token), &body).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
}

async fn of_many_copies_at_once_there_is_one_job(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let names: Vec<_> = (0..20).map(|number| format!("City {number}")).collect();
    let posts = names
        .iter()
        .map(|city| post_copy(&server, &ada, city, json!({})));
    let answers = join_all(posts).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let folded = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((created, folded), (1, 19));
    let listed = listed(&server).await;
    assert_eq!(listed.len(), 1);
    let view = server.get(&path(&listed[0])).await.json();
    let cities: BTreeSet<_> = cities(&view).into_iter().map(str::to_owned).collect();
    assert_eq!(cities, names.into_iter().collect());
}
