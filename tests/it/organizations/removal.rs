use super::{every_field, found_by_the_public, in_feed, path};
use crate::harness::{Role, Server, on_both_databases, organization};
use entity::change;
use entity::ids::OrganizationId;
use entity::organization::{Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

on_both_databases!(
    what_is_deleted_is_gone_for_everyone_and_erased,
    what_was_never_public_leaves_no_trace_in_public,
);

async fn what_is_deleted_is_gone_for_everyone_and_erased(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let created = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &every_field(),
        )
        .await;
    let id = created.id();
    let patched = server
        .patch(
            &path(&id),
            &moderator,
            created.etag(),
            &json!({"summary": "Secret plan"}),
        )
        .await;
    let write = format!("{}?refresh=wait_for", path(&id));
    let deleted = server.delete(&write, &moderator, patched.etag()).await;
    assert_eq!((deleted.status, deleted.text().as_str()), (204, ""));

    let slug = created.json()["slug"].as_str().unwrap().to_owned();
    for path in [path(&id), path(&slug), format!("{}/history", path(&id))] {
        server.get(&path).await.problem(410);
        server.get_as(&path, &moderator).await.problem(410);
    }
    server
        .delete(&path(&id), &moderator, "*")
        .await
        .problem(410);
    server
        .patch(&path(&id), &moderator, "*", &json!({"name": "Back"}))
        .await
        .problem(410);
    assert_eq!(found_by_the_public(&server, "molinos").await, [0, 0, 0, 0]);
    let (state, data) = in_feed(&server, &id).await.unwrap();
    assert_eq!((state.as_str(), data.is_null()), ("deleted", true));

    let db = &server.state.store.db;
    let row = Entity::find_by_id(OrganizationId(id.parse().unwrap()))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.status, row.slug.as_str()),
        (Status::Deleted, slug.as_str())
    );
    let left = format!("{row:?}");
    let log = change::Entity::find()
        .filter(change::Column::Id.eq(row.id.0))
        .all(db)
        .await
        .unwrap();
    assert_eq!(log.len(), 3, "that something happened stays in the log");
    let log = format!("{log:?}");
    for erased in [
        "Harina",
        "Compa",
        "hola@",
        "958",
        "Granada",
        "Secret",
        "F-1234567",
        "debian",
        "37.16",
        "1998",
    ] {
        assert!(
            !left.contains(erased) && !log.contains(erased),
            "{erased}: {left} {log}"
        );
    }
}

async fn what_was_never_public_leaves_no_trace_in_public(server: Server) {
    let owner = server.token(Role::Member).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner),
            &organization("Never Was"),
        )
        .await;
    let id = posted.id();
    assert_eq!(
        server
            .delete(&path(&id), &owner, posted.etag())
            .await
            .status,
        204
    );
    server.get(&path(&id)).await.problem(404);
    server.get_as(&path(&id), &owner).await.problem(410);
    assert_eq!(in_feed(&server, &id).await, None);
}
