use super::{found_by_the_public, in_feed, path, pointers};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    what_a_member_posts_is_hidden_until_published,
    archiving_takes_it_from_the_public_and_publishing_gives_it_back,
    only_moderators_set_the_status,
);

async fn what_a_member_posts_is_hidden_until_published(server: Server) {
    let owner = server.token(Role::Member).await;
    let other = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&owner),
            &organization("Quiet Loom"),
        )
        .await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    assert_eq!(posted.header("toadlane-searchable"), "");
    assert_eq!(posted.json()["status"], "pending");
    let id = posted.id();

    for name in [
        path(&id),
        path(posted.json()["slug"].as_str().unwrap()),
        format!("{}/history", path(&id)),
    ] {
        assert_eq!(
            server.get(&name).await.problem(404)["type"],
            "/problems/not-found"
        );
        server.get_as(&name, &other).await.problem(404);
        assert_eq!(server.get_as(&name, &owner).await.status, 200);
        assert_eq!(server.get_as(&name, &moderator).await.status, 200);
    }
    assert_eq!(
        server.get_as(&path(&id), &owner).await.text(),
        posted.text()
    );
    assert_eq!(found_by_the_public(&server, "loom").await, [0, 0, 0, 0]);
    let own_list = server.get_as("/v1/organizations?q=loom", &owner).await;
    assert_eq!(
        own_list.json()["total"],
        0,
        "lists hold the public set only, for everyone"
    );
    assert_eq!(in_feed(&server, &id).await, None);

    let published = server
        .patch(
            &format!("{}?refresh=wait_for", path(&id)),
            &moderator,
            posted.etag(),
            &json!({"status": "published"}),
        )
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(published.json()["status"], "published");
    assert_eq!(published.json()["slug"], "quiet-loom");
    assert_eq!(found_by_the_public(&server, "loom").await, [1, 1, 1, 1]);
    assert_eq!(server.get(&path(&id)).await.text(), published.text());
    assert_eq!(
        in_feed(&server, &id).await,
        Some(("updated".to_owned(), published.json()))
    );
}

async fn archiving_takes_it_from_the_public_and_publishing_gives_it_back(server: Server) {
    let owner = server.token(Role::Member).await;
    let other = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner),
            &organization("Amber Barge"),
        )
        .await;
    let id = posted.id();
    let write = format!("{}?refresh=wait_for", path(&id));
    let mut etag = posted.etag().to_owned();
    for (status, public, state) in [
        ("published", 200, "updated"),
        ("archived", 410, "deleted"),
        ("published", 200, "updated"),
        ("pending", 410, "deleted"),
        ("published", 200, "updated"),
    ] {
        let changed = server
            .patch(&write, &moderator, &etag, &json!({"status": status}))
            .await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        changed.etag().clone_into(&mut etag);
        for path in [
            path(&id),
            path("amber-barge"),
            format!("{}/history", path(&id)),
        ] {
            assert_eq!(server.get(&path).await.status, public, "{status}");
            assert_eq!(
                server.get_as(&path, &other).await.status,
                public,
                "{status}"
            );
            assert_eq!(server.get_as(&path, &owner).await.status, 200, "{status}");
        }
        let found = u64::from(public == 200);
        assert_eq!(
            found_by_the_public(&server, "barge").await,
            [found; 4],
            "{status}"
        );
        let (in_feed, data) = in_feed(&server, &id).await.unwrap();
        assert_eq!(in_feed, state, "{status}");
        assert_eq!(data.is_null(), public == 410, "{status}");
    }
    let gone = server
        .patch(&write, &moderator, &etag, &json!({"status": "archived"}))
        .await;
    assert_eq!(gone.status, 200);
    assert_eq!(
        server.get(&path(&id)).await.problem(410)["type"],
        "/problems/gone"
    );
}

async fn only_moderators_set_the_status(server: Server) {
    let owner = server.token(Role::Member).await;
    let admin = server.token(Role::Admin).await;
    for status in ["published", "archived"] {
        let mut body = organization("Hasty");
        body["status"] = json!(status);
        let refused = server.post("/v1/organizations", Some(&owner), &body).await;
        assert_eq!(pointers(&refused), ["/status"]);
    }
    let mut body = organization("Patient");
    body["status"] = json!("pending");
    let posted = server.post("/v1/organizations", Some(&owner), &body).await;
    assert_eq!(posted.json()["status"], "pending");
    let patch = json!({"status": "published", "name": "Impatient"});
    server
        .patch(&path(&posted.id()), &owner, posted.etag(), &patch)
        .await
        .problem(403);
    assert_eq!(
        server.get_as(&path(&posted.id()), &owner).await.text(),
        posted.text()
    );

    let waiting = server.post("/v1/organizations", Some(&admin), &body).await;
    assert_eq!(
        waiting.json()["status"],
        "pending",
        "a moderator may let it wait"
    );
    let at_once = server
        .post("/v1/organizations", Some(&admin), &organization("At once"))
        .await;
    assert_eq!(at_once.json()["status"], "published");
}
