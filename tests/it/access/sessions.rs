//! Refresh tokens rotate; a second use ends the log-in.

use crate::harness::{Answer, Database, Role, Server, on_both_databases};
use chrono::{DateTime, TimeDelta};
use entity::refresh_token;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use toadlane::auth::sessions;
use toadlane::clock::Clock;

on_both_databases!(
    of_many_uses_of_a_refresh_token_one_wins_and_the_log_in_ends,
    logging_out_ends_everything,
    one_log_in_is_ended_from_another,
);

const PASSWORD: &str = "a long enough password";

async fn log_in(server: &Server, email: &str) -> Value {
    let credentials = json!({"email": email, "password": PASSWORD});
    let answer = server.post("/v1/auth/login", None, &credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn refresh(server: &Server, token: &Value) -> Answer {
    let body = json!({"refresh_token": token});
    server.post("/v1/auth/refresh", None, &body).await
}

async fn of_many_uses_of_a_refresh_token_one_wins_and_the_log_in_ends(server: Server) {
    let person = server.person(Role::Member).await;
    let tokens = log_in(&server, &person.email).await;
    let uses = (0..200).map(|_| refresh(&server, &tokens["refresh_token"]));
    let answers = join_all(uses).await;
    let won: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert!(won.len() <= 1, "{}", won.len());
    for answer in &answers {
        if answer.status != 200 {
            answer.problem(401);
        }
    }
    // The whole family is dead: what the winner got too.
    for winner in won {
        let got = winner.json();
        refresh(&server, &got["refresh_token"]).await.problem(401);
        let access = got["access_token"].as_str().unwrap();
        server.get_as("/v1/me", access).await.problem(401);
    }
    let access = tokens["access_token"].as_str().unwrap();
    server.get_as("/v1/me", access).await.problem(401);
    // Other log-ins are not touched.
    assert_eq!(server.get_as("/v1/me", &person.token).await.status, 200);
}

async fn logging_out_ends_everything(server: Server) {
    let person = server.person(Role::Member).await;
    let tokens = log_in(&server, &person.email).await;
    let body = json!({"refresh_token": tokens["refresh_token"]});
    for _ in 0..2 {
        let answer = server.post("/v1/auth/logout", None, &body).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    refresh(&server, &tokens["refresh_token"])
        .await
        .problem(401);
    let access = tokens["access_token"].as_str().unwrap();
    server.get_as("/v1/me", access).await.problem(401);

    // With the access token alone.
    let request = server.request("POST", "/v1/auth/logout");
    let answer = Answer::of(request.bearer_auth(&person.token)).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    server.get_as("/v1/me", &person.token).await.problem(401);
    // With neither.
    let answer = Answer::of(server.request("POST", "/v1/auth/logout")).await;
    answer.problem(401);
}

async fn one_log_in_is_ended_from_another(server: Server) {
    let person = server.person(Role::Member).await;
    let other = log_in(&server, &person.email).await;
    let other = other["access_token"].as_str().unwrap();
    let sessions = server.get_as("/v1/me/sessions", &person.token).await.json();
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let away = sessions
        .iter()
        .find(|item| item["current"] == false)
        .unwrap();
    let path = format!("/v1/me/sessions/{}", away["id"].as_str().unwrap());
    let stranger = server.token(Role::Member).await;
    server.delete(&path, &stranger, "").await.problem(404);
    assert_eq!(server.get_as("/v1/me", other).await.status, 200);
    assert_eq!(server.delete(&path, &person.token, "").await.status, 204);
    server.get_as("/v1/me", other).await.problem(401);
    assert_eq!(server.get_as("/v1/me", &person.token).await.status, 200);
    server.delete(&path, &person.token, "").await.problem(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_in_lapses_a_month_after_its_last_use() {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let server = Server::start_with(Database::Sqlite, clock.clone(), |_| {}).await;
    let person = server.person(Role::Member).await;
    let tokens = log_in(&server, &person.email).await;
    clock.advance(TimeDelta::minutes(16));
    let access = tokens["access_token"].as_str().unwrap();
    server.get_as("/v1/me", access).await.problem(401);
    clock.advance(TimeDelta::days(29));
    let next = refresh(&server, &tokens["refresh_token"]).await;
    assert_eq!(next.status, 200, "{}", next.text());
    clock.advance(TimeDelta::days(29));
    let next = refresh(&server, &next.json()["refresh_token"]).await;
    assert_eq!(next.status, 200, "{}", next.text());
    clock.advance(TimeDelta::days(31));
    refresh(&server, &next.json()["refresh_token"])
        .await
        .problem(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_make_one_wait_and_lock_nobody_out() {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let server = Server::start_with(Database::Sqlite, clock.clone(), |_| {}).await;
    let person = server.person(Role::Member).await;
    let right = json!({"email": person.email, "password": PASSWORD});
    for email in ["nobody@example.coop", person.email.as_str()] {
        let wrong = json!({"email": email, "password": "a wrong password"});
        for _ in 0..5 {
            server
                .post("/v1/auth/login", None, &wrong)
                .await
                .problem(401);
        }
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            let answer = server.post("/v1/auth/login", None, &wrong).await;
            answer.problem(429);
            assert_eq!(answer.header("retry-after"), wait.to_string(), "{email}");
            clock.advance(TimeDelta::seconds(wait));
            server
                .post("/v1/auth/login", None, &wrong)
                .await
                .problem(401);
        }
    }
    server
        .post("/v1/auth/login", None, &right)
        .await
        .problem(429);
    clock.advance(TimeDelta::minutes(1));
    let answer = server.post("/v1/auth/login", None, &right).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // All is forgotten.
    let wrong = json!({"email": person.email, "password": "a wrong password"});
    server
        .post("/v1/auth/login", None, &wrong)
        .await
        .problem(401);
    let answer = server.post("/v1/auth/login", None, &right).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_of_the_present_password_count_with_those_at_the_log_in() {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let server = Server::start_with(Database::Sqlite, clock.clone(), |_| {}).await;
    let person = server.person(Role::Member).await;
    let change = async |current: Value| {
        let mut body = json!({"password": "another long password"});
        if current.is_string() {
            body["current_password"] = current;
        }
        server.patch("/v1/me", &person.token, "", &body).await
    };
    // Nothing is no guess; each of the others is.
    for current in [json!(null), json!("a wrong password")] {
        for _ in 0..5 {
            let wrong = change(current.clone()).await.problem(400);
            assert_eq!(wrong["errors"][0]["pointer"], "/current_password");
        }
    }
    let refused = change(json!(PASSWORD)).await;
    refused.problem(429);
    assert_eq!(refused.header("retry-after"), "1");
    let right = json!({"email": person.email, "password": PASSWORD});
    server
        .post("/v1/auth/login", None, &right)
        .await
        .problem(429);
    // A name needs no password, and no waiting.
    let named = json!({"name": "Ada"});
    let named = server.patch("/v1/me", &person.token, "", &named).await;
    assert_eq!(named.status, 200, "{}", named.text());

    clock.advance(TimeDelta::seconds(1));
    let changed = change(json!(PASSWORD)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    // All is forgotten.
    for _ in 0..5 {
        change(json!("a wrong password")).await.problem(400);
    }
    change(json!("a wrong password")).await.problem(429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_were_used_long_ago_are_forgotten() {
    for database in [Database::Sqlite, Database::Postgres] {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let server = Server::start_with(database, clock.clone(), |_| {}).await;
        let person = server.person(Role::Member).await;
        let first = log_in(&server, &person.email).await["refresh_token"].clone();
        let mut latest = first.clone();
        for _ in 0..4 {
            let next = refresh(&server, &latest).await;
            assert_eq!(next.status, 200, "{}", next.text());
            latest = next.json()["refresh_token"].clone();
            clock.advance(TimeDelta::days(11));
        }
        let db = &server.state.store.db;
        let count = async || refresh_token::Entity::find().count(db).await.unwrap();
        // One more is of the log-in that the harness made.
        assert_eq!(count().await, 6);
        sessions::sweep(db, clock.now()).await.unwrap();
        // Those used 44 and 33 days ago are gone.
        assert_eq!(count().await, 4);
        // What is forgotten is not valid, and ends nothing.
        refresh(&server, &first).await.problem(401);
        let next = refresh(&server, &latest).await;
        assert_eq!(next.status, 200, "{}", next.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_once_few_are_answered() {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let server = Server::start_with(Database::Sqlite, clock.clone(), |_| {}).await;
    let person = server.person_with_costly_password(Role::Member).await;
    let wrong = json!({"email": person.email, "password": "a wrong password"});
    let guesses = (0..30).map(|_| server.post("/v1/auth/login", None, &wrong));
    let answers = join_all(guesses).await;
    let told = answers.iter().filter(|answer| answer.status == 401).count();
    let waiting = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(told + waiting, 30);
    // The free ones, and those that were being answered meanwhile.
    assert!((1..=8).contains(&told), "{told}");
}
