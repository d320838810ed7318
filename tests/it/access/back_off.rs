//! Who guesses waits; whose account it is does not.

use crate::harness::{Answer, Database, Role, Server};
use chrono::DateTime;
use entity::login_failure;
use futures_util::future::join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use toadlane::clock::Clock;

const PASSWORD: &str = "a long enough password";
const HOME: &str = "192.0.2.7";
const TRAIN: &str = "192.0.2.8";

async fn log_in(server: &Server, from: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    let request = server.request("POST", "/v1/auth/login");
    Answer::of(request.header("x-forwarded-for", from).json(&body)).await
}

/// Somebody guesses from the addresses of a network, as often as costs no waiting, and goes on for an hour.
async fn attack(server: &Server, network: &str, email: &str) {
    for host in 1..=21 {
        let from = format!("{network}.{host}");
        let guesses = (0..5).map(|_| log_in(server, &from, email, "a wrong password"));
        for answer in join_all(guesses).await {
            assert!(matches!(answer.status, 401 | 429), "{}", answer.text());
        }
    }
    let counted = login_failure::Entity::update_many()
        .col_expr(login_failure::Column::Failures, Expr::value(1000))
        .filter(login_failure::Column::Failures.between(100, 999))
        .exec(&server.state.store.db)
        .await
        .unwrap();
    assert_eq!(counted.rows_affected, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_do_not_keep_anybody_out() {
    for database in [Database::Sqlite, Database::Postgres] {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let server = Server::start_with(database, clock, |config| {
            config.serve.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        })
        .await;
        let email = server.person(Role::Member).await.email;
        let answer = log_in(&server, HOME, &email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        attack(&server, "198.51.100", &email).await;

        // From elsewhere everybody waits, whoever has the password too: it could be a guess.
        let waiting = log_in(&server, TRAIN, &email, PASSWORD).await;
        waiting.problem(429);
        assert_eq!(waiting.header("retry-after"), "60");
        // Where they have logged in before they go on to, and are told of wrong passwords there alone.
        log_in(&server, HOME, &email, "a wrong password")
            .await
            .problem(401);
        let answer = log_in(&server, HOME, &email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());

        // Nor from whoever has the mailbox.
        let nobody = "nobody@example.coop";
        for email in [&email, nobody] {
            attack(&server, "203.0.113", email).await;
            log_in(&server, TRAIN, email, PASSWORD).await.problem(429);
        }
        let forgotten = json!({"email": email});
        server
            .post("/v1/auth/forgot-password", None, &forgotten)
            .await;
        let new = "another long password";
        let token = server.mail_to(&email).await.token().to_owned();
        let body = json!({"token": token, "password": new});
        let request = server.request("POST", "/v1/auth/reset-password");
        let reset = Answer::of(request.header("x-forwarded-for", TRAIN).json(&body)).await;
        assert_eq!(reset.status, 204, "{}", reset.text());
        let answer = log_in(&server, TRAIN, &email, new).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
