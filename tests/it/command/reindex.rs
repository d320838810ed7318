//! `toadlane reindex`.

use crate::changes::support::{public_list, ready};
use crate::harness::{Command, Role, Server, on_both_databases, organization};
use sea_orm::ConnectionTrait;

on_both_databases!(the_index_is_built_anew, an_index_of_nothing_is_emptied);

fn reindex(server: &Server) -> String {
    let output = Command::new(&["reindex"])
        .on(server.data_dir(), &server.database_url())
        .run("");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn list(server: &Server, names: &[&str]) {
    let token = server.token(Role::Moderator).await;
    for name in names {
        let body = organization(name);
        let created = server
            .post("/v1/organizations?refresh=wait_for", Some(&token), &body)
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
}

async fn the_index_is_built_anew(mut server: Server) {
    list(&server, &["Lantern Weavers", "Candle Weavers"]).await;
    let before = public_list(&server).await;
    server.stop().await;
    assert_eq!(reindex(&server), "2 records are searchable\n");
    let server = server.restart().await;
    ready(&server).await;
    assert_eq!(server.get("/readyz").await.status, 200);
    assert_eq!(public_list(&server).await, before);
}

async fn an_index_of_nothing_is_emptied(mut server: Server) {
    list(&server, &["Lantern Weavers"]).await;
    server.stop().await;
    for table in ["membership", "feed_entry", "change", "organization"] {
        let sql = format!("DELETE FROM {table}");
        server
            .state
            .store
            .db
            .execute_unprepared(&sql)
            .await
            .unwrap();
    }
    assert_eq!(reindex(&server), "0 records are searchable\n");
    let server = server.restart().await;
    assert_eq!(public_list(&server).await.len(), 0);
}
