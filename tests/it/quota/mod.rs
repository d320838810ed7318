//! What an account can make the server hold.

mod allowance;
mod budgets;
mod hidden_slugs;
mod histories;
mod listings;
mod logs;
mod queue;
mod reports;
mod turns;

use crate::harness::{Answer, Server, organization};

const ORGANIZATIONS: &str = "/v1/organizations";

/// Hands in a listing.
async fn hand_in(server: &Server, token: &str, name: &str) -> Answer {
    server
        .post(ORGANIZATIONS, Some(token), &organization(name))
        .await
}

/// The path of an organization.
fn path(id: &str) -> String {
    format!("{ORGANIZATIONS}/{id}")
}

/// What a moderator decides about a listing.
async fn decide(server: &Server, token: &str, id: &str, what: &str) -> Answer {
    let path = format!("{}/{what}", path(id));
    let answer = server
        .post(&path, Some(token), &serde_json::json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}
