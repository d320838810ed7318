//! Bodies that are encoded: a few hundred bytes can hold a gigabyte, so none is unpacked.

use super::bombs::{self, Bomb};
use super::wire::{exchange_at, request};
use crate::harness::{Command, Server, filled, on_both_databases};
use crate::spec;
use std::fmt::Write as _;

on_both_databases!(only_identity_is_read);

/// Method and path of every route of the spec and every page of the committed list.
fn everything() -> Vec<(String, String)> {
    let spec = spec::spec();
    let operations = spec::operations(&spec).into_iter();
    let routes = operations.map(|(path, method, _)| (method.to_uppercase(), filled(&path)));
    let pages = include_str!("../access/pages.txt").lines().map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        let method = words.next().unwrap();
        let path = filled(&words.next().unwrap()).replace("{number:[0-9]+}", "1");
        (method, path.replace("{token}", "x"))
    });
    let all: Vec<_> = routes.chain(pages).collect();
    assert!(all.len() > 120, "{}", all.len());
    all
}

/// A request with the bomb as its body, whole or in chunks.
fn armed(method: &str, path: &str, bomb: &Bomb, chunked: bool) -> Vec<u8> {
    let line = format!("{method} {path} HTTP/1.1");
    let coding = format!("Content-Encoding: {}", bomb.coding);
    // What the pages behind mail links and the routes of the spec read.
    let media_type = if path.starts_with("/v1/") {
        "Content-Type: application/json"
    } else {
        "Content-Type: application/x-www-form-urlencoded"
    };
    if chunked {
        let mut body = Vec::new();
        for chunk in bomb.body.chunks(16 << 10) {
            body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\n\r\n");
        request(
            &[&line, &coding, media_type, "Transfer-Encoding: chunked"],
            &body,
        )
    } else {
        let length = format!("Content-Length: {}", bomb.body.len());
        request(&[&line, &coding, media_type, &length], &bomb.body)
    }
}

/// Most memory the process ever held, in MiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.unwrap().trim().parse::<u64>().unwrap() >> 10
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_and_no_page_unpacks_a_body() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/toadlane.db", folder.path().display());
    let serving = Command::new(&["serve"]).on(folder.path(), &url).serve();
    let everything = everything();
    // Once without a bomb: what the server holds for each route it holds from then on.
    for (method, path) in &everything {
        let line = format!("{method} {path} HTTP/1.1");
        exchange_at(&serving.url, request(&[&line, "Content-Length: 2"], b"{}")).await;
    }
    let before = peak(serving.id());
    let mut otherwise = String::new();
    for bomb in bombs::all() {
        for (method, path) in &everything {
            for chunked in [false, true] {
                let answer = exchange_at(&serving.url, armed(method, path, &bomb, chunked)).await;
                let text = answer.text.to_lowercase();
                let is_told = text.contains("\r\naccept-encoding: identity\r\n")
                    && (method == "HEAD" || text.contains("/problems/unsupported-content-coding"));
                if answer.status != 415 || !is_told {
                    let (coding, status) = (bomb.coding, answer.status);
                    writeln!(
                        otherwise,
                        "{method} {path} {coding}, chunked {chunked}: {status}"
                    )
                    .unwrap();
                }
            }
        }
    }
    let grown = peak(serving.id()) - before;
    assert!(grown < 32, "the bombs took {grown} MiB");
    assert_eq!(otherwise, "");
}

async fn only_identity_is_read(server: Server) {
    let status = async |codings: &[&str]| {
        let mut head = vec![
            "POST /v1/auth/forgot-password HTTP/1.1",
            "Content-Type: application/json",
        ];
        head.extend(codings);
        let body = br#"{"email": "anna@example.coop"}"#;
        let length = format!("Content-Length: {}", body.len());
        head.push(&length);
        exchange_at(&server.url, request(&head, body)).await.status
    };
    for read in [
        &[] as &[&str],
        &["Content-Encoding: identity"],
        &["Content-Encoding: Identity"],
        &["Content-Encoding:"],
        &["Content-Encoding: identity", "Content-Encoding: identity,"],
    ] {
        assert_eq!(status(read).await, 202, "{read:?}");
    }
    for refused in [
        &["Content-Encoding: gzip"] as &[&str],
        &["content-encoding: GZip"],
        &["Content-Encoding: x-gzip"],
        &["Content-Encoding: identity, br"],
        &["Content-Encoding: identity", "Content-Encoding: zstd"],
        &["Content-Encoding: compress;q=1"],
        &["Content-Encoding: \u{fc}"],
        &["Content-Encoding: *"],
    ] {
        assert_eq!(status(refused).await, 415, "{refused:?}");
    }
}
