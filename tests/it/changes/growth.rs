//! How far a log grows, and how far a follower may be behind.

use super::support::{eventually, head, ready};
use crate::harness::{Database, Role, Server, on_both_databases, organization};
use sea_orm::ConnectionTrait;
use toadlane::store::LOG_BYTES;

on_both_databases!(lag_makes_no_server_unready);

async fn list(server: &Server, name: &str) {
    let token = server.token(Role::Moderator).await;
    let body = organization(name);
    let created = server.post("/v1/organizations", Some(&token), &body).await;
    assert_eq!(created.status, 201, "{}", created.text());
}

/// How far the index is behind is no reason to take a server out.
async fn lag_makes_no_server_unready(server: Server) {
    list(&server, "Kept Weavers").await;
    ready(&server).await;
    let head = head(&server).await;
    for step in 1..=5 {
        let far = head + step * 5000;
        let sql = if server.state.store.is_postgres() {
            format!("SELECT setval(pg_get_serial_sequence('change', 'seq'), {far})")
        } else {
            format!("UPDATE sqlite_sequence SET seq = {far} WHERE name = 'change'")
        };
        server
            .state
            .store
            .db
            .execute_unprepared(&sql)
            .await
            .unwrap();
        list(&server, &format!("Carders {step}")).await;
        assert_eq!(server.get("/readyz").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlites_log_is_emptied_when_nobody_writes() {
    let mut server = Server::start(Database::Sqlite).await;
    let log = server.data_dir().join("toadlane.db-wal");
    let bytes = || std::fs::metadata(&log).map_or(0, |log| log.len());
    let store = server.state.store.clone();
    let reader = store.snapshot().await.unwrap();
    toadlane::changes::index::head(&reader).await.unwrap();
    let create = "CREATE TABLE filler AS SELECT randomblob(1000000) AS water";
    store.db.execute_unprepared(create).await.unwrap();
    for _ in 0..40 {
        let more = "INSERT INTO filler VALUES (randomblob(1000000))";
        store.db.execute_unprepared(more).await.unwrap();
    }
    // Somebody reads the state before: the log has to keep all of it.
    let full = bytes();
    assert!(full > LOG_BYTES, "{full}");
    let shown = server.get("/metrics").await.text();
    assert!(
        shown.contains(&format!("toadlane_database_log_bytes {full}")),
        "{shown}"
    );
    reader.commit().await.unwrap();
    eventually("the log is emptied", || async { bytes() == 0 }).await;

    list(&server, "Kept Weavers").await;
    assert!(bytes() > 0);
    server.stop().await;
    assert_eq!(bytes(), 0);
    let server = server.restart().await;
    let kept = server.get("/v1/organizations/kept-weavers").await;
    assert_eq!(kept.status, 200, "{}", kept.text());
}
