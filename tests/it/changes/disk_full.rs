//! A full disk: what cannot be written is refused, and what is acknowledged afterwards is there.

use super::support::{as_process, caught_up, eventually, ready};
use crate::harness::{
    Answer, Command, Database, Role, Server, SmallDisk, on_both_databases, organization,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;
use toadlane::changes::WriteTransaction;
use tokio::time::{Instant, timeout};

/// Less than anything waits for a connection or a lock that it does not get.
const PROMPTLY: Duration = Duration::from_secs(10);

/// MiB: the index alone writes some.
const DISK: u32 = 24;

/// Lets the database file grow by no page more, as on a full disk, or as it likes.
async fn limit_pages(server: &Server, pages: &str) {
    let txn = WriteTransaction::begin(&server.state.store).await.unwrap();
    txn.execute_unprepared(&format!("PRAGMA max_page_count = {pages}"))
        .await
        .unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_after_a_full_disk_are_durable() {
    let server = Server::start(Database::Sqlite).await;
    let moderator = server.token(Role::Moderator).await;
    limit_pages(&server, "1").await;
    let mut large = organization("Overflow");
    large["description"] = json!("water ".repeat(3000));
    let mut refused = 0;
    for _ in 0..20 {
        let answer = server
            .post("/v1/organizations", Some(&moderator), &large)
            .await;
        if answer.status != 201 {
            assert_no_room(&answer);
            refused += 1;
        }
    }
    assert!(refused > 0, "the disk was never full");

    limit_pages(&server, "1000000").await;
    let kept = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &organization("Low Tide"),
        )
        .await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    assert_eq!(server.get(kept.header("location")).await.status, 200);
    let server = server.restart().await;
    assert_eq!(
        server.get(kept.header("location")).await.json(),
        kept.json()
    );
    assert_eq!(
        server.get("/v1/organizations?q=tide").await.json()["total"],
        1
    );
}

/// Asserts that it says so, when to come back, and nothing of what is inside.
fn assert_no_room(answer: &Answer) {
    let problem = answer.problem(507);
    assert_eq!(problem["type"], "/problems/insufficient-storage");
    assert!(!answer.header("retry-after").is_empty());
    assert!(!answer.text().contains("database"), "{}", answer.text());
}

on_both_databases!(a_server_with_a_full_disk_serves_and_starts_again);

async fn a_server_with_a_full_disk_serves_and_starts_again(mut server: Server) {
    let is_sqlite = !server.state.store.is_postgres();
    let token = server.token(Role::Moderator).await;
    let kept = server
        .post(
            "/v1/organizations",
            Some(&token),
            &organization("High Tide"),
        )
        .await;
    let kept = kept.header("location").to_owned();
    caught_up(&server).await;
    server.stop().await;
    let Some(disk) = SmallDisk::over(server.data_dir(), DISK) else {
        return;
    };
    let mut serving = as_process(&mut server, &[]).await;
    ready(&server).await;
    disk.fill();
    for round in 0..3 {
        let mut write = organization(&format!("Overflow {round}"));
        write["description"] = json!("water ".repeat(3000));
        let write = server.post("/v1/organizations", Some(&token), &write);
        let answer = timeout(PROMPTLY, write).await.expect("it waits");
        if is_sqlite {
            assert_no_room(&answer);
        } else {
            // What is full is the disk of the server, not the database's.
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        assert_eq!(server.get(&kept).await.status, 200);
        let found = server.get("/v1/organizations?q=tide").await;
        assert_eq!(found.json()["total"], 1, "{}", found.text());
        // Killed, and told to stop.
        if round == 0 {
            serving.kill();
        } else {
            serving.terminate();
        }
        let start = Instant::now();
        serving = as_process(&mut server, &[]).await;
        assert!(start.elapsed() < PROMPTLY, "it waits");
        if is_sqlite {
            timeout(PROMPTLY, ready(&server)).await.expect("it waits");
        }
    }
    disk.clear();
    eventually("there is room again", || async {
        let write = organization("Ebb Tide");
        let path = "/v1/organizations?refresh=wait_for";
        let answer = server.post(path, Some(&token), &write).await;
        answer.status == 201 && answer.header("toadlane-searchable") != "false"
    })
    .await;
    caught_up(&server).await;
    let found = server.get("/v1/organizations?q=ebb").await;
    assert_ne!(found.json()["total"], 0, "{}", found.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_postgresql_is_named() {
    let server = Server::start(Database::Postgres).await;
    let token = server.token(Role::Moderator).await;
    // It says so by a code, whatever fills the disk.
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
        CREATE TRIGGER full_disk BEFORE INSERT ON change EXECUTE FUNCTION full_disk()";
    server
        .state
        .store
        .db
        .execute_unprepared(full)
        .await
        .unwrap();
    let write = organization("Overflow");
    let answer = server.post("/v1/organizations", Some(&token), &write).await;
    assert_no_room(&answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_becomes_read_only_is_for_reading() {
    let server = Server::start(Database::Sqlite).await;
    let token = server.token(Role::Moderator).await;
    let txn = WriteTransaction::begin(&server.state.store).await.unwrap();
    txn.execute_unprepared("PRAGMA query_only = on")
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let write = organization("Low Tide");
    let answer = server.post("/v1/organizations", Some(&token), &write).await;
    assert_eq!(answer.problem(503)["type"], "/problems/unavailable");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(server.get("/v1/organizations").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_dir_that_cannot_be_written_is_named() {
    let mut server = Server::start(Database::Sqlite).await;
    server.stop().await;
    let Some(disk) = SmallDisk::over(server.data_dir(), DISK) else {
        return;
    };
    disk.make_read_only();
    let output = Command::new(&["serve", "--listen", "127.0.0.1:0"])
        .on(server.data_dir(), &server.database_url())
        .run("");
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    let named = format!("--data-dir {}: Read-only", server.data_dir().display());
    assert!(told.contains(&named), "{told}");
}
