//! What moderators and admins do.

mod commands;
mod history;
mod listings;
mod queue;
mod reports;
mod takedown;
mod users;

use crate::harness::{Answer, Server};
use serde_json::{Value, json};

/// A decision about a listing.
async fn decide(server: &Server, token: &str, id: &str, what: &str, body: &Value) -> Answer {
    let path = format!("/v1/organizations/{id}/{what}?refresh=wait_for");
    server.post(&path, Some(token), body).await
}

/// All pages of a list, for somebody.
async fn walk(server: &Server, token: &str, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get_as(&format!("{path}{cursor}"), token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            return items;
        };
        cursor = format!("&cursor={next}");
    }
}

/// The pointers of a validation problem.
fn pointers(answer: &Answer) -> Value {
    let problem = answer.problem(400);
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors
        .iter()
        .map(|fault| fault["pointer"].clone())
        .collect();
    json!(pointers)
}
