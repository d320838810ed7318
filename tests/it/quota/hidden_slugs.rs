//! Slugs do not tell what is hidden.

use super::{decide, hand_in, path};
use crate::harness::{Answer, Role, Server, on_both_databases};
use crate::jobs::{coop, job, with};
use serde_json::json;

on_both_databases!(
    a_listing_that_waits_has_nobodys_slug,
    a_draft_has_nobodys_slug,
);

fn slug(answer: &Answer) -> String {
    answer.json()["slug"].as_str().unwrap().to_owned()
}

async fn a_listing_that_waits_has_nobodys_slug(server: Server) {
    let (ada, ben) = (
        server.token(Role::Member).await,
        server.token(Role::Member).await,
    );
    let moderator = server.token(Role::Moderator).await;
    let first = hand_in(&server, &ada, "Blue Kiln").await;
    let second = hand_in(&server, &ben, "Blue Kiln").await;
    for hidden in [&first, &second] {
        let slug = slug(hidden);
        assert!(slug.starts_with("blue-kiln-"), "{slug}");
        assert_eq!(slug.len(), "blue-kiln-".len() + 8, "{slug}");
    }
    assert_ne!(slug(&first), slug(&second));
    let own = server.get_as(&path(&slug(&first)), &ada).await;
    assert_eq!(own.id(), first.id());
    server.get(&path("blue-kiln")).await.problem(404);

    // Whatever waits, was declined or was removed, the public ones are numbered among themselves.
    decide(&server, &moderator, &first.id(), "reject").await;
    let public = hand_in(&server, &moderator, "Blue Kiln").await;
    assert_eq!(slug(&public), "blue-kiln");
    let published = decide(&server, &moderator, &second.id(), "publish").await;
    assert_eq!(slug(&published), "blue-kiln-2");
    let third = hand_in(&server, &ben, "Blue Kiln").await;
    let removed = server.delete(&path(&third.id()), &ben, third.etag()).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    let by_patch = server
        .patch(
            &path(&first.id()),
            &moderator,
            "*",
            &json!({"status": "published"}),
        )
        .await;
    assert_eq!(slug(&by_patch), "blue-kiln-3");

    // What was public once keeps its slug.
    decide(&server, &moderator, &second.id(), "archive").await;
    server.get(&path("blue-kiln-2")).await.problem(410);
    let again = decide(&server, &moderator, &second.id(), "publish").await;
    assert_eq!(slug(&again), "blue-kiln-2");
}

async fn a_draft_has_nobodys_slug(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let draft = with(job(&ada, "Baker"), &json!({"status": "draft"}));
    let draft = server.post("/v1/jobs", Some(&ada.token), &draft).await;
    assert_eq!(draft.status, 201, "{}", draft.text());
    assert!(slug(&draft).starts_with("baker-ada-bakery-"));
    let public = server
        .post("/v1/jobs", Some(&ada.token), &job(&ada, "Baker"))
        .await;
    assert_eq!(slug(&public), "baker-ada-bakery");
    let published = server
        .patch(
            &format!("/v1/jobs/{}?allow_duplicate=true", draft.id()),
            &ada.token,
            draft.etag(),
            &json!({"status": "published"}),
        )
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(slug(&published), "baker-ada-bakery-2");
    let shown = server.get("/v1/jobs/baker-ada-bakery-2").await;
    assert_eq!(shown.id(), draft.id());
}
