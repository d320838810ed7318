//! What the tests of the log, the feed and the import have in common.

use crate::harness::{Command, Server, Serving};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use toadlane::changes::index;
use tokio::time::Instant;

/// How long a condition that must come true may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(40);

/// Asks again and again until the answer is yes.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// The head of the log.
pub async fn head(server: &Server) -> i64 {
    index::head(&server.state.store.db).await.unwrap()
}

/// Waits until everything that is committed is searchable on this server, in this process or not.
pub async fn caught_up(server: &Server) {
    eventually("the index reaches the head of the log", || async {
        let metrics = server.get("/metrics").await;
        assert_eq!(metrics.status, 200, "{}", metrics.text());
        metrics
            .text()
            .lines()
            .any(|line| line == "toadlane_index_lag_changes 0")
    })
    .await;
}

/// Waits until `/readyz` says so, and gives the statuses it answered until then.
pub async fn ready(server: &Server) -> Vec<u16> {
    let mut statuses = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let status = server.get("/readyz").await.status;
        statuses.push(status);
        if status == 200 {
            return statuses;
        }
        assert!(Instant::now() < deadline, "never ready: {statuses:?}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// All pages of the public list, by id. A record that comes twice is a failure.
pub async fn public_list(server: &Server) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut path = "/v1/organizations?limit=100".to_owned();
    loop {
        let page = server.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        for item in page["items"].as_array().unwrap() {
            let twice = all.insert(item["id"].as_str().unwrap().to_owned(), item.clone());
            assert_eq!(twice, None, "twice in the list");
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(page["total"], all.len());
            return all;
        };
        path = format!("/v1/organizations?limit=100&cursor={cursor}");
    }
}

/// Puts a process in the place of the server in this one: the same data, and it can be killed.
pub async fn as_process(server: &mut Server, args: &[&str]) -> Serving {
    server.stop().await;
    let args = [&["serve"], args].concat();
    let serving = Command::new(&args)
        .on(server.data_dir(), &server.database_url())
        .serve();
    server.url.clone_from(&serving.url);
    serving
}

/// The name for a fixture's record that nothing else matches.
pub fn word(number: usize) -> String {
    let letters = ["ba", "ko", "mi", "zu", "re", "ta", "lo", "ne", "shi", "vu"];
    let digits = format!("{number:05}");
    digits
        .bytes()
        .map(|digit| letters[usize::from(digit - b'0')])
        .collect()
}
