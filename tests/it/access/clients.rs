//! API clients: making them, what they may do, and their end.

use crate::harness::{Answer, Command, Database, Role, Server, on_both_databases, organization};
use chrono::{DateTime, TimeDelta};
use entity::account;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};
use toadlane::clock::Clock;

on_both_databases!(
    a_client_from_making_to_ending,
    a_client_stays_within_its_scopes,
    a_client_has_no_power_of_a_moderator,
    a_bound_client_acts_for_one_organization,
    what_a_client_may_not_be,
    what_token_requests_are_refused,
    a_client_ends_with_its_maker,
    an_account_has_so_many_clients,
    idempotency_keys_are_of_the_client,
    clients_from_the_command_line,
);

const ORGANIZATIONS: &str = "/v1/organizations";

/// Id and secret of a new client.
async fn make(server: &Server, token: &str, body: &Value) -> (String, String) {
    let answer = server.post("/v1/api-clients", Some(token), body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let client = answer.json();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    assert_eq!(
        answer.header("location"),
        format!("/v1/api-clients/{}", text("client_id"))
    );
    (text("client_id"), text("client_secret"))
}

async fn ask(server: &Server, id: &str, secret: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(more);
    form_post(server, &form, Some((id, secret))).await
}

async fn form_post(server: &Server, form: &[(&str, &str)], basic: Option<(&str, &str)>) -> Answer {
    let pairs: Vec<_> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
        .collect();
    let body = pairs.join("&");
    let mut request = server
        .request("POST", "/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    if let Some((id, secret)) = basic {
        request = request.basic_auth(id, Some(secret));
    }
    Answer::of(request).await
}

async fn access_token(server: &Server, id: &str, secret: &str) -> String {
    let answer = ask(server, id, secret, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// The token of a new client with these scopes.
async fn client(server: &Server, token: &str, scopes: &[&str]) -> String {
    let body = json!({"name": "A program", "scopes": scopes});
    let (id, secret) = make(server, token, &body).await;
    access_token(server, &id, &secret).await
}

fn lacks(answer: &Answer, challenge: &str) {
    assert_eq!(
        answer.problem(403)["type"],
        "/problems/insufficient-scope",
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("www-authenticate"), challenge);
}

async fn a_client_from_making_to_ending(server: Server) {
    let person = server.person(Role::Member).await;
    let body = json!({"name": "Sync", "scopes": ["organizations:write", "jobs:write"]});
    let (id, secret) = make(&server, &person.token, &body).await;
    let path = format!("/v1/api-clients/{id}");
    let shown = server.get_as(&path, &person.token).await.json();
    assert_eq!(shown["name"], "Sync");
    assert_eq!(shown["scopes"], body["scopes"]);
    assert_eq!(shown["last_used_at"], Value::Null);
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 1);
    assert!(!shown.to_string().contains(&secret));
    let list = server.get_as("/v1/api-clients", &person.token).await.json();
    assert_eq!(list, json!({"items": [shown], "next_cursor": null}));

    let answer = ask(&server, &id, &secret, &[]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let granted = answer.json();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["expires_in"], 900);
    assert_eq!(granted["scope"], "organizations:write jobs:write");
    let token = granted["access_token"].as_str().unwrap();
    let posted = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", &secret),
        ("scope", "jobs:write"),
        ("something", "else"),
    ];
    let narrow = form_post(&server, &posted, None).await.json();
    assert_eq!(narrow["scope"], "jobs:write");
    let refused = server
        .post(
            ORGANIZATIONS,
            narrow["access_token"].as_str(),
            &organization("Narrow"),
        )
        .await;
    lacks(
        &refused,
        "Bearer error=\"insufficient_scope\", scope=\"organizations:write\"",
    );

    let made = server
        .post(ORGANIZATIONS, Some(token), &organization("Made"))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let location = made.header("location").to_owned();
    let patched = server
        .patch(&location, token, made.etag(), &json!({"members_count": 3}))
        .await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    assert_eq!(server.get_as(&location, token).await.status, 200);
    server.get(&location).await.problem(404);
    let mine = server
        .get_as("/v1/me/organizations", &person.token)
        .await
        .json();
    assert_eq!(mine["items"][0]["id"], made.id().as_str());
    assert_eq!(mine["items"][0]["role"], "owner");

    server
        .state
        .last_uses
        .write(&server.state.store)
        .await
        .unwrap();
    let used = server.get_as(&path, &person.token).await.json();
    assert!(used["last_used_at"].is_string(), "{used}");
    assert!(used["secrets"][0]["last_used_at"].is_string(), "{used}");

    let stranger = server.token(Role::Admin).await;
    server.get_as(&path, &stranger).await.problem(404);
    server.delete(&path, &stranger, "").await.problem(404);
    let list = server.get_as("/v1/api-clients", &stranger).await.json();
    assert_eq!(list["items"], json!([]));

    assert_eq!(server.delete(&path, &person.token, "").await.status, 204);
    server.delete(&path, &person.token, "").await.problem(404);
    server.get_as(&path, &person.token).await.problem(404);
    server.get_as(&location, token).await.problem(401);
    let refused = ask(&server, &id, &secret, &[]).await;
    assert_eq!(refused.problem(401)["error"], "invalid_client");
}

async fn a_client_stays_within_its_scopes(server: Server) {
    let person = server.person(Role::Admin).await;
    let listed = server
        .post(ORGANIZATIONS, Some(&person.token), &organization("Listed"))
        .await;
    let path = listed.header("location").to_owned();
    let lacking = "Bearer error=\"insufficient_scope\", scope=\"organizations:write\"";
    for scope in [
        "jobs:write",
        "services:write",
        "sources:push",
        "webhooks:manage",
    ] {
        let token = client(&server, &person.token, &[scope]).await;
        let body = organization("Intruder");
        lacks(
            &server.post(ORGANIZATIONS, Some(&token), &body).await,
            lacking,
        );
        lacks(&server.patch(&path, &token, "*", &json!({})).await, lacking);
        lacks(&server.delete(&path, &token, "*").await, lacking);
        assert_eq!(server.get_as(&path, &token).await.status, 200);
        assert_eq!(server.get_as(ORGANIZATIONS, &token).await.status, 200);
    }
    // What is a person's own is for no client, whatever its scopes.
    let token = client(
        &server,
        &person.token,
        &["organizations:write", "webhooks:manage"],
    )
    .await;
    let person_only = "Bearer error=\"insufficient_scope\"";
    for path in [
        "/v1/me",
        "/v1/me/sessions",
        "/v1/me/organizations",
        "/v1/api-clients",
    ] {
        lacks(&server.get_as(path, &token).await, person_only);
    }
    lacks(&server.delete("/v1/me", &token, "").await, person_only);
    let another = json!({"name": "Another", "scopes": ["jobs:write"]});
    lacks(
        &server.post("/v1/api-clients", Some(&token), &another).await,
        person_only,
    );
}

async fn a_client_has_no_power_of_a_moderator(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    let token = client(&server, &moderator, &["organizations:write"]).await;
    let body = organization("By a program");
    let made = server.post(ORGANIZATIONS, Some(&token), &body).await;
    assert_eq!(made.json()["status"], "pending", "{}", made.text());
    let own = made.header("location").to_owned();
    let publish = json!({"status": "published"});
    server.patch(&own, &token, "*", &publish).await.problem(403);
    let queue = format!("{ORGANIZATIONS}?status=pending");
    assert_eq!(
        server.get_as(&queue, &token).await.problem(403)["type"],
        "/problems/forbidden"
    );

    let pending = server
        .post(ORGANIZATIONS, Some(&member), &organization("Pending"))
        .await;
    let path = pending.header("location").to_owned();
    assert_eq!(server.get_as(&path, &moderator).await.status, 200);
    server.get_as(&path, &token).await.problem(404);
    server.delete(&path, &token, "*").await.problem(404);
    server
        .patch(&path, &moderator, pending.etag(), &publish)
        .await;
    server.delete(&path, &token, "*").await.problem(403);
}

async fn a_bound_client_acts_for_one_organization(server: Server) {
    let owner = server.token(Role::Member).await;
    let one = server
        .post(ORGANIZATIONS, Some(&owner), &organization("One"))
        .await;
    let two = server
        .post(ORGANIZATIONS, Some(&owner), &organization("Two"))
        .await;
    let body = json!({
        "name": "One's website", "scopes": ["organizations:write"], "organization_id": one.id(),
    });
    let (id, secret) = make(&server, &owner, &body).await;
    let token = access_token(&server, &id, &secret).await;
    let change = json!({"members_count": 5});
    let changed = server
        .patch(one.header("location"), &token, one.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let other = two.header("location");
    server
        .patch(other, &token, two.etag(), &change)
        .await
        .problem(403);
    server.delete(other, &token, two.etag()).await.problem(403);
    server
        .post(ORGANIZATIONS, Some(&token), &organization("Three"))
        .await
        .problem(403);

    // Only an owner binds a client to an organization, and only to one that may be known of.
    let stranger = server.token(Role::Member).await;
    let path = "/v1/api-clients";
    server.post(path, Some(&stranger), &body).await.problem(404);
    let moderator = server.token(Role::Moderator).await;
    server
        .post(path, Some(&moderator), &body)
        .await
        .problem(403);
    let mut nowhere = body.clone();
    nowhere["organization_id"] = json!("00000000-0000-7000-8000-000000000000");
    server.post(path, Some(&owner), &nowhere).await.problem(404);
}

/// With these members; `null` removes.
fn changed(base: &Value, changes: &Value) -> Value {
    let mut members = base.as_object().unwrap().clone();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    Value::Object(members)
}

async fn what_a_client_may_not_be(server: Server) {
    let member = server.token(Role::Member).await;
    let good = json!({"name": "Good", "scopes": ["jobs:write"]});
    for (change, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"name": " "}), "/name"),
        (json!({"name": "a\nb"}), "/name"),
        (json!({"name": "x".repeat(101)}), "/name"),
        (json!({"scopes": null}), "/scopes"),
        (json!({"scopes": []}), "/scopes"),
        (json!({"scopes": "jobs:write"}), "/scopes"),
        (json!({"scopes": ["jobs:write", "jobs:read"]}), "/scopes/1"),
        (json!({"scopes": ["jobs:write", "jobs:write"]}), "/scopes/1"),
        (json!({"organization_id": "one"}), "/organization_id"),
        (json!({"source": "a/b"}), "/source"),
        (json!({"secret": "mine"}), "/secret"),
    ] {
        let body = changed(&good, &change);
        let answer = server.post("/v1/api-clients", Some(&member), &body).await;
        let problem = answer.problem(400);
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{change}: {problem}");
        assert_eq!(errors[0]["pointer"], pointer, "{change}");
    }
    let admin = server.token(Role::Admin).await;
    for change in [
        json!({"scopes": ["sources:push"]}),
        json!({"source": "friends"}),
    ] {
        let body = changed(&good, &change);
        let path = "/v1/api-clients";
        server.post(path, Some(&member), &body).await.problem(403);
        assert_eq!(server.post(path, Some(&admin), &body).await.status, 201);
    }
}

