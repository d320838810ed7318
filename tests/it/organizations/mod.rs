mod create;
mod explained;
mod fields;
mod filters;
mod history;
mod moderation;
mod ownership;
mod places;
mod queue;
mod removal;
mod rules;
mod slugs;
mod website;

use crate::harness::{Answer, Server};
use serde_json::{Value, json};

/// What a client sends when it knows every field.
fn every_field() -> Value {
    json!({
        "name": "Molinos & Cía <b>Coop</b>",
        "legal_name": "Molinos y Compañía S. Coop. And.",
        "summary": "Harina molida en piedra – \"a stone mill\".",
        "description": "# Molinos\n\n\tTrigo & <em>centeno</em>\r\nfin",
        "organization_type": "worker_cooperative",
        "sectors": ["hosting", "retail"],
        "tags": ["flour", "Harina"],
        "technologies": ["debian", "C++"],
        "languages": ["es", "pt-BR"],
        "website": "https://molinos.example.coop/a?b=c#d",
        "email": "hola@molinos.example.coop",
        "phone": "+34 958 000 000",
        "links": [{"rel": "mastodon", "url": "https://social.example/@molinos"}],
        "founded_on": "1998-02-28",
        "dissolved_on": "2020-02-29",
        "members_count": 0,
        "employees_count": 2_147_483_647,
        "logo_url": "https://molinos.example.coop/logo.svg",
        "legal_form": "Sociedad cooperativa",
        "identifiers": [{"scheme": "ES-CIF", "value": "F-1234567"}, {"scheme": "wikidata", "value": "Q1"}],
        "address": {"street": "C/ Molino 1", "locality": "Güéjar", "region": "Granada", "postal_code": "18160", "country": "ES"},
        "location": {"lat": 37.161_503_217_1, "lon": -3.437_199_999_9},
        "networks": ["cotech"],
        "status": "published",
    })
}

/// The feed as a follower sees it at the end of a walk: state and data of a record.
async fn in_feed(server: &Server, id: &str) -> Option<(String, Value)> {
    let mut path = "/v1/feeds/organizations".to_owned();
    let mut found = None;
    loop {
        let page = server.get(&path).await.json();
        let items = page["items"].as_array().unwrap().clone();
        if items.is_empty() {
            return found;
        }
        for item in items.into_iter().filter(|item| item["id"] == id) {
            found = Some((
                item["state"].as_str().unwrap().to_owned(),
                item["data"].clone(),
            ));
        }
        path = page["next"]
            .as_str()
            .unwrap()
            .strip_prefix(&server.url)
            .unwrap()
            .to_owned();
    }
}

/// How many records the public finds for `q`, asked in every way there is.
async fn found_by_the_public(server: &Server, q: &str) -> Vec<u64> {
    let listed = server.get("/v1/organizations").await.json();
    let searched = server.get(&format!("/v1/organizations?q={q}")).await.json();
    let suggested = server.get(&format!("/v1/suggest?q={q}")).await.json();
    let stats = server.get("/v1/stats").await.json();
    vec![
        listed["total"].as_u64().unwrap(),
        searched["total"].as_u64().unwrap(),
        u64::from(!suggested["items"].as_array().unwrap().is_empty()),
        stats["kinds"]["organization"].as_u64().unwrap(),
    ]
}

/// The pointers of a validation problem, in order.
fn pointers(answer: &Answer) -> Vec<String> {
    let problem = answer.problem(400);
    assert_eq!(problem["type"], "/problems/validation", "{problem}");
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect()
}

/// The path of a record.
fn path(id: &str) -> String {
    format!("/v1/organizations/{id}")
}
