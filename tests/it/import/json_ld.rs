//! Jobs from files: schema.org's JobPosting.

use super::{counts, file, import, summary, told};
use crate::changes::support::caught_up;
use crate::harness::{Role, Server, on_both_databases};
use crate::jobs::coop;
use chrono::TimeDelta;
use serde_json::{Value, json};
use toadlane::clock::Clock;

on_both_databases!(a_page_of_a_co_op, a_graph_with_dirt_in_it);

const JSON_LD: [&str; 4] = ["--format", "json_ld", "--source", "site"];

fn posting(members: &Value) -> Value {
    let mut posting = json!({
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "name": "Ada", "value": "7"},
        "title": "Baker",
        "description": "<p>You bake.</p><ul><li>bread</li><li>rolls</li></ul>",
        "datePosted": "2026-01-05",
        "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": "Ada", "sameAs": "https://ada-bakery.coop"},
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Leeds", "addressCountry": "GB"}},
        "baseSalary": {"@type": "MonetaryAmount", "currency": "GBP", "value": {"@type": "QuantitativeValue", "minValue": 12.5, "maxValue": 14, "unitText": "HOUR"}},
        "url": "https://ada-bakery.coop/jobs/7",
    });
    let all = posting.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    posting
}

async fn with_website(server: &Server) -> crate::jobs::Coop {
    let ada = coop(server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let website = json!({"website": "https://www.ada-bakery.coop/"});
    let answer = server.patch(&ada.path(), &moderator, "*", &website).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    ada
}

async fn a_page_of_a_co_op(server: Server) {
    let ada = with_website(&server).await;
    let end = (Clock::System.now() + TimeDelta::days(20))
        .format("%Y-%m-%d")
        .to_string();
    let page = format!(
        "<!doctype html><html><head><title>Jobs</title><script type=\"application/ld+json\">{}</script></head><body><p>Come and bake.</body></html>",
        posting(&json!({"validThrough": end}))
    );
    let page = file(&page);
    let output = import(&server, &JSON_LD, &[page.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 0), "{}", told(&output));
    assert_eq!(
        summary(&import(&server, &JSON_LD, &[page.path()])),
        counts(0, 0, 1, 0)
    );
    caught_up(&server).await;
    let list = server.get("/v1/jobs").await.json();
    let job = &list["items"][0];
    assert_eq!(job["organization_id"], ada.id);
    assert_eq!(job["source"]["external_id"], "Ada:7");
    assert_eq!(job["description"], "You bake.\n\n- bread\n- rolls");
    assert_eq!(job["employment_types"], json!(["full_time"]));
    assert_eq!(job["workplace"], "on_site");
    assert_eq!(job["posted_at"], "2026-01-05T00:00:00Z");
    assert_eq!(
        job["salary"],
        json!({"min": 12.5, "max": 14, "currency": "GBP", "period": "hour"})
    );
    assert!(job["valid_through"].as_str().unwrap() > end.as_str());
}

async fn a_graph_with_dirt_in_it(server: Server) {
    with_website(&server).await;
    let id = |id: &str, members: &Value| {
        let mut members = members.clone();
        members["identifier"] = json!(id);
        posting(&members)
    };
    let graph = json!({"@context": "https://schema.org/", "@graph": [
        {"@type": "WebPage", "name": "Jobs"},
        id("dirty", &json!({"title": "Cook", "employmentType": "GIG", "baseSalary": {"currency": "pounds", "value": 5}, "validThrough": "soon"})),
        id("remote", &json!({"title": "Clerk", "jobLocationType": "TELECOMMUTE", "jobLocation": null, "applicantLocationRequirements": {"@type": "Country", "name": "United Kingdom"}})),
        id("nowhere", &json!({"jobLocation": null})),
        id("over", &json!({"validThrough": "2020-01-01"})),
        id("nobody", &json!({"hiringOrganization": {"name": "Nobody's"}})),
        id("no url", &json!({"url": null})),
        posting(&json!({"identifier": null, "url": null})),
    ]});
    let file = file(&graph.to_string());
    let output = import(&server, &JSON_LD, &[file.path()]);
    assert_eq!(summary(&output), counts(2, 0, 0, 5), "{}", told(&output));
    let warnings = told(&output);
    for field in ["employment_types", "salary", "valid_through"] {
        let warning = format!(":1: warning: {field}");
        assert!(warnings.contains(&warning), "{warnings}");
    }
    let rejects = std::fs::read_to_string(server.data_dir().join("rejects/site.csv")).unwrap();
    for part in [
        ",3,nowhere,/locations a job",
        ",4,over,/valid_through ran out on 2020-01-01",
        "Nobody's",
        ",6,no url,\"/apply_url",
        ",7,,\"the posting has no identifier",
    ] {
        assert!(rejects.contains(part), "{part}: {rejects}");
    }
    caught_up(&server).await;
    let remote = server.get("/v1/jobs?workplace=remote").await.json();
    assert_eq!(remote["items"][0]["applicant_countries"], json!(["GB"]));
    assert_eq!(server.get("/v1/jobs").await.json()["total"], 2);
}
