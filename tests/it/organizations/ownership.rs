use super::path;
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(an_owner_edits_its_own_and_nobody_elses);

async fn an_owner_edits_its_own_and_nobody_elses(server: Server) {
    let owner = server.token(Role::Member).await;
    let other = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner),
            &organization("Own House"),
        )
        .await;
    let (id, patch) = (posted.id(), json!({"summary": "Ours."}));

    server
        .patch(&path(&id), &other, posted.etag(), &patch)
        .await
        .problem(404);
    server
        .delete(&path(&id), &other, posted.etag())
        .await
        .problem(404);
    let patched = server
        .patch(&path(&id), &owner, posted.etag(), &patch)
        .await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    assert_eq!(
        (&patched.json()["summary"], &patched.json()["version"]),
        (&json!("Ours."), &json!(2))
    );

    let published = server
        .patch(
            &path(&id),
            &moderator,
            patched.etag(),
            &json!({"status": "published"}),
        )
        .await;
    server
        .patch(&path(&id), &other, published.etag(), &patch)
        .await
        .problem(403);
    server
        .delete(&path(&id), &other, published.etag())
        .await
        .problem(403);
    assert_eq!(server.get(&path(&id)).await.text(), published.text());

    // Published stays published when its owner edits it.
    let again = server
        .patch(
            &path(&id),
            &owner,
            published.etag(),
            &json!({"summary": null}),
        )
        .await;
    assert_eq!(again.json()["status"], "published");
    assert_eq!(
        server.delete(&path(&id), &owner, again.etag()).await.status,
        204
    );
}
