//! `?refresh=wait_for`.

use super::support::{caught_up, public_list};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    a_write_that_waits_is_searchable_when_it_is_answered,
    a_write_that_waits_in_vain_is_a_write_all_the_same,
);

async fn total(server: &Server, query: &str) -> serde_json::Value {
    server
        .get(&format!("/v1/organizations?q={query}"))
        .await
        .json()["total"]
        .clone()
}

async fn a_write_that_waits_is_searchable_when_it_is_answered(server: Server) {
    let token = server.token(Role::Moderator).await;
    for round in 0..5 {
        let body = organization("Lantern Weavers");
        let created = server
            .post("/v1/organizations?refresh=wait_for", Some(&token), &body)
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
        assert_eq!(created.header("toadlane-searchable"), "");
        assert_eq!(total(&server, "lantern").await, 1, "round {round}");

        let path = format!("/v1/organizations/{}?refresh=wait_for", created.id());
        let renamed = json!({"name": "Candle Weavers"});
        let patched = server.patch(&path, &token, created.etag(), &renamed).await;
        assert_eq!(patched.status, 200, "{}", patched.text());
        assert_eq!(total(&server, "lantern").await, 0, "round {round}");
        assert_eq!(total(&server, "candle").await, 1, "round {round}");

        let deleted = server.delete(&path, &token, patched.etag()).await;
        assert_eq!(deleted.status, 204, "{}", deleted.text());
        assert_eq!(total(&server, "candle").await, 0, "round {round}");
    }
}

async fn a_write_that_waits_in_vain_is_a_write_all_the_same(server: Server) {
    let token = server.token(Role::Moderator).await;
    // The disk under the index goes away: nothing can be committed there any more, nor an index built anew.
    server.lose_index();
    let index = server.data_dir().join("index");
    std::fs::write(&index, "in the way").unwrap();
    let body = organization("Lantern Weavers");
    let created = server
        .post("/v1/organizations?refresh=wait_for", Some(&token), &body)
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.header("toadlane-searchable"), "false");
    assert_eq!(
        server.get(created.header("location")).await.json(),
        created.json()
    );

    std::fs::remove_file(&index).unwrap();
    let server = server.restart().await;
    caught_up(&server).await;
    assert_eq!(public_list(&server).await[&created.id()], created.json());
}
