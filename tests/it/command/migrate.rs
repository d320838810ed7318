//! `toadlane migrate`.

use crate::changes::support::ready;
use crate::harness::{Command, Server, on_both_databases};
use entity::{account, change};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

on_both_databases!(processes_that_migrate_at_once_wait_for_each_other);

/// A database that is as good as new.
async fn emptied(server: &mut Server) {
    server.stop().await;
    if server.state.store.is_postgres() {
        let drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        server
            .state
            .store
            .db
            .execute_unprepared(drop)
            .await
            .unwrap();
    } else {
        server.state.store.db.clone().close().await.unwrap();
        std::fs::remove_dir_all(server.data_dir()).unwrap();
    }
}

async fn processes_that_migrate_at_once_wait_for_each_other(mut server: Server) {
    emptied(&mut server).await;
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let command = Command::new(&["migrate"]).on(server.data_dir(), &server.database_url());
            std::thread::spawn(move || command.run(""))
        })
        .collect();
    for run in runs {
        let output = run.join().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, b"the database schema is up to date\n");
    }
    let again = Command::new(&["migrate"])
        .on(server.data_dir(), &server.database_url())
        .run("");
    assert!(again.status.success(), "{again:?}");

    let server = server.restart().await;
    let db = &server.state.store.db;
    assert_eq!(change::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(account::Entity::find().count(db).await.unwrap(), 0);
    ready(&server).await;
    assert_eq!(server.get("/readyz").await.status, 200);
}
