use super::{bakery, ids, listed, pairs, path};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    what_was_told_apart_is_not_proposed_again,
    pairs_come_in_pages
);

async fn what_was_told_apart_is_not_proposed_again(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    let one = listed(&server, &moderator, &bakery("Calder Bakery"))
        .await
        .id();
    let two = listed(&server, &moderator, &bakery("Calder Bakery Ltd"))
        .await
        .id();
    assert_eq!(
        pairs(&server, &moderator, 20).await,
        [[one.clone(), two.clone()]]
    );
    server
        .get_as("/v1/moderation/duplicates", &member)
        .await
        .problem(403);

    let apart = format!("{}/not-duplicates", path(&two));
    server
        .post(&apart, Some(&member), &json!({"other": one}))
        .await
        .problem(403);
    server
        .post(&apart, Some(&moderator), &json!({"other": two}))
        .await
        .problem(400);
    server
        .post(&apart, Some(&moderator), &json!({"other": "nobody"}))
        .await
        .problem(400);
    server
        .post(&apart, Some(&moderator), &json!({}))
        .await
        .problem(400);
    for _ in 0..2 {
        let noted = server
            .post(&apart, Some(&moderator), &json!({"other": "calder-bakery"}))
            .await;
        assert_eq!((noted.status, noted.text().as_str()), (204, ""));
    }
    assert!(pairs(&server, &moderator, 20).await.is_empty());
    for (id, other) in [(&one, &two), (&two, &one)] {
        let list = server
            .get_as(&format!("{}/duplicates", path(id)), &moderator)
            .await;
        assert_eq!(ids(&list.json()["items"]), [""; 0], "{other}");
    }
    // A draft is neither of the two.
    let third = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    assert_eq!(ids(&third.json()["possible_duplicates"]).len(), 2);

    // Told from the one is told from what the one is merged into.
    let merge = format!("{}/merge", path(&two));
    let merged = server
        .post(&merge, Some(&moderator), &json!({"into": third.id()}))
        .await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    assert!(pairs(&server, &moderator, 20).await.is_empty());
    let undo = format!("{}/not-duplicates/{one}", path(&third.id()));
    for _ in 0..2 {
        assert_eq!(server.delete(&undo, &moderator, "*").await.status, 204);
    }
    assert_eq!(pairs(&server, &moderator, 20).await, [[one, third.id()]]);
}

async fn pairs_come_in_pages(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let name = |number: usize| json!({"name": format!("Mill {}", number / 3)});
    let file = crate::import::lines((0..240).map(|number| (number, name(number))));
    crate::import::import(&server, &["--format", "ndjson"], &[file.path()]);
    listed(&server, &moderator, &organization("York Brewery")).await;
    // Three of each name make three pairs.
    let whole = pairs(&server, &moderator, 100).await;
    assert_eq!(whole.len(), 240);
    assert!(whole.is_sorted());
    assert_eq!(pairs(&server, &moderator, 7).await, whole);
}
