//! What other servers and commands write.

use super::support::{caught_up, eventually};
use crate::harness::{Command, Database, Role, Server, on_both_databases, organization};
use crate::import::{import, lines};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use std::time::Duration;

on_both_databases!(
    a_running_server_sees_what_a_command_imports,
    one_data_dir_has_one_owner
);

const LISTENERS: &str =
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";

async fn listeners(server: &Server) -> usize {
    let db = &server.state.store.db;
    db.query_all_raw(Statement::from_string(db.get_database_backend(), LISTENERS))
        .await
        .unwrap()
        .len()
}

async fn list(server: &Server, token: &str, name: &str) -> String {
    let created = server
        .post("/v1/organizations", Some(token), &organization(name))
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    created.id()
}

async fn finds(server: &Server, query: &str, id: &str) {
    eventually("a change is searchable", || async {
        let found = server
            .get(&format!("/v1/organizations?q={query}"))
            .await
            .json();
        found["items"][0]["id"] == id
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_on_one_server_wakes_the_index_of_another() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    let token = one.token(Role::Moderator).await;
    eventually("both servers listen", || async {
        listeners(&one).await == 2
    })
    .await;
    caught_up(&two).await;

    // Not found by looking every now and then: the database told.
    let mut woken = two.state.store.wake.subscribe();
    woken.mark_unchanged();
    let id = list(&one, &token, "Lantern Weavers").await;
    tokio::time::timeout(Duration::from_secs(20), woken.changed())
        .await
        .unwrap()
        .unwrap();
    finds(&two, "lantern", &id).await;
    // A server accepts the tokens of the other.
    let id = list(&two, &token, "Candle Weavers").await;
    finds(&one, "candle", &id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_notifications_are_cut_off_misses_nothing() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    let token = one.token(Role::Moderator).await;
    for round in 0..3 {
        eventually("both servers listen", || async {
            listeners(&one).await == 2
        })
        .await;
        let mut woken = two.state.store.wake.subscribe();
        woken.mark_unchanged();
        let cut = format!("SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS listener");
        one.state.store.db.execute_unprepared(&cut).await.unwrap();
        let id = list(&one, &token, &format!("Lantern Weavers {round}")).await;
        finds(&two, &format!("lantern+{round}"), &id).await;
        // Whoever listens again looks at once for what was missed.
        tokio::time::timeout(Duration::from_secs(20), woken.changed())
            .await
            .unwrap()
            .unwrap();
    }
}

async fn a_running_server_sees_what_a_command_imports(server: Server) {
    let file = lines([(1, json!({"name": "Lantern Weavers"}))]);
    let output = import(&server, &["--format", "ndjson"], &[file.path()]);
    assert!(output.status.success(), "{output:?}");
    eventually("what was imported is searchable", || async {
        server.get("/v1/organizations?q=lantern").await.json()["total"] == 1
    })
    .await;
}

async fn one_data_dir_has_one_owner(server: Server) {
    for command in [&["reindex"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let output = Command::new(command)
            .on(server.data_dir(), &server.database_url())
            .run("");
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        let last = said.lines().last().unwrap();
        assert!(last.starts_with("toadlane: "), "{said}");
        assert!(
            last.contains("in use") || last.contains("one server"),
            "{said}"
        );
        assert_eq!(
            said.lines()
                .filter(|line| line.starts_with("toadlane: "))
                .count(),
            1
        );
    }
    // The owner is none the worse for it.
    let token = server.token(Role::Moderator).await;
    let body = organization("Lantern Weavers");
    let created = server
        .post("/v1/organizations?refresh=wait_for", Some(&token), &body)
        .await;
    assert_eq!(created.header("toadlane-searchable"), "");
    assert_eq!(
        server.get("/v1/organizations?q=lantern").await.json()["total"],
        1
    );
}