async fn what_token_requests_are_refused(server: Server) {
    let person = server.token(Role::Member).await;
    let body = json!({"name": "Sync", "scopes": ["jobs:write"]});
    let (id, secret) = make(&server, &person, &body).await;
    let (other, _) = make(&server, &person, &body).await;
    let (id, secret, other) = (id.as_str(), secret.as_str(), other.as_str());
    let grant = ("grant_type", "client_credentials");
    let by_header = Some((id, secret));
    for (form, basic, status, code) in [
        (&[grant][..], None, 401, "invalid_client"),
        (&[grant, ("client_id", id)], None, 401, "invalid_client"),
        (&[grant], Some((id, "x")), 401, "invalid_client"),
        (&[grant], Some((id, "")), 401, "invalid_client"),
        (&[grant], Some((other, secret)), 401, "invalid_client"),
        (&[grant], Some(("nobody", secret)), 401, "invalid_client"),
        (
            &[grant, ("client_id", id), ("client_secret", "x")],
            None,
            401,
            "invalid_client",
        ),
        (
            &[grant, ("client_secret", secret)],
            by_header,
            400,
            "invalid_request",
        ),
        (
            &[grant, ("client_id", other)],
            by_header,
            400,
            "invalid_request",
        ),
        (&[], by_header, 400, "invalid_request"),
        (&[("grant_type", "")], by_header, 400, "invalid_request"),
        (&[grant, grant], by_header, 400, "invalid_request"),
        (
            &[("grant_type", "password")],
            by_header,
            400,
            "unsupported_grant_type",
        ),
        (
            &[("grant_type", "authorization_code"), ("code", "x")],
            by_header,
            400,
            "unsupported_grant_type",
        ),
        (
            &[grant, ("scope", "organizations:write")],
            by_header,
            400,
            "invalid_scope",
        ),
        (
            &[grant, ("scope", "jobs:write admin")],
            by_header,
            400,
            "invalid_scope",
        ),
    ] {
        let answer = form_post(&server, form, basic).await;
        let problem = answer.problem(status);
        assert_eq!(problem["error"], code, "{form:?}: {problem}");
        assert_eq!(problem["error_description"], problem["detail"]);
        assert_eq!(problem["type"], "/problems/token-request");
        assert_eq!(answer.header("cache-control"), "no-store");
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge.starts_with("Basic"), status == 401, "{challenge}");
    }
    let token = access_token(&server, id, secret).await;
    let bearer = server
        .request("POST", "/oauth/token")
        .bearer_auth(&token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    assert_eq!(
        Answer::of(bearer).await.problem(401)["error"],
        "invalid_client"
    );
    let json = server
        .request("POST", "/oauth/token")
        .basic_auth(id, Some(secret))
        .json(&json!({"grant_type": "client_credentials"}));
    Answer::of(json).await.problem(415);
}

