//! Reads of one caller that are answered at the same time.

use crate::changes::support::eventually;
use crate::harness::{Database, Role, Server, organization};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use toadlane::clock::Clock;
use toadlane::config::Switch;

/// More than there are connections to the database.
const AT_ONCE: usize = 40;

/// How many statements wait for the table of the reports.
async fn waiting(db: &DatabaseConnection) -> i64 {
    let sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'report'::regclass";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// On PostgreSQL a test can make reads as slow as it likes, with a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_reads_of_one_caller_keep_nobody_else_waiting() {
    let server = Server::start_with(Database::Postgres, Clock::System, |config| {
        config.serve.rate_limit = Switch::On;
    })
    .await;
    let greedy = server.token(Role::Moderator).await;
    let other = server.token(Role::Moderator).await;
    let created = server
        .post("/v1/organizations", Some(&other), &organization("Anchor"))
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let db = sea_orm::Database::connect(server.database_url())
        .await
        .unwrap();
    let lock = db.begin().await.unwrap();
    let sql = "LOCK TABLE report IN ACCESS EXCLUSIVE MODE";
    lock.execute_unprepared(sql).await.unwrap();

    let slow = (0..AT_ONCE).map(|_| server.get_as("/v1/moderation/reports", &greedy));
    let others = async {
        eventually("four reads are under way", || async {
            waiting(&db).await == 4
        })
        .await;
        for path in [
            "/v1/organizations/anchor",
            "/v1/organizations/anchor/history",
        ] {
            for _ in 0..10 {
                let answer = server.get_as(path, &other).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        }
        assert_eq!(waiting(&db).await, 4);
        lock.rollback().await.unwrap();
    };
    let (slow, ()) = tokio::join!(join_all(slow), others);
    // Whoever had to wait is answered as well.
    for answer in slow {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
