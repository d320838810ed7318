//! HTTP by hand, for what no client would send.

use crate::harness::{Role, Server, on_both_databases, organization};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
pub struct Raw {
    /// HTTP status; 0 when the server closed without an answer.
    pub status: u16,
    /// Head and body as they came.
    pub text: String,
}

/// Sends bytes and reads the answer.
pub async fn exchange(server: &Server, bytes: impl Into<Vec<u8>>) -> Raw {
    exchange_at(&server.url, bytes).await
}

/// The same, with the server at a URL.
pub async fn exchange_at(url: &str, bytes: impl Into<Vec<u8>>) -> Raw {
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let bytes = bytes.into();
    let text = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        // A server that neither answers nor closes fails the test instead of holding it.
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // It may have answered and closed before everything was sent.
        let _ = stream.write_all(&bytes);
        let mut answer = Vec::new();
        let mut part = [0; 8192];
        loop {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(read) => {
                    answer.extend_from_slice(&part[..read]);
                    if is_whole(&answer) {
                        break;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("the server hangs: {error}"),
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .unwrap();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Raw { status, text }
}

/// Whether an answer with a length is there: a server may wait for more of the request then.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

/// A request of these lines and body, asking to close afterwards.
pub fn request(head: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = head.join("\r\n").into_bytes();
    bytes.extend_from_slice(b"\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    bytes.extend_from_slice(body);
    bytes
}

on_both_databases!(
    paths_and_queries_that_are_not_text_are_refused,
    requests_that_are_not_http_are_refused,
    a_body_without_end_is_cut_off_at_the_limit,
);

async fn paths_and_queries_that_are_not_text_are_refused(server: Server) {
    for (target, status) in [
        ("/v1/organizations/%ff%fe", 404),
        ("/v1/organizations/%00", 404),
        ("/v1/organizations/a%00b", 404),
        ("/v1/organizations/%0d%0aSet-Cookie:x", 404),
        ("/v1/organizations/%", 404),
        ("/v1/organizations/%zz", 404),
        ("/v1/organizations/..%2f..%2fetc%2fpasswd", 404),
        ("/v1/organizations/../../etc/passwd", 404),
        ("/v1/taxonomies/%00", 404),
        ("/v1/taxonomies/%f0%28%8c%28", 404),
        ("/problems/%ff", 404),
        ("//v1/organizations", 404),
        ("/v1//organizations", 404),
        ("/v1/organizations?q=%ff", 400),
        ("/v1/organizations?%ff=1", 400),
        ("/v1/organizations?tag=%c3%28", 400),
        ("/v1/organizations?tag=%00", 400),
        ("/v1/organizations?q=%00", 400),
        ("/v1/suggest?q=%00", 400),
        ("/v1/suggest?q=%ed%a0%80", 400),
        ("/v1/feeds/organizations?afterChangeNumber=%00", 400),
        ("/v1/organizations?cursor=%00", 400),
        ("/v1/organizations?&&&=&", 400),
        ("/v1/organizations?=", 400),
    ] {
        let raw = exchange(&server, request(&[&format!("GET {target} HTTP/1.1")], b"")).await;
        assert_eq!(raw.status, status, "{target}: {}", raw.text);
        assert!(
            raw.text.contains("application/problem+json"),
            "{target}: {}",
            raw.text
        );
    }
}

async fn requests_that_are_not_http_are_refused(server: Server) {
    let long = "x".repeat(200_000);
    let many_headers = (0..200)
        .map(|n| format!("X-{n}: y"))
        .collect::<Vec<_>>()
        .join("\r\n");
    for bytes in [
        b"\r\n\r\nnonsense\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        b"GET /v1/organizations?q=\xff\x00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        request(&["GET /healthz HTTP/1.1", "X-Nul: a\0b"], b""),
        request(&["POST /v1/auth/login HTTP/1.1", "Content-Length: -1"], b""),
        request(&["POST /v1/auth/login HTTP/1.1", "Content-Length: 1", "Content-Length: 2"], b"{}"),
        request(&["POST /v1/auth/login HTTP/1.1", "Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        request(&["POST /v1/auth/login HTTP/1.1", "Content-Length: 99999999999999999999"], b"{}"),
        request(&[&format!("GET /{long} HTTP/1.1")], b""),
        request(&["GET /healthz HTTP/1.1", &format!("X-Long: {long}")], b""),
        request(&["GET /healthz HTTP/1.1", &many_headers], b""),
    ] {
        let raw = exchange(&server, bytes.clone()).await;
        let shown = String::from_utf8_lossy(&bytes).chars().take(80).collect::<String>();
        assert!((400..500).contains(&raw.status), "{shown:?}: {}", raw.text);
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}

async fn a_body_without_end_is_cut_off_at_the_limit(server: Server) {
    let token = server.token(Role::Moderator).await;
    let authorization = format!("Authorization: Bearer {token}");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000)).repeat(17);
    let head = [
        "POST /v1/organizations HTTP/1.1",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        &authorization,
    ];
    let raw = exchange(&server, request(&head, chunk.as_bytes())).await;
    assert_eq!(raw.status, 413, "{}", raw.text);
    assert!(
        raw.text.contains("/problems/payload-too-large"),
        "{}",
        raw.text
    );

    let body = organization("In chunks").to_string();
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let raw = exchange(&server, request(&head, chunks.as_bytes())).await;
    assert_eq!(raw.status, 201, "{}", raw.text);

    // Broken UTF-8 and broken chunks.
    let broken = b"{\"name\": \"\xff\", \"organization_type\": \"other\"}";
    let mut chunks = format!("{:x}\r\n", broken.len()).into_bytes();
    chunks.extend_from_slice(broken);
    chunks.extend_from_slice(b"\r\n0\r\n\r\n");
    let raw = exchange(&server, request(&head, &chunks)).await;
    assert_eq!(raw.status, 400, "{}", raw.text);
    assert!(raw.text.contains("/problems/malformed"), "{}", raw.text);
    let raw = exchange(&server, request(&head, b"zz\r\n{}\r\n0\r\n\r\n")).await;
    assert_eq!(raw.status, 400, "{}", raw.text);
}