async fn a_client_ends_with_its_maker(server: Server) {
    let db = &server.state.store.db;
    let person = server.person(Role::Admin).await;
    let body = json!({"name": "Push", "scopes": ["sources:push", "organizations:write"]});
    let (id, secret) = make(&server, &person.token, &body).await;
    let token = access_token(&server, &id, &secret).await;
    assert_eq!(server.get_as(ORGANIZATIONS, &token).await.status, 200);
    let set = |column: account::Column, value: sea_orm::Value| async move {
        account::Entity::update_many()
            .col_expr(column, Expr::value(value))
            .exec(db)
            .await
            .unwrap();
    };
    // Who may no longer push has no client that may.
    set(account::Column::Role, "member".into()).await;
    let answer = ask(&server, &id, &secret, &[]).await;
    assert_eq!(answer.json()["scope"], "organizations:write");
    let pushing = [("scope", "sources:push")];
    let answer = ask(&server, &id, &secret, &pushing).await;
    assert_eq!(answer.problem(400)["error"], "invalid_scope");

    let now = server.state.clock.now();
    set(account::Column::SuspendedAt, now.into()).await;
    server.get_as(ORGANIZATIONS, &token).await.problem(401);
    let answer = ask(&server, &id, &secret, &[]).await;
    assert_eq!(answer.problem(401)["error"], "invalid_client");
    let never: Option<DateTime<chrono::Utc>> = None;
    set(account::Column::SuspendedAt, never.into()).await;
    assert_eq!(server.get_as(ORGANIZATIONS, &token).await.status, 200);

    assert_eq!(server.erase(&person.token).await.status, 204);
    server.get_as(ORGANIZATIONS, &token).await.problem(401);
    let answer = ask(&server, &id, &secret, &[]).await;
    assert_eq!(answer.problem(401)["error"], "invalid_client");
    let left = entity::api_client_secret::Entity::find().all(db).await;
    assert_eq!(left.unwrap().len(), 0);
}

