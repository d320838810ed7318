//! A writer that stops in the middle of its write and never ends it.

use crate::harness::{Database, Role, Server, organization};
use sea_orm::TransactionTrait;
use toadlane::changes::WriteTransaction;
use toadlane::slug;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_give_up_their_writes_and_go_on() {
    let server = Server::start(Database::Postgres).await;
    let token = server.token(Role::Moderator).await;
    let frozen = WriteTransaction::begin(&server.state.store).await.unwrap();
    slug::lock(&frozen).await.unwrap();

    let (first, second) = (organization("First"), organization("Second"));
    let (first, second) = tokio::join!(
        server.post("/v1/organizations", Some(&token), &first),
        server.post("/v1/organizations", Some(&token), &second),
    );
    for refused in [first, second] {
        assert_eq!(refused.problem(503)["type"], "/problems/unavailable");
        assert!(!refused.header("retry-after").is_empty());
    }
    // After 15 seconds without a sign of life the database ends the frozen write.
    let third = organization("Third");
    let mut answer = server.post("/v1/organizations", Some(&token), &third).await;
    if answer.status == 503 {
        answer = server.post("/v1/organizations", Some(&token), &third).await;
    }
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(frozen.commit().await.is_err());
    assert!(server.state.store.db.begin().await.is_ok());
}
