//! Listings of one organization: found, told apart, merged.

mod backfill;
mod create;
mod distinct;
mod lookup;
mod merge;
mod merged;

use crate::harness::{Answer, Server};
use serde_json::{Value, json};

/// A bakery that a register, a website and an address tell from others.
pub fn bakery(name: &str) -> Value {
    json!({
        "name": name,
        "organization_type": "worker_cooperative",
        "website": "https://www.calder-bakery.coop/",
        "identifiers": [{"scheme": "GB-COH", "value": "01234567"}],
        "address": {"locality": "Hebden Bridge", "postal_code": "HX7 8AD", "country": "GB"},
    })
}

/// The path of a record.
pub fn path(id: &str) -> String {
    format!("/v1/organizations/{id}")
}

/// Lists an organization and waits until it can be found.
pub async fn listed(server: &Server, token: &str, body: &Value) -> Answer {
    let answer = server
        .post("/v1/organizations?refresh=wait_for", Some(token), body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// The ids that are proposed, best first.
pub fn ids(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items
        .map(|item| item["organization"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The signals of the reasons, in order.
pub fn signals(item: &Value) -> Vec<&str> {
    let reasons = item["reasons"].as_array().unwrap().iter();
    reasons
        .map(|reason| reason["signal"].as_str().unwrap())
        .collect()
}

/// The pairs that moderators are shown, page by page of `limit`.
pub async fn pairs(server: &Server, moderator: &str, limit: usize) -> Vec<[String; 2]> {
    let mut found = Vec::new();
    let mut path = format!("/v1/moderation/duplicates?limit={limit}");
    loop {
        let page = server.get_as(&path, moderator).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        found.extend(items.iter().map(|item| {
            [0, 1].map(|at| item["organizations"][at]["id"].as_str().unwrap().to_owned())
        }));
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                path = format!("/v1/moderation/duplicates?limit={limit}&cursor={cursor}");
            }
            None => return found,
        }
    }
}