async fn an_account_has_so_many_clients(server: Server) {
    let ada = server.token(Role::Member).await;
    let body = json!({"name": "one", "scopes": ["jobs:write"]});
    let mut last = String::new();
    for _ in 0..50 {
        (last, _) = make(&server, &ada, &body).await;
    }
    let refused = server.post("/v1/api-clients", Some(&ada), &body).await;
    let problem = refused.problem(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("50 API clients"), "{detail}");
    // Somebody else's do not count, and neither does one that is ended.
    let bea = server.token(Role::Member).await;
    make(&server, &bea, &body).await;
    let path = format!("/v1/api-clients/{last}");
    assert_eq!(server.delete(&path, &ada, "").await.status, 204);
    make(&server, &ada, &body).await;
}

async fn idempotency_keys_are_of_the_client(server: Server) {
    let person = server.token(Role::Member).await;
    let token = client(&server, &person, &["organizations:write"]).await;
    let send = |token: String| {
        server
            .request("POST", ORGANIZATIONS)
            .bearer_auth(token)
            .header("idempotency-key", "\"k\"")
            .json(&organization("Once"))
    };
    let first = Answer::of(send(token.clone())).await;
    let again = Answer::of(send(token)).await;
    let by_hand = Answer::of(send(person)).await;
    assert_eq!(first.id(), again.id());
    assert_ne!(first.id(), by_hand.id());
}

