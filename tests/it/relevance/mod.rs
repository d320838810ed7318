//! How good the search is: queries judged by hand over records written for it, in `tests/relevance`.
//!
//! `make relevance` prints the figures; the floors hold in every run of the tests.

mod measures;
mod names;
mod ordinary;

use crate::changes::support::{caught_up, ready};
use crate::harness::{Command, Database, Server, Serving};
use crate::import::import;
use measures::{Measures, Ranking};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The least nDCG at 10 over all queries.
const FLOOR: f64 = 0.92;

/// The least nDCG at 10 of the queries of one language.
const LANGUAGE_FLOOR: f64 = 0.85;

/// Languages with fewer queries have no floor of their own.
const ENOUGH_QUERIES: usize = 5;

/// A query, judged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    id: String,
    q: String,
    kind: Kind,
    language: String,
    /// What it tries: a typo, a synonym, a place, …
    sort_of: String,
    /// What should be found, by external id: 3 what was wanted, 2 good, 1 acceptable.
    #[serde(default)]
    relevant: HashMap<String, u8>,
    /// Nothing may be found as typed, by an inflection or by a synonym.
    #[serde(default)]
    nothing: bool,
    /// What must not be found so.
    #[serde(default)]
    forbidden: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Organization,
    Job,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("relevance")
}

fn queries() -> Vec<Query> {
    let text = std::fs::read_to_string(folder().join("queries.ndjson")).unwrap();
    let query = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text.lines().map(query).collect()
}

/// A server with the records.
async fn filled() -> Server {
    let server = Server::start(Database::Sqlite).await;
    for (format, file) in [
        ("ndjson", "organizations.ndjson"),
        ("jobs_ndjson", "jobs.ndjson"),
    ] {
        let args = ["--format", format, "--source", "corpus"];
        let output = import(&server, &args, &[&folder().join(file)]);
        assert!(output.status.success(), "{output:?}");
    }
    caught_up(&server).await;
    server
}

/// The demo, served.
async fn demo() -> (Server, Serving) {
    let mut server = Server::start(Database::Sqlite).await;
    server.stop().await;
    let serving = Command::new(&["demo"])
        .on(server.data_dir(), &server.database_url())
        .serve();
    server.url.clone_from(&serving.url);
    ready(&server).await;
    (server, serving)
}

/// What a query finds: external ids, best first; and whether as typed.
async fn ask(server: &Server, query: &Query) -> Ranking {
    let list = match query.kind {
        Kind::Organization => "organizations",
        Kind::Job => "jobs",
    };
    let q: String = url::form_urlencoded::byte_serialize(query.q.as_bytes()).collect();
    let answer = server.get(&format!("/v1/{list}?limit=50&q={q}")).await;
    assert_eq!(answer.status, 200, "{}: {}", query.q, answer.text());
    let page = answer.json();
    let items = page["items"].as_array().unwrap();
    let id = |item: &serde_json::Value| item["source"]["external_id"].as_str().unwrap().to_owned();
    Ranking {
        found: items.iter().map(id).collect(),
        as_typed: page["relaxed"] != true && page["corrections"].is_null(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_find_what_people_meant() {
    let server = filled().await;
    let mut all = Measures::default();
    let mut by_language: BTreeMap<String, Measures> = BTreeMap::new();
    let mut by_sort: BTreeMap<String, Measures> = BTreeMap::new();
    for query in queries() {
        let ranking = ask(&server, &query).await;
        let judged = measures::judge(&query, &ranking);
        if judged.ndcg < FLOOR || !judged.false_finds.is_empty() {
            println!("{}", measures::line(&query, &ranking, &judged));
        }
        let of_language = by_language.entry(query.language.clone()).or_default();
        let of_sort = by_sort.entry(query.sort_of.clone()).or_default();
        for measures in [&mut all, of_language, of_sort] {
            measures.add(&judged);
        }
    }
    for (name, measures) in by_sort.iter().chain(&by_language) {
        println!("{name:14} {measures}");
    }
    println!("{:14} {all}", "all");
    assert_eq!(all.false_finds, 0, "false finds");
    assert!(all.ndcg() >= FLOOR, "nDCG at 10: {all}");
    for (language, measures) in by_language {
        if measures.queries >= ENOUGH_QUERIES {
            assert!(measures.ndcg() >= LANGUAGE_FLOOR, "{language}: {measures}");
        }
    }
}
