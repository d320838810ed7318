//! Files of the index that are damaged while a server answers from them.

use super::support::{as_process, caught_up, eventually, ready};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use crate::import::{import, lines};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

on_both_databases!(
    truncated_files_are_survived_and_written_anew,
    a_lost_folder_is_survived_and_written_anew,
);

/// So many that what they hold is in many blocks of its file.
const RECORDS: usize = 600;

async fn filled(server: &Server) {
    let file = lines((0..RECORDS).map(|number| (number, json!({}))));
    let output = import(server, &["--format", "ndjson"], &[file.path()]);
    assert!(output.status.success(), "{output:?}");
    caught_up(server).await;
}

/// What the index answers, if it answers.
async fn answers(server: &Server) -> Option<Vec<Value>> {
    let mut answers = Vec::new();
    for path in [
        "/v1/organizations?limit=100",
        "/v1/organizations?limit=100&sort=-updated_at",
        "/v1/organizations?facets=country,sector,organization_type&limit=1",
        "/v1/organizations?q=imported&highlight=true",
    ] {
        let answer = server.get(path).await;
        if answer.status != 200 {
            assert_unavailable(&answer);
            return None;
        }
        answers.push(answer.json());
    }
    Some(answers)
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.problem(503)["type"], "/problems/unavailable");
    assert!(!answer.header("retry-after").is_empty());
}

/// It answers from what is left: there is no reason to send people elsewhere.
async fn assert_ready(server: &Server) {
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
}

fn files(server: &Server) -> BTreeSet<PathBuf> {
    let folder = std::fs::read_dir(server.data_dir().join("index"));
    let paths = folder
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "store")
        })
        .collect()
}

async fn truncated_files_are_survived_and_written_anew(mut server: Server) {
    let token = server.token(Role::Moderator).await;
    filled(&server).await;
    let before = answers(&server).await.unwrap();
    let _serving = as_process(&mut server, &[]).await;
    ready(&server).await;
    caught_up(&server).await;
    let damaged = files(&server);
    assert!(!damaged.is_empty());
    for entry in std::fs::read_dir(server.data_dir().join("index")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension != "lock")
        {
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(0)
                .unwrap();
        }
    }
    eventually("all is found as before, in other files", || async {
        assert_ready(&server).await;
        let answers = answers(&server).await;
        answers.as_ref() == Some(&before) && files(&server).is_disjoint(&damaged)
    })
    .await;
    let path = "/v1/organizations?refresh=wait_for";
    let created = server
        .post(path, Some(&token), &organization("Lantern"))
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let found = server.get("/v1/organizations?q=lantern").await;
    assert_eq!(found.json()["total"], 1, "{}", found.text());
}

async fn a_lost_folder_is_survived_and_written_anew(mut server: Server) {
    let token = server.token(Role::Moderator).await;
    filled(&server).await;
    let before = answers(&server).await.unwrap();
    let _serving = as_process(&mut server, &[]).await;
    ready(&server).await;
    caught_up(&server).await;
    server.lose_index();
    // Whoever has the files open still reads them.
    assert_eq!(answers(&server).await, Some(before));
    for name in ["Lantern", "Candle"] {
        let created = server
            .post("/v1/organizations", Some(&token), &organization(name))
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    eventually("the index is written anew", || async {
        assert_ready(&server).await;
        !files(&server).is_empty()
    })
    .await;
    assert_ready(&server).await;
    caught_up(&server).await;
    let found = server.get("/v1/organizations?q=lantern").await;
    assert_eq!(found.json()["total"], 1, "{}", found.text());
    let all = server.get("/v1/organizations?limit=1").await;
    assert_eq!(all.json()["total"], RECORDS + 2, "{}", all.text());
}
