//! `kill -9` in the middle of an import.

use super::{counts, import, import_command, lines, summary};
use crate::changes::support::{as_process, caught_up, eventually, public_list, ready, word};
use crate::harness::{Server, on_both_databases};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::BTreeSet;
use toadlane::import::BATCH;

on_both_databases!(
    a_run_that_is_killed_is_completed_by_the_next,
    a_server_that_is_killed_while_an_import_runs_has_everything_afterwards,
);

const ROWS: usize = 1_700;
const NDJSON: [&str; 2] = ["--format", "ndjson"];

/// Records that are committed, as the server counts them.
async fn committed(server: &Server) -> usize {
    server.get("/v1/organizations?limit=1").await.json()["total"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap()
}

/// Waits until this many records are seen, and then for a few more looks.
async fn until_in_the_middle(server: &Server, records: usize, looks: usize) {
    eventually("the import goes on", || async {
        committed(server).await >= records
    })
    .await;
    for _ in 0..looks {
        committed(server).await;
    }
}

async fn a_run_that_is_killed_is_completed_by_the_next(mut server: Server) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut serving = as_process(&mut server, &[]).await;
    let mut before = 0;
    for round in 0..3 {
        let summary = format!("round {round}");
        let file = lines((0..ROWS).map(|number| (number, json!({"summary": summary}))));
        let mut run = import_command(&server, &NDJSON, &[file.path()]).spawn();
        // Rounds after the first update what is there and add the rest.
        let records = if round == 0 {
            random.random_range(1..900)
        } else {
            before + 1
        };
        until_in_the_middle(&server, records.min(ROWS), random.random_range(0..30)).await;
        run.kill().unwrap();
        run.wait().unwrap();
        if round == 1 {
            serving.kill();
            serving = as_process(&mut server, &[]).await;
        }
        ready(&server).await;
        before = all_once(&server).await;
    }
    let file = lines((0..ROWS).map(|number| (number, json!({"summary": "at last"}))));
    let output = import(&server, &NDJSON, &[file.path()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(summary(&output), counts(ROWS - before, before, 0, 0));
    let again = import(&server, &NDJSON, &[file.path()]);
    assert_eq!(summary(&again), counts(0, 0, ROWS, 0));
    serving.kill();
    let _serving = as_process(&mut server, &[]).await;
    ready(&server).await;
    assert_eq!(all_once(&server).await, ROWS);
    assert!(
        public_list(&server)
            .await
            .values()
            .all(|item| item["summary"] == "at last")
    );
}

/// Asserts that no record is there twice and each is what one run wrote; gives how many there are.
async fn all_once(server: &Server) -> usize {
    caught_up(server).await;
    let listed = public_list(server).await;
    let ids: BTreeSet<_> = listed
        .values()
        .map(|item| item["source"]["external_id"].to_string())
        .collect();
    assert_eq!(ids.len(), listed.len());
    // Batches are written whole.
    assert!(
        listed.len().is_multiple_of(BATCH) || listed.len() == ROWS,
        "{}",
        listed.len()
    );
    for (id, item) in listed.iter().step_by(250) {
        let path = format!("/v1/organizations/{id}");
        assert_eq!(&server.get(&path).await.json(), item);
        let history = server
            .get(&format!("{path}/history?limit=100"))
            .await
            .json();
        let versions: Vec<_> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["version"].clone())
            .collect();
        let expected: Vec<_> = (1..=item["version"].as_i64().unwrap()).rev().collect();
        assert_eq!(json!(versions), json!(expected));
        let number: usize = item["source"]["external_id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let found = server
            .get(&format!("/v1/organizations?q={}", word(number)))
            .await
            .json();
        assert_eq!(found["total"], 1, "{number}");
        assert_eq!(found["items"][0]["id"], json!(id));
    }
    listed.len()
}

async fn a_server_that_is_killed_while_an_import_runs_has_everything_afterwards(
    mut server: Server,
) {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let file = lines((0..ROWS).map(|number| (number, json!({}))));
    let mut serving = as_process(&mut server, &[]).await;
    let command = import_command(&server, &NDJSON, &[file.path()]);
    let run = std::thread::spawn(move || command.run(""));
    for _ in 0..3 {
        let records = committed(&server).await + 1;
        until_in_the_middle(&server, records.min(ROWS), random.random_range(0..20)).await;
        serving.kill();
        serving = as_process(&mut server, &[]).await;
    }
    let output = run.join().unwrap();
    assert_eq!(summary(&output), counts(ROWS, 0, 0, 0));
    // Ready means: everything that was committed when this server started is searchable.
    serving.kill();
    let _serving = as_process(&mut server, &[]).await;
    ready(&server).await;
    assert_eq!(all_once(&server).await, ROWS);
}
