use super::Employer;
use super::xml::{Node, parse};
use crate::harness::{Server, on_both_databases};
use serde_json::{Value, json};
use std::collections::HashSet;

on_both_databases!(
    a_job_comes_once_for_each_of_its_places,
    every_open_job_is_there_and_no_other,
);

async fn jobs(server: &Server) -> Vec<Node> {
    let answer = server.get("/feeds/indeed.xml").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-cache");
    let source = parse(&answer.text());
    assert_eq!(source.name, "source");
    assert_eq!(source.text_of("publisherurl"), server.url);
    chrono::DateTime::parse_from_rfc3339(source.text_of("lastBuildDate")).unwrap();
    source.all("job").into_iter().cloned().collect()
}

fn texts<'a>(jobs: &'a [Node], name: &str) -> Vec<&'a str> {
    jobs.iter().map(|job| job.text_of(name)).collect()
}

async fn a_job_comes_once_for_each_of_its_places(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let mut body = employer.job("Keeper ]]> of the till");
    body["locations"] = json!([
        {"locality": "Rochdale", "country": "GB"},
        {"locality": "Leeds", "country": "GB"},
        // The same place to Indeed.
        {"locality": "Leeds", "country": "GB", "lat": 53.8, "lon": -1.5},
        {"locality": "LEEDS", "country": "GB"},
    ]);
    let posted = server
        .post("/v1/jobs", Some(&employer.editor.token), &body)
        .await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    let first = jobs(server).await;
    assert_eq!(texts(&first, "city"), ["Rochdale", "Leeds"]);
    let numbers: HashSet<_> = texts(&first, "referencenumber").into_iter().collect();
    assert_eq!(numbers.len(), 2);
    for job in &first {
        assert_eq!(job.text_of("title"), "Keeper ]]> of the till");
        assert_eq!(job.text_of("requisitionid"), posted.id());
        assert_eq!(job.text_of("company"), "Stores");
        assert_eq!(job.text_of("country"), "GB");
        assert_eq!(job.text_of("state"), "");
        assert_eq!(job.text_of("email"), "toadlane@example.coop");
        assert_eq!(job.text_of("remotetype"), "Hybrid remote");
        assert_eq!(job.text_of("jobtype"), "parttime");
        assert_eq!(job.text_of("salary"), "GBP 38000 - 42000 per year");
        assert!(
            job.text_of("description")
                .starts_with("<p>You keep the till")
        );
        let slug = posted.json()["slug"].as_str().unwrap().to_owned();
        assert_eq!(job.text_of("url"), format!("{}/jobs/{slug}", server.url));
        assert!(!job.text_of("sourcename").is_empty());
    }
    // A number is of a place, wherever in the list the place is.
    let change = json!({"locations": [{"locality": "Leeds", "country": "GB"}]});
    let path = format!("/v1/jobs/{}", posted.id());
    let changed = server
        .patch(&path, &employer.editor.token, posted.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let second = jobs(server).await;
    assert_eq!(
        texts(&second, "referencenumber"),
        [first[1].text_of("referencenumber")]
    );
}

async fn every_open_job_is_there_and_no_other(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let token = Some(employer.editor.token.as_str());
    let mut remote = employer.job("Remote");
    remote["workplace"] = json!("remote");
    remote["locations"] = json!([]);
    remote["applicant_countries"] = json!(["FR", "DE"]);
    remote["apply_url"] = Value::Null;
    remote["apply_email"] = json!("hidden@stores.example.coop");
    server.post("/v1/jobs", token, &remote).await;
    let mut draft = employer.job("Draft");
    draft["status"] = json!("draft");
    server.post("/v1/jobs", token, &draft).await;
    let closed = server
        .post("/v1/jobs", token, &employer.job("Closed"))
        .await;
    let path = format!("/v1/jobs/{}/close", closed.id());
    let reason = json!({"reason": "filled"});
    assert_eq!(server.post(&path, token, &reason).await.status, 200);
    let listed = jobs(server).await;
    assert_eq!(texts(&listed, "title"), ["Remote", "Remote"]);
    assert_eq!(texts(&listed, "country"), ["FR", "DE"]);
    assert_eq!(texts(&listed, "city"), ["", ""]);
    assert_eq!(
        texts(&listed, "remotetype"),
        ["Fully remote", "Fully remote"]
    );
    assert_eq!(texts(&listed, "email"), ["toadlane@example.coop"; 2]);
}
