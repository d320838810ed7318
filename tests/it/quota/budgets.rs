//! Request budgets are the account's: its clients share them.

use super::ORGANIZATIONS;
use crate::harness::{Answer, Database, Role, Server};
use serde_json::json;
use toadlane::clock::Clock;
use toadlane::config::Switch;

/// An access token of a new client of the account.
async fn client(server: &Server, token: &str, name: &str) -> String {
    let scopes = ["organizations:write", "jobs:write"];
    let made = server
        .post(
            "/v1/api-clients",
            Some(token),
            &json!({"name": name, "scopes": scopes}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let request = server
        .request("POST", "/oauth/token")
        .basic_auth(
            made["client_id"].as_str().unwrap(),
            made["client_secret"].as_str(),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// How many of these are answered before one is refused.
async fn until_refused(server: &Server, token: &str, path: &str) -> usize {
    for number in 0..400 {
        let answer = server.post(path, Some(token), &json!({})).await;
        if answer.status == 429 {
            return number;
        }
    }
    panic!("none was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_of_an_account_share_its_budgets() {
    let server = Server::start_with(Database::Sqlite, Clock::System, |config| {
        config.serve.rate_limit = Switch::On;
    })
    .await;
    let owner = server.token(Role::Member).await;
    let one = client(&server, &owner, "one").await;
    let two = client(&server, &owner, "two").await;
    let reveal = "/v1/jobs/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071/reveal-email";
    // Some of a budget comes back while it is spent: much less than another one.
    assert!(until_refused(&server, &one, reveal).await >= 15);
    for other in [&two, &owner] {
        let more = until_refused(&server, other, reveal).await;
        assert!(more <= 3, "{more} more reveals");
    }
    assert!(until_refused(&server, &one, ORGANIZATIONS).await >= 100);
    for other in [&two, &owner] {
        let more = until_refused(&server, other, ORGANIZATIONS).await;
        assert!(more <= 20, "{more} more writes");
    }
    // Other accounts are not held up.
    let other = server.token(Role::Member).await;
    assert!(until_refused(&server, &other, ORGANIZATIONS).await >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_so_many_log_ins() {
    let server = Server::start(Database::Sqlite).await;
    let owner = server.person(Role::Member).await;
    let mut tokens = vec![owner.token.clone()];
    for _ in 0..101 {
        tokens.push(server.log_in(&owner.email).await);
    }
    // Of 102 the last hundred.
    for (number, token) in tokens.iter().enumerate() {
        let status = server.get_as("/v1/me", token).await.status;
        assert_eq!(status, if number < 2 { 401 } else { 200 }, "{number}");
    }
}