async fn clients_from_the_command_line(server: Server) {
    let person = server.person(Role::Member).await;
    let made = server
        .post(ORGANIZATIONS, Some(&person.token), &organization("Ours"))
        .await;
    let run = |args: &[&str]| {
        let mut all = vec!["client", "create", "--name", "Sync"];
        all.extend(args);
        Command::new(&all)
            .on(server.data_dir(), &server.database_url())
            .run("")
    };
    let output = run(&[
        "--scope",
        "organizations:write",
        "--scope",
        "jobs:write",
        "--organization",
        made.json()["slug"].as_str().unwrap(),
        "--account",
        &person.email,
    ]);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines();
    let id = lines
        .next()
        .and_then(|line| line.strip_prefix("client_id="));
    let secret = lines
        .next()
        .and_then(|line| line.strip_prefix("client_secret="));
    let (id, secret) = (id.unwrap(), secret.unwrap());
    let token = access_token(&server, id, secret).await;
    let change = json!({"members_count": 2});
    let changed = server
        .patch(made.header("location"), &token, made.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    for (args, named) in [
        (
            vec!["--scope", "everything", "--account", &person.email],
            "jobs:write",
        ),
        (
            vec!["--scope", "sources:push", "--account", &person.email],
            "admins",
        ),
        (
            vec!["--scope", "jobs:write", "--account", "nobody@example.coop"],
            "nobody",
        ),
        (
            vec![
                "--scope",
                "jobs:write",
                "--organization",
                "theirs",
                "--account",
                &person.email,
            ],
            "theirs",
        ),
    ] {
        let output = run(&args);
        assert!(!output.status.success(), "{args:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(named), "{args:?}: {said}");
    }
}

/// A server whose clock the test moves.
async fn with_clock(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

async fn secrets_overlap(server: Server) {
    let person = server.person(Role::Member).await;
    let body = json!({"name": "Sync", "scopes": ["organizations:write"]});
    let (id, old) = make(&server, &person.token, &body).await;
    let path = format!("/v1/api-clients/{id}/secrets");
    let answer = server.post(&path, Some(&person.token), &json!({})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let new = answer.json()["client_secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    server
        .post(&path, Some(&person.token), &json!({"secret": "mine"}))
        .await
        .problem(400);
    server
        .state
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    access_token(&server, &id, &old).await;
    let token = access_token(&server, &id, &new).await;
    server.state.clock.advance(TimeDelta::seconds(1));
    let refused = ask(&server, &id, &old, &[]).await;
    assert_eq!(refused.problem(401)["error"], "invalid_client");
    access_token(&server, &id, &new).await;
    // Tokens lapse like everybody's.
    server.state.clock.advance(TimeDelta::minutes(14));
    assert_eq!(server.get_as(ORGANIZATIONS, &token).await.status, 200);
    server.state.clock.advance(TimeDelta::minutes(2));
    server.get_as(ORGANIZATIONS, &token).await.problem(401);

    // Ten work at once, no more.
    let login = json!({"email": person.email, "password": "a long enough password"});
    let login = server.post("/v1/auth/login", None, &login).await.json();
    let token = login["access_token"].as_str();
    for _ in 1..10 {
        let answer = Answer::of(server.request("POST", &path).bearer_auth(token.unwrap())).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    server.post(&path, token, &json!({})).await.problem(409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_overlap_on_sqlite() {
    secrets_overlap(with_clock(Database::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_overlap_on_postgres() {
    secrets_overlap(with_clock(Database::Postgres).await).await;
}
