//! Requests that the server refuses before it knows what they ask for.

use crate::harness::{Database, Role, Server, on_both_databases, organization};
use actix_web::rt::net::TcpStream;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// An answer with a length.
struct Raw {
    status: u16,
    head: String,
    body: String,
}

/// Sends bytes, part by part, and reads until the server closes.
async fn converse<P: AsRef<[u8]>>(server: &Server, parts: Vec<P>) -> String {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for part in parts {
        stream.write_all(part.as_ref()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut text = String::new();
    // A server that does not close fails the test instead of holding it.
    let whole = timeout(Duration::from_secs(20), stream.read_to_string(&mut text));
    whole.await.unwrap().unwrap();
    text
}

/// Takes the answers of a connection apart; nothing may be left.
fn answers(mut text: &str) -> Vec<Raw> {
    let mut answers = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once("\r\n\r\n").unwrap();
        let length = header(head, "content-length").unwrap().parse().unwrap();
        let (body, rest) = rest.split_at(length);
        answers.push(Raw {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        });
        text = rest;
    }
    answers
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(known, value)| (known == name).then_some(value))
}

impl Raw {
    /// Asserts that it is a problem document with which the connection ends, and gives it.
    fn last_problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.head);
        for (name, value) in [
            ("content-type", "application/problem+json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("connection", "close"),
        ] {
            assert_eq!(header(&self.head, name), Some(value), "{}", self.head);
        }
        assert!(header(&self.head, "date").is_some(), "{}", self.head);
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        problem
    }
}

fn unreadable() -> Vec<(&'static str, u16, Vec<u8>)> {
    let lines = |lines: &str| format!("{lines}\r\nHost: localhost\r\n\r\n").into_bytes();
    let target = "country=GB&".repeat(10_000);
    // Twice the limit and more: how far above it a single read goes is a matter of chance.
    let long = "x".repeat(300_000);
    let headers = "\r\nX-Header: y".repeat(100);
    vec![
        ("no request line", 400, lines("what is this")),
        (
            "another protocol",
            400,
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n".to_vec(),
        ),
        ("no colon", 400, lines("GET /healthz HTTP/1.1\r\nnonsense")),
        (
            "a space in a name",
            400,
            lines("GET /healthz HTTP/1.1\r\nX Y: z"),
        ),
        (
            "a target that is not text",
            400,
            b"GET /v1/organizations?q=\xff\xff HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        ),
        ("no host", 400, b"GET /healthz HTTP/1.1\r\n\r\n".to_vec()),
        (
            "two lengths",
            400,
            lines("POST /v1/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2"),
        ),
        (
            "a long target",
            400,
            lines(&format!("GET /v1/organizations?{target} HTTP/1.1")),
        ),
        (
            "a longer target",
            431,
            lines(&format!("GET /{long} HTTP/1.1")),
        ),
        (
            "a long head",
            431,
            lines(&format!("GET /healthz HTTP/1.1\r\nX-Long: {long}")),
        ),
        (
            "many headers",
            431,
            lines(&format!("GET /healthz HTTP/1.1{headers}")),
        ),
    ]
}

on_both_databases!(
    unreadable_requests_get_a_problem_document,
    an_unreadable_request_leaves_earlier_answers_whole,
    what_handlers_answer_stays_as_it_is,
);

async fn unreadable_requests_get_a_problem_document(server: Server) {
    for (name, status, bytes) in unreadable() {
        let answers = answers(&converse(&server, vec![bytes]).await);
        assert_eq!(answers.len(), 1, "{name}");
        let problem = answers[0].last_problem(status);
        let kind = if status == 400 {
            "/problems/malformed"
        } else {
            "about:blank"
        };
        assert_eq!(problem["type"], kind, "{name}");
        assert_ne!(problem["detail"], "", "{name}");
    }
    let byte_by_byte: Vec<_> = b"what is this\r\n\r\n".map(|byte| [byte]).to_vec();
    let answers = answers(&converse(&server, byte_by_byte).await);
    assert_eq!(answers.len(), 1);
    answers[0].last_problem(400);
    assert_eq!(server.get("/healthz").await.status, 200);
}

async fn an_unreadable_request_leaves_earlier_answers_whole(server: Server) {
    let expected = server.get("/healthz").await.text();
    for (name, status, bytes) in unreadable() {
        let pipelined = [GET, GET, &bytes].concat();
        let in_turn = vec![GET.to_vec(), GET.to_vec(), bytes];
        for parts in [vec![pipelined], in_turn] {
            let answers = answers(&converse(&server, parts).await);
            assert_eq!(answers.len(), 3, "{name}");
            for answer in &answers[..2] {
                assert_eq!(answer.status, 200, "{name}: {}", answer.head);
                assert_eq!(answer.body, expected, "{name}");
            }
            answers[2].last_problem(status);
        }
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}

async fn what_handlers_answer_stays_as_it_is(server: Server) {
    let head = "GET /v1/organizations?nonsense=1 HTTP/1.1\r\nHost: localhost\r\n";
    let kept = format!("{head}\r\n");
    let closed = format!("{head}Connection: close\r\n\r\n");
    let answers = answers(&converse(&server, vec![kept + &closed]).await);
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["instance"], "/v1/organizations", "{}", answer.head);
        assert!(header(&answer.head, "x-request-id").is_some());
    }
    assert_eq!(header(&answers[0].head, "connection"), None);

    let refusal = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let token = server.token(Role::Moderator).await;
    let mut body = organization("Lookalike");
    body["description"] = json!(refusal.repeat(80));
    let listed = server.post("/v1/organizations", Some(&token), &body).await;
    assert_eq!(listed.status, 201, "{}", listed.text());
    let found = server.get(listed.header("location")).await;
    assert_eq!(found.text(), listed.text());
    assert_eq!(found.json()["description"], body["description"]);

    let head = "HEAD /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let text = converse(&server, vec![head]).await;
    assert!(text.starts_with("HTTP/1.1 404 Not Found\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
}

/// As long as a client may take for the head, so on one database only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_end_gets_a_problem_document() {
    let server = Server::start(Database::Sqlite).await;
    let answers = answers(&converse(&server, vec![b"GET /healthz HTTP/1.1\r\nHost: "]).await);
    assert_eq!(answers.len(), 1);
    let problem = answers[0].last_problem(408);
    assert_eq!(problem["type"], "/problems/request-timeout");
}
