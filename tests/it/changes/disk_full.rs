//! A full disk: what cannot be written is refused, and what is acknowledged afterwards is there.

use crate::harness::{Database, Role, Server, organization};
use sea_orm::ConnectionTrait;
use serde_json::json;
use toadlane::changes::WriteTransaction;

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
        if answer.status == 500 {
            answer.problem(500);
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
