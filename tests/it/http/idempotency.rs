use crate::harness::{Answer, Command, Database, Role, Server, on_both_databases, organization};
use entity::idempotency_key;
use futures_util::future::{join_all, select};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use std::pin::pin;

on_both_databases!(
    the_same_request_is_done_once_and_answered_again,
    a_key_belongs_to_one_request_of_one_caller,
    malformed_keys_are_refused,
    refusals_are_not_stored,
    twenty_at_once_make_one_record,
    while_it_runs_the_key_is_taken,
    a_client_that_hangs_up_leaves_the_key_usable,
    answers_outlive_a_restart,
    what_is_deleted_is_not_told_again,
);

const PATH: &str = "/v1/organizations";

async fn post(server: &Server, token: &str, key: &str, body: &Value) -> Answer {
    post_to(server, PATH, token, key, body).await
}

async fn post_to(server: &Server, path: &str, token: &str, key: &str, body: &Value) -> Answer {
    Answer::of(
        server
            .request("POST", path)
            .bearer_auth(token)
            .header("idempotency-key", key)
            .json(body),
    )
    .await
}

async fn records(server: &Server) -> u64 {
    entity::organization::Entity::find()
        .count(&server.state.store.db)
        .await
        .unwrap()
}

fn assert_same(again: &Answer, first: &Answer) {
    assert_eq!((again.status, again.text()), (first.status, first.text()));
    for name in ["location", "etag", "content-type"] {
        assert!(!first.header(name).is_empty());
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
}

async fn the_same_request_is_done_once_and_answered_again(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = organization("Once");
    let first = post(&server, &token, "\"a-1\"", &body).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_same(&post(&server, &token, "\"a-1\"", &body).await, &first);
    assert_same(&post(&server, &token, "a-1", &body).await, &first);
    server
        .patch(
            first.header("location"),
            &token,
            first.etag(),
            &json!({"name": "Renamed"}),
        )
        .await;
    assert_same(&post(&server, &token, "\"a-1\"", &body).await, &first);
    assert_eq!(records(&server).await, 1);
    assert_eq!(post(&server, &token, "\"a-2\"", &body).await.status, 201);
    assert_eq!(records(&server).await, 2);
}

async fn a_key_belongs_to_one_request_of_one_caller(server: Server) {
    let token = server.token(Role::Moderator).await;
    let other = server.token(Role::Moderator).await;
    let body = organization("Mine");
    let first = post(&server, &token, "\"k\"", &body).await;
    for body in [
        organization("Other"),
        json!({"organization_type": "worker_cooperative", "name": "Mine"}),
    ] {
        let refused = post(&server, &token, "\"k\"", &body).await.problem(422);
        assert_eq!(refused["type"], "/problems/idempotency-key-reused");
    }
    post_to(
        &server,
        &format!("{PATH}?refresh=wait_for"),
        &token,
        "\"k\"",
        &body,
    )
    .await
    .problem(422);
    let theirs = post(&server, &other, "\"k\"", &body).await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.id(), first.id());
    assert_eq!(records(&server).await, 2);
}

async fn malformed_keys_are_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let long = format!("\"{}\"", "x".repeat(256));
    for key in [
        "",
        "\"",
        "\"\"",
        "\"a",
        "a\"",
        "a b",
        "a, b",
        "\"a\", \"b\"",
        "\"a\\b\"",
        "\"a\";p=1",
        &long,
    ] {
        let refused = post(&server, &token, key, &organization("Never"))
            .await
            .problem(400);
        assert_eq!(refused["type"], "/problems/malformed", "{key}");
    }
    let twice = server
        .request("POST", PATH)
        .bearer_auth(&token)
        .header("idempotency-key", "\"a\"")
        .header("idempotency-key", "\"b\"")
        .json(&organization("Never"));
    Answer::of(twice).await.problem(400);
    assert_eq!(records(&server).await, 0);
}

async fn refusals_are_not_stored(server: Server) {
    let token = server.token(Role::Moderator).await;
    post(&server, &token, "\"k\"", &json!({"name": ""}))
        .await
        .problem(400);
    let wrong_type = server
        .request("POST", PATH)
        .bearer_auth(&token)
        .header("idempotency-key", "\"k\"")
        .header("content-type", "text/plain")
        .body("x");
    Answer::of(wrong_type).await.problem(415);
    assert_eq!(
        idempotency_key::Entity::find()
            .count(&server.state.store.db)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        post(&server, &token, "\"k\"", &organization("Right"))
            .await
            .status,
        201
    );
    assert_eq!(
        idempotency_key::Entity::find()
            .count(&server.state.store.db)
            .await
            .unwrap(),
        1
    );
}

async fn twenty_at_once_make_one_record(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = organization("Stampede");
    let answers = join_all((0..20).map(|_| post(&server, &token, "\"k\"", &body))).await;
    let mut done = Vec::new();
    for answer in answers {
        if answer.status == 201 {
            done.push(answer);
        } else {
            answer.problem(409);
        }
    }
    assert!(!done.is_empty());
    for answer in &done {
        assert_same(answer, &done[0]);
    }
    assert_eq!(records(&server).await, 1);
    assert_same(&post(&server, &token, "\"k\"", &body).await, &done[0]);
}

