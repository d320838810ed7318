//! No secret is in a line of the log, whatever is logged and whatever fails.

use crate::harness::{Command, Database, Server, Serving};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const EMAIL: &str = "reader@example.coop";
const PASSWORD: &str = "a password nobody guesses";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("toadlane.db").display());
    no_secret_is_logged(folder.path(), &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let server = Server::start(Database::Postgres).await;
    let folder = tempfile::tempdir().unwrap();
    no_secret_is_logged(folder.path(), &server.database_url()).await;
}

/// A request line as it is, for what no client sends.
async fn raw(serving: &Serving, head: &str) {
    let address = serving.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await;
}

async fn send(
    serving: &Serving,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<Value>,
) -> (u16, Value) {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", serving.url));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn no_secret_is_logged(folder: &Path, database_url: &str) {
    let (log, data_dir) = (folder.join("log.txt"), folder.join("data"));
    let create = [
        "user",
        "create",
        "--email",
        EMAIL,
        "--role",
        "member",
        "--password-stdin",
    ];
    let created = Command::new(&create)
        .on(&data_dir, database_url)
        .run(PASSWORD);
    assert!(created.status.success());
    let serving = Command::new(&["serve"])
        .on(&data_dir, database_url)
        .env("TOADLANE_LOG", "trace")
        .log_to(&log)
        .serve();
    let secrets = use_secrets(&serving).await;
    let token = &secrets[0];
    misuse(&serving, token).await;
    for secret in &secrets[1..] {
        // Where it does not belong.
        misuse(&serving, &urlencoding(secret)).await;
    }
    // The database fails under it.
    let db = sea_orm::Database::connect(database_url).await.unwrap();
    db.execute_unprepared("ALTER TABLE saved_search RENAME TO gone")
        .await
        .unwrap();
    let feed = format!("/feeds/saved-searches/{token}.atom");
    assert_eq!(send(&serving, "GET", &feed, None, None).await.0, 500);
    drop(serving);

    let logged = std::fs::read_to_string(log).unwrap();
    assert!(logged.contains("request failed"), "{logged}");
    assert!(
        logged.contains("/feeds/saved-searches/{token}.atom"),
        "{logged}"
    );
    for secret in secrets {
        assert!(secret.len() > 20, "{secret}");
        for line in logged.lines() {
            let form = urlencoding(&secret);
            let is_told = line.contains(&secret) || line.contains(&form);
            assert!(!is_told, "a secret is in the log: {line}");
        }
    }
}

/// A secret as a part of a path.
fn urlencoding(secret: &str) -> String {
    secret.replace(' ', "%20")
}

/// Gets one secret of each kind, and uses it as it is meant. The first is the token of a private feed.
async fn use_secrets(serving: &Serving) -> Vec<String> {
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let (_, tokens) = send(serving, "POST", "/v1/auth/login", None, Some(login)).await;
    let access = text(&tokens["access_token"]);
    let search = json!({"kind": "job", "query": "", "notify": "none", "frequency": "daily"});
    let (status, saved) = send(
        serving,
        "POST",
        "/v1/saved-searches",
        Some(&access),
        Some(search),
    )
    .await;
    assert_eq!(status, 201, "{saved}");
    let feed = text(&saved["feed_url"]);
    let (_, token) = feed.rsplit_once('/').unwrap();
    let token = token.strip_suffix(".atom").unwrap().to_owned();
    let path = format!("/feeds/saved-searches/{token}.atom");
    assert_eq!(send(serving, "GET", &path, None, None).await.0, 200);
    let client = json!({"name": "one", "scopes": ["jobs:write"]});
    let (status, client) = send(
        serving,
        "POST",
        "/v1/api-clients",
        Some(&access),
        Some(client),
    )
    .await;
    assert_eq!(status, 201, "{client}");
    let secret = text(&client["client_secret"]);
    let asked = reqwest::Client::new()
        .post(format!("{}/oauth/token", serving.url))
        .basic_auth(text(&client["client_id"]), Some(&secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 200);
    let asked: Value = asked.json().await.unwrap();
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let (status, refreshed) = send(serving, "POST", "/v1/auth/refresh", None, Some(refresh)).await;
    assert_eq!(status, 200, "{refreshed}");
    vec![
        token,
        access,
        text(&tokens["refresh_token"]),
        text(&refreshed["refresh_token"]),
        secret,
        text(&asked["access_token"]),
        PASSWORD.to_owned(),
    ]
}

/// Uses a secret in ways that fail.
async fn misuse(serving: &Serving, secret: &str) {
    let feed = format!("/feeds/saved-searches/{secret}.atom");
    for (method, path) in [
        ("POST", feed.clone()),
        ("DELETE", feed.clone()),
        ("GET", format!("{feed}/")),
        ("GET", format!("{feed}?page=2&token={secret}")),
        ("GET", format!("{feed}%ff")),
        ("GET", format!("/feeds/saved-searches/{secret}%ff.atom")),
        ("GET", format!("/feeds/saved-searches/{secret}")),
        ("GET", format!("/v1/saved-searches/{secret}")),
        ("GET", format!("/v1/jobs/{secret}")),
        ("GET", format!("/v1/jobs?cursor={secret}")),
        ("GET", format!("/jobs/{secret}%ff")),
        ("GET", format!("/{secret}")),
        ("GET", format!("/verify-email?token={secret}")),
        ("POST", format!("/verify-email?token={secret}")),
        ("GET", format!("/unsubscribe?token={secret}&x={secret}")),
        ("PUT", format!("/reset-password?token={secret}")),
    ] {
        send(
            serving,
            method,
            &path,
            Some(secret),
            Some(json!({"token": secret})),
        )
        .await;
    }
    let token = json!({"token": secret, "password": "x", secret: secret});
    for path in [
        "/v1/auth/verify-email",
        "/v1/auth/reset-password",
        "/v1/auth/login",
    ] {
        send(serving, "POST", path, None, Some(token.clone())).await;
    }
    for head in [
        format!("GET {feed} HTTP/9.9\r\n\r\n"),
        format!("GET {feed} HTTP/1.1\r\nHost: x\r\nContent-Length: {secret}\r\n\r\n"),
        format!("POST {feed} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}\r\n\r\n"),
        format!("GET {feed}\0 HTTP/1.1\r\nHost: x\r\n{secret}\r\n\r\n"),
    ] {
        raw(serving, &head).await;
    }
}
