//! Requests that are sent before those ahead of them are answered (RFC 9112 section 9.3.2).

use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

on_both_databases!(
    writes_behind_each_other_are_answered_in_order,
    what_is_refused_is_answered_and_nothing_done_unanswered,
    heads_and_bodies_may_come_in_any_pieces,
);

/// A write of about 2 KiB.
fn create(token: &str, name: &str) -> String {
    let mut body = organization(name);
    body["description"] = "x".repeat(2048).into();
    with_body("POST /v1/organizations", token, &body.to_string())
}

fn with_body(line: &str, token: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// A request after whose answer the server closes.
const LAST: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Sends pieces on one connection, the last of which asks to close, and gives the status and body of each answer.
async fn answers(server: &Server, pieces: &[&[u8]]) -> Vec<(u16, Value)> {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in pieces {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    read.expect("the server answers and closes").unwrap();
    let mut rest = std::str::from_utf8(&bytes).unwrap();
    let mut answers = Vec::new();
    while let Some((head, behind)) = rest.split_once("\r\n\r\n") {
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let (body, behind) = behind.split_at(length.unwrap().parse().unwrap());
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        answers.push((status, serde_json::from_str(body).unwrap_or_default()));
        rest = behind;
    }
    answers
}

async fn writes_behind_each_other_are_answered_in_order(server: Server) {
    let token = server.token(Role::Moderator).await;
    let names = ["Anchor", "Barge", "Cutter", "Dinghy", "Ewer"];
    let sent: String = names.iter().map(|name| create(&token, name)).collect();
    let all = answers(&server, &[(sent + LAST).as_bytes()]).await;
    let created: Vec<_> = all
        .iter()
        .map(|(status, body)| (*status, &body["name"]))
        .collect();
    for (answer, name) in created.iter().zip(names) {
        assert_eq!(*answer, (201, &Value::from(name)));
    }
    assert_eq!(all.len(), 6);
    assert_eq!(all[5].0, 200);

    // Reads between them: each sees what the write before it did.
    let mut sent = String::new();
    for name in ["Ferry", "Galley", "Hulk"] {
        sent += &create(&token, name);
        sent += &get(&format!("/v1/organizations/{}", name.to_lowercase()));
        sent += &get("/v1/organizations/nothing");
    }
    let all = answers(&server, &[(sent + LAST).as_bytes()]).await;
    let statuses: Vec<_> = all.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [201, 200, 404, 201, 200, 404, 201, 200, 404, 200]);
    assert_eq!(all[4].1["name"], "Galley");
}

async fn what_is_refused_is_answered_and_nothing_done_unanswered(server: Server) {
    let token = server.token(Role::Moderator).await;
    let faulty = with_body(
        "POST /v1/organizations",
        &token,
        &format!("{{\"name\": \"{}\"}}", "x".repeat(2048)),
    );
    let sent = faulty.clone() + &create(&token, "Anchor") + &faulty + LAST;
    let all = answers(&server, &[sent.as_bytes()]).await;
    let statuses: Vec<_> = all.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [400, 201, 400, 200]);

    // Whoever is refused before their body is read hears that the connection closes, and is done with.
    let refused = with_body("POST /v1/nothing", &token, &"x".repeat(2048));
    let sent = refused + &create(&token, "Barge") + LAST;
    let all = answers(&server, &[sent.as_bytes()]).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].0, 404);
    server.get("/v1/organizations/barge").await.problem(404);
}

async fn heads_and_bodies_may_come_in_any_pieces(server: Server) {
    let token = server.token(Role::Moderator).await;
    for (size, names) in [
        (1, ["Anchor", "Barge"]),
        (7, ["Cutter", "Dinghy"]),
        (4096, ["Ewer", "Ferry"]),
    ] {
        // Empty lines before a request are nothing.
        let sent = format!(
            "\r\n{}\r\n{}{LAST}",
            create(&token, names[0]),
            create(&token, names[1])
        );
        let pieces: Vec<_> = sent.as_bytes().chunks(size).collect();
        let all = answers(&server, &pieces).await;
        let statuses: Vec<_> = all.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [201, 201, 200], "{size}");
    }
}
