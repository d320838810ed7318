//! Imports and other writers at once.

use super::{counts, import_command, lines, record, summary};
use crate::changes::support::{caught_up, head, public_list};
use crate::harness::{Role, Server, on_both_databases};
use serde_json::json;
use std::collections::BTreeSet;

on_both_databases!(
    two_imports_of_one_source_make_no_duplicates,
    an_import_and_an_edit_do_not_undo_each_other,
);

async fn two_imports_of_one_source_make_no_duplicates(server: Server) {
    const ROWS: usize = 1_300;
    let file =
        lines((0..ROWS).map(|number| (number, json!({"name": format!("Name {}", number % 700)}))));
    let runs: Vec<_> = (0..2)
        .map(|_| {
            let command = import_command(&server, &["--format", "ndjson"], &[file.path()]);
            std::thread::spawn(move || command.run(""))
        })
        .collect();
    let (mut created, mut unchanged) = (0, 0);
    for run in runs {
        let output = run.join().unwrap();
        assert!(output.status.success(), "{output:?}");
        let summary = summary(&output);
        let number = |word: &str| -> usize {
            let (_, rest) = summary.split_once(word).unwrap();
            rest.split(',').next().unwrap().trim().parse().unwrap()
        };
        created += number("created:");
        unchanged += number("unchanged:");
    }
    assert_eq!((created, unchanged), (ROWS, ROWS));
    assert_eq!(head(&server).await, i64::try_from(ROWS).unwrap());
    caught_up(&server).await;
    let listed = public_list(&server).await;
    let ids: BTreeSet<_> = listed
        .values()
        .map(|item| item["source"]["external_id"].to_string())
        .collect();
    let slugs: BTreeSet<_> = listed
        .values()
        .map(|item| item["slug"].to_string())
        .collect();
    assert_eq!((listed.len(), ids.len(), slugs.len()), (ROWS, ROWS, ROWS));
}

/// Edits of one field and imports that change another: every write counts its version, and the
/// history explains every difference.
async fn an_import_and_an_edit_do_not_undo_each_other(server: Server) {
    const ROUNDS: usize = 6;
    let token = server.token(Role::Moderator).await;
    let rows = |round: usize| {
        lines((0..400).map(move |number| (number, json!({"summary": format!("round {round}")}))))
    };
    let first = import_command(&server, &["--format", "ndjson"], &[rows(0).path()]).run("");
    assert_eq!(summary(&first), counts(400, 0, 0, 0));
    let path = format!(
        "/v1/organizations/{}",
        record(&server, "ndjson", "399").await["id"]
            .as_str()
            .unwrap()
    );
    let mut edits = 0;
    for round in 1..=ROUNDS {
        let file = rows(round);
        let command = import_command(&server, &["--format", "ndjson"], &[file.path()]);
        let run = std::thread::spawn(move || command.run(""));
        while !run.is_finished() {
            edits += 1;
            let etag = server.get(&path).await.etag().to_owned();
            let edit = json!({"members_count": edits});
            let answer = server.patch(&path, &token, &etag, &edit).await;
            assert!(matches!(answer.status, 200 | 412), "{}", answer.text());
        }
        assert!(run.join().unwrap().status.success());
    }
    let record = server.get(&path).await.json();
    assert_eq!(record["summary"], format!("round {ROUNDS}"));
    let mut entries = Vec::new();
    let mut next = format!("{path}/history?limit=100");
    loop {
        let page = server.get(&next).await.json();
        entries.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}/history?limit=100&cursor={cursor}"),
            None => break,
        }
    }
    let versions: Vec<_> = entries
        .iter()
        .map(|entry| entry["version"].as_i64().unwrap())
        .collect();
    let all: Vec<i64> = (1..=record["version"].as_i64().unwrap()).rev().collect();
    assert_eq!(versions, all);
    // Oldest first, each difference starts where the one before it ended.
    let mut last = json!({"/summary": "round 0"});
    for entry in entries.iter().rev() {
        for field in entry["fields"].as_array().unwrap() {
            let pointer = field["pointer"].as_str().unwrap();
            assert_eq!(field["from"], last[pointer], "{entry}");
            last[pointer] = field["to"].clone();
        }
    }
    assert_eq!(last["/summary"], record["summary"]);
    assert_eq!(last["/members_count"], record["members_count"]);
}
