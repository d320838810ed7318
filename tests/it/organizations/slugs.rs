use super::path;
use crate::harness::{Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    a_taken_slug_gets_a_number,
    a_slug_outlives_renaming_and_deletion,
    every_script_has_slugs,
    a_slug_is_never_an_id,
    fifty_at_once_get_fifty_slugs,
);

async fn slug_of(server: &Server, token: &str, name: &str) -> String {
    let created = server
        .post("/v1/organizations", Some(token), &organization(name))
        .await;
    assert_eq!(created.status, 201, "{name}: {}", created.text());
    created.json()["slug"].as_str().unwrap().to_owned()
}

async fn a_taken_slug_gets_a_number(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    assert_eq!(slug_of(&server, &moderator, "Blue Kiln").await, "blue-kiln");
    assert_eq!(
        slug_of(&server, &moderator, "Blue_Kiln!").await,
        "blue-kiln-2"
    );
    assert_eq!(
        slug_of(&server, &moderator, "blue kiln").await,
        "blue-kiln-3"
    );
    assert_eq!(
        slug_of(&server, &moderator, "Blue Kiln 2").await,
        "blue-kiln-2-2"
    );
    assert_eq!(slug_of(&server, &moderator, "Blue Kil").await, "blue-kil");
}

async fn a_slug_outlives_renaming_and_deletion(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let created = server
        .post(
            "/v1/organizations",
            Some(&moderator),
            &organization("Old Mill"),
        )
        .await;
    let renamed = server
        .patch(
            &path(&created.id()),
            &moderator,
            created.etag(),
            &json!({"name": "New Mill"}),
        )
        .await;
    assert_eq!(renamed.json()["slug"], "old-mill");
    assert_eq!(server.get(&path("old-mill")).await.text(), renamed.text());
    assert_eq!(server.get(&path("new-mill")).await.status, 404);
    assert_eq!(slug_of(&server, &moderator, "Old Mill").await, "old-mill-2");

    assert_eq!(
        server
            .delete(&path("old-mill"), &moderator, renamed.etag())
            .await
            .status,
        204
    );
    server.get(&path("old-mill")).await.problem(410);
    assert_eq!(slug_of(&server, &moderator, "Old Mill").await, "old-mill-3");
    server.get(&path("old-mill")).await.problem(410);
}

async fn every_script_has_slugs(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    for name in [
        "Cambá — Cooperativa de Trabajo",
        "コープこうべ",
        "Кооператив «Рассвет»",
        "تعاونية الزيتون",
        "קואופרטיב",
        "생활협동조합",
        "合作社",
        "สหกรณ์",
        "সমবায়",
        "Συνεταιρισμός",
        "Թ",
        "🌱",
        "!!!",
        "\u{e000}",
        "ǅ",
        "ﷺ",
        "e\u{301}\u{301}\u{301}",
        "-",
        "a",
        "İstanbul",
        "STRAẞE",
    ] {
        let slug = slug_of(&server, &moderator, name).await;
        assert!((1..=90).contains(&slug.len()), "{name}: {slug}");
        assert!(
            slug.split('-').all(|part| !part.is_empty()
                && part
                    .chars()
                    .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())),
            "{name}: {slug}"
        );
        assert_eq!(server.get(&path(&slug)).await.json()["name"], name);
    }
    let long = slug_of(&server, &moderator, &"協".repeat(200)).await;
    assert!(long.len() <= 80, "{long}");
    assert_eq!(server.get(&path(&long)).await.status, 200);
}

async fn a_slug_is_never_an_id(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let first = server
        .post(
            "/v1/organizations",
            Some(&moderator),
            &organization("First"),
        )
        .await;
    let id = first.id();
    for name in [
        id.clone(),
        id.replace('-', ""),
        id.to_uppercase(),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
    ] {
        let slug = slug_of(&server, &moderator, &name).await;
        assert_eq!(
            server.get(&path(&slug)).await.json()["name"],
            Value::String(name)
        );
        assert_eq!(server.get(&path(&id)).await.text(), first.text());
    }
}

async fn fifty_at_once_get_fifty_slugs(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let slugs = join_all((0..50).map(|_| slug_of(&server, &moderator, "Crowd"))).await;
    let expected: BTreeSet<_> = std::iter::once("crowd".to_owned())
        .chain((2..=50).map(|number| format!("crowd-{number}")))
        .collect();
    assert_eq!(slugs.into_iter().collect::<BTreeSet<_>>(), expected);
}
