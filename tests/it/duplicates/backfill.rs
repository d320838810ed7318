use super::{bakery, ids, listed};
use crate::harness::{Role, Server, on_both_databases};
use entity::organization_key;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use toadlane::duplicates::backfill::fill;

on_both_databases!(records_of_before_there_were_keys_get_theirs);

async fn records_of_before_there_were_keys_get_theirs(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let file = crate::import::lines((0..450).map(|number| (number, json!({}))));
    crate::import::import(&server, &["--format", "ndjson"], &[file.path()]);
    let shop = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    let gone = listed(&server, &moderator, &bakery("York Brewery")).await;
    let gone_path = super::path(&gone.id());
    assert_eq!(
        server
            .delete(&gone_path, &moderator, gone.etag())
            .await
            .status,
        204
    );

    let store = &server.state.store;
    let all = || async {
        let mut keys = organization_key::Entity::find()
            .all(&store.db)
            .await
            .unwrap();
        keys.sort_by(|a, b| (&a.key, a.organization_id).cmp(&(&b.key, b.organization_id)));
        keys
    };
    let written = all().await;
    organization_key::Entity::delete_many()
        .exec(&store.db)
        .await
        .unwrap();
    // Two servers start at once.
    let (one, other) = tokio::join!(fill(store), fill(store));
    one.unwrap();
    other.unwrap();
    assert_eq!(all().await, written);
    fill(store).await.unwrap();
    let count = organization_key::Entity::find()
        .count(&store.db)
        .await
        .unwrap();
    assert_eq!(count, written.len() as u64);
    let found = server
        .post(
            "/v1/organizations/duplicates",
            None,
            &json!({"name": "Calder Bakery"}),
        )
        .await;
    assert_eq!(ids(&found.json()["items"]), [shop.id()]);
}