/// Holds what every `POST` waits for.
async fn hold(server: &Server) -> impl Sized {
    let (txn, permit) = server.state.store.begin().await.unwrap();
    toadlane::slug::lock(&txn).await.unwrap();
    (txn, permit)
}

async fn while_it_runs_the_key_is_taken(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = organization("Slow");
    let held = hold(&server).await;
    // One of the two waits for the lock, so the first to be answered is the one that came second.
    let two = select(
        Box::pin(post(&server, &token, "\"k\"", &body)),
        Box::pin(post(&server, &token, "\"k\"", &body)),
    )
    .await;
    let (second, first) = two.factor_first();
    second.problem(409);
    drop(held);
    let first = first.into_inner().await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_same(&post(&server, &token, "\"k\"", &body).await, &first);
    assert_eq!(records(&server).await, 1);
}

async fn a_client_that_hangs_up_leaves_the_key_usable(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = organization("Hung up");
    let held = hold(&server).await;
    {
        let mut hung_up = pin!(post(&server, &token, "\"k\"", &body));
        // Until the server has it: a second request with the key is answered 409 then.
        loop {
            let probe = pin!(post(&server, &token, "\"k\"", &body));
            match select(hung_up.as_mut(), probe).await {
                futures_util::future::Either::Right((probe, _)) => {
                    probe.problem(409);
                    break;
                }
                futures_util::future::Either::Left((first, _)) => {
                    // The probe came first and was dropped with this turn of the loop.
                    first.problem(409);
                    hung_up.set(post(&server, &token, "\"k\"", &body));
                }
            }
        }
    }
    drop(held);
    // The server notices by itself; until then the key is taken.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let answer = post(&server, &token, "\"k\"", &body).await;
        if answer.status == 201 {
            break;
        }
        answer.problem(409);
        assert!(std::time::Instant::now() < deadline, "the key stays taken");
    }
    assert_eq!(records(&server).await, 1);
}

async fn answers_outlive_a_restart(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = organization("Durable");
    let first = post(&server, &token, "\"k\"", &body).await;
    let server = server.restart().await;
    assert_same(&post(&server, &token, "\"k\"", &body).await, &first);
    assert_eq!(records(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_knows_what_runs_and_what_is_stored() {
    let server = Server::start(Database::Postgres).await;
    let another = server.start_another().await;
    let token = server.token(Role::Moderator).await;
    let body = organization("Shared");
    let held = hold(&server).await;
    let two = select(
        Box::pin(post(&server, &token, "\"k\"", &body)),
        Box::pin(post(&another, &token, "\"k\"", &body)),
    )
    .await;
    let (second, first) = two.factor_first();
    second.problem(409);
    drop(held);
    let first = first.into_inner().await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_same(&post(&server, &token, "\"k\"", &body).await, &first);
    assert_same(&post(&another, &token, "\"k\"", &body).await, &first);
    assert_eq!(records(&server).await, 1);
}

on_both_databases!(a_killed_server_leaves_the_key_usable);

async fn a_killed_server_leaves_the_key_usable(mut server: Server) {
    // The test's own connection holds the lock that the server under test waits for.
    let (data_dir, url) = (server.data_dir().to_owned(), server.database_url());
    let token = server.token(Role::Moderator).await;
    server.stop().await;
    let mut serving = Command::new(&["serve"]).on(&data_dir, &url).serve();
    let body = organization("Killed");
    let request = |base: &str| {
        reqwest::Client::new()
            .post(format!("{base}{PATH}"))
            .bearer_auth(&token)
            .header("idempotency-key", "\"k\"")
            .json(&body)
    };
    let held = hold(&server).await;
    let (one, two) = (request(&serving.url), request(&serving.url));
    let first =
        tokio::spawn(async move { one.send().await.map(|answer| answer.status().as_u16()) });
    let second =
        tokio::spawn(async move { two.send().await.map(|answer| answer.status().as_u16()) });
    let (answered, waiting) = select(first, second).await.factor_first();
    assert_eq!(answered.unwrap().unwrap(), 409, "one is running");
    serving.kill();
    assert!(
        waiting.await.unwrap().is_err(),
        "the running one was never answered"
    );
    drop(held);

    let serving = Command::new(&["serve"]).on(&data_dir, &url).serve();
    let answer = Answer::of(request(&serving.url)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_same(&Answer::of(request(&serving.url)).await, &answer);
    assert_eq!(records(&server).await, 1);
}

async fn what_is_deleted_is_not_told_again(server: Server) {
    let token = server.token(Role::Moderator).await;
    let mut body = organization("Gone Tomorrow");
    body["email"] = json!("somebody@example.coop");
    let first = post(&server, &token, "\"d-1\"", &body).await;
    let deleted = server
        .delete(first.header("location"), &token, first.etag())
        .await;
    assert_eq!(deleted.status, 204);
    let again = post(&server, &token, "\"d-1\"", &body).await;
    again.problem(410);
    let stored = idempotency_key::Entity::find()
        .all(&server.state.store.db)
        .await
        .unwrap();
    assert!(!format!("{stored:?}").contains("somebody@"), "{stored:?}");
    // A key with another request is still refused as such.
    let other = organization("Another");
    post(&server, &token, "\"d-1\"", &other).await.problem(422);
    assert_eq!(records(&server).await, 1);
}
