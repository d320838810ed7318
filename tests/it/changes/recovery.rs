//! The index can be lost, damaged, foreign or too new: the server makes it anew.

use super::support::{as_process, caught_up, head, ready};
use crate::harness::{Database, Role, Server, on_both_databases, organization};
use crate::import::{import, lines};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::path::Path;

on_both_databases!(
    a_lost_index_is_built_anew_before_the_server_is_ready,
    a_damaged_index_is_built_anew,
    the_index_of_another_store_is_not_used,
    an_index_ahead_of_a_restored_database_is_built_anew,
    an_index_ahead_of_an_empty_database_is_emptied,
);

/// What the index answers.
async fn answers(server: &Server) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/v1/organizations?limit=100",
        "/v1/organizations?q=weavers&highlight=true",
        "/v1/organizations?facets=country,sector,organization_type&limit=1",
        "/v1/organizations?near=53.5,-2.2&radius_km=50&sort=distance",
        "/v1/suggest?q=weav",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answers.push(answer.json());
    }
    assert_ne!(answers[1]["total"], 0);
    answers
}

async fn fill(server: &Server) {
    let token = server.token(Role::Moderator).await;
    for (name, country, lat) in [
        ("Lantern Weavers", "GB", 53.48),
        ("Candle Weavers", "GB", 53.6),
        ("Tejedoras del Sur", "AR", -34.6),
    ] {
        let mut body = organization(name);
        body["sectors"] = json!(["textiles"]);
        body["address"] = json!({"country": country});
        body["location"] = json!({"lat": lat, "lon": -2.24});
        let created = server.post("/v1/organizations", Some(&token), &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    caught_up(server).await;
}

async fn a_lost_index_is_built_anew_before_the_server_is_ready(mut server: Server) {
    // So many that the first commit of the index is not the last.
    let file = lines((0..2_500).map(|number| (number, json!({}))));
    let output = import(&server, &["--format", "ndjson"], &[file.path()]);
    assert!(output.status.success(), "{output:?}");
    fill(&server).await;
    let before = answers(&server).await;

    server.stop().await;
    server.lose_index();
    let _serving = as_process(&mut server, &[]).await;
    let first = server.get("/readyz").await;
    first.problem(503);
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/v1/organizations").await.status, 200);
    ready(&server).await;
    assert_eq!(answers(&server).await, before);
}

async fn a_damaged_index_is_built_anew(server: Server) {
    fill(&server).await;
    let before = answers(&server).await;
    let damages: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| bytes.iter_mut().for_each(|byte| *byte = !*byte),
    ];
    let mut server = server;
    for damage in damages {
        server.stop().await;
        each_file(&server.data_dir().join("index"), |path| {
            let mut bytes = std::fs::read(path).unwrap();
            damage(&mut bytes);
            std::fs::write(path, bytes).unwrap();
        });
        server = server.restart().await;
        ready(&server).await;
        assert_eq!(answers(&server).await, before);
    }
}

fn each_file(folder: &Path, mut act: impl FnMut(&Path)) {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            act(&path);
            files += 1;
        }
    }
    assert!(files > 3, "{} has {files} files only", folder.display());
}

async fn the_index_of_another_store_is_not_used(mut server: Server) {
    fill(&server).await;
    let before = answers(&server).await;
    let mut other = Server::start(Database::Sqlite).await;
    let token = other.token(Role::Moderator).await;
    for name in [
        "Foreign Weavers",
        "More Foreign Weavers",
        "Others",
        "Yet Others",
    ] {
        let created = other
            .post(
                "/v1/organizations?refresh=wait_for",
                Some(&token),
                &organization(name),
            )
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    other.stop().await;
    server.stop().await;
    server.lose_index();
    let index = server.data_dir().join("index");
    std::fs::create_dir(&index).unwrap();
    each_file(&other.data_dir().join("index"), |path| {
        std::fs::copy(path, index.join(path.file_name().unwrap())).unwrap();
    });
    let server = server.restart().await;
    ready(&server).await;
    assert_eq!(answers(&server).await, before);
}

/// Takes the database back to how it was when the log ended at `seq`.
async fn restore(server: &Server, seq: i64) {
    // The connections of the server ended with it.
    let db = sea_orm::Database::connect(server.database_url())
        .await
        .unwrap();
    for sql in [
        "DELETE FROM membership WHERE organization_id IN (SELECT id FROM feed_entry WHERE seq > $)",
        "DELETE FROM organization WHERE id IN (SELECT id FROM feed_entry WHERE seq > $)",
        "DELETE FROM feed_entry WHERE seq > $",
        "DELETE FROM change WHERE seq > $",
    ] {
        let sql = sql.replace('$', &seq.to_string());
        db.execute_unprepared(&sql).await.unwrap();
    }
    db.close().await.unwrap();
}

async fn an_index_ahead_of_a_restored_database_is_built_anew(mut server: Server) {
    fill(&server).await;
    let (before, backup) = (answers(&server).await, head(&server).await);
    fill(&server).await;
    assert_ne!(answers(&server).await, before);
    server.stop().await;
    restore(&server, backup).await;
    let server = server.restart().await;
    ready(&server).await;
    assert_eq!(answers(&server).await, before);
}

async fn an_index_ahead_of_an_empty_database_is_emptied(mut server: Server) {
    fill(&server).await;
    server.stop().await;
    restore(&server, 0).await;
    let server = server.restart().await;
    ready(&server).await;
    assert_eq!(server.get("/v1/organizations").await.json()["total"], 0);
}
