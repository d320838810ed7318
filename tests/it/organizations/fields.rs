use super::{every_field, in_feed, path};
use crate::harness::{Role, Server, on_both_databases};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    every_field_reads_the_same_everywhere,
    what_is_left_out_is_empty,
    a_view_sent_back_changes_nothing,
    zero_has_no_sign,
);

async fn every_field_reads_the_same_everywhere(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let sent = every_field();
    let created = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &sent,
        )
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let view = created.json();
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(view[name], *value, "{name}");
    }
    let members: BTreeSet<_> = view.as_object().unwrap().keys().cloned().collect();
    let mut expected: BTreeSet<_> = sent.as_object().unwrap().keys().cloned().collect();
    for server_set in [
        "id",
        "slug",
        "verification",
        "source",
        "created_at",
        "updated_at",
        "version",
    ] {
        expected.insert(server_set.to_owned());
    }
    assert_eq!(members, expected);
    assert_eq!(
        view["verification"],
        json!({"level": "none", "attestations": []})
    );
    assert_eq!(
        (&view["source"], &view["version"]),
        (&Value::Null, &json!(1))
    );

    // The text of the answers, so that -0, 1.0 and the form of times count.
    assert_eq!(
        server.get(&path(&created.id())).await.text(),
        created.text()
    );
    let slug = view["slug"].as_str().unwrap();
    assert_eq!(server.get(&path(slug)).await.text(), created.text());
    let list = server.get("/v1/organizations").await;
    assert!(list.text().contains(&created.text()), "{}", list.text());
    let searched = server
        .get("/v1/organizations?q=molinos&country=ES&tag=harina")
        .await;
    assert!(
        searched.text().contains(&created.text()),
        "{}",
        searched.text()
    );
    let feed = server.get("/v1/feeds/organizations").await;
    assert!(feed.text().contains(&created.text()), "{}", feed.text());
    assert_eq!(
        in_feed(&server, &created.id()).await.unwrap(),
        ("updated".to_owned(), view)
    );
}

async fn what_is_left_out_is_empty(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let least = json!({"name": "Least", "organization_type": "other"});
    let absent = server
        .post("/v1/organizations", Some(&moderator), &least)
        .await
        .json();
    for list in [
        "sectors",
        "tags",
        "technologies",
        "languages",
        "links",
        "identifiers",
        "networks",
    ] {
        assert_eq!(absent[list], json!([]), "{list}");
    }
    for nothing in [
        "legal_name",
        "summary",
        "description",
        "website",
        "email",
        "phone",
        "founded_on",
        "dissolved_on",
        "members_count",
        "employees_count",
        "logo_url",
        "legal_form",
        "address",
        "location",
        "source",
    ] {
        assert_eq!(absent[nothing], Value::Null, "{nothing}");
    }
    let mut nulls = every_field();
    for (name, value) in nulls.as_object_mut().unwrap() {
        if name != "name" && name != "organization_type" {
            *value = Value::Null;
        }
    }
    let null = server
        .post("/v1/organizations", Some(&moderator), &nulls)
        .await;
    assert_eq!(null.status, 201, "{}", null.text());
    for (name, value) in absent.as_object().unwrap() {
        if ![
            "id",
            "slug",
            "name",
            "organization_type",
            "created_at",
            "updated_at",
        ]
        .contains(&name.as_str())
        {
            assert_eq!(null.json()[name], *value, "{name}");
        }
    }
    // An address without parts is none.
    let empty = json!({"name": "Empty", "organization_type": "other", "address": {"street": null}});
    let empty = server
        .post("/v1/organizations", Some(&moderator), &empty)
        .await;
    assert_eq!(empty.json()["address"], Value::Null);
}

async fn a_view_sent_back_changes_nothing(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let created = server
        .post("/v1/organizations", Some(&moderator), &every_field())
        .await;
    let again = server
        .patch(
            &path(&created.id()),
            &moderator,
            created.etag(),
            &created.json(),
        )
        .await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.text(), created.text());
    assert_eq!(again.etag(), created.etag());
}

async fn zero_has_no_sign(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let request = server
        .request("POST", "/v1/organizations")
        .bearer_auth(&moderator)
        .header("content-type", "application/json")
        .body(r#"{"name": "Null Island", "organization_type": "other", "location": {"lat": -0.0, "lon": -0}}"#);
    let created = crate::harness::Answer::of(request).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert!(
        created
            .text()
            .contains(r#""location":{"lat":0.0,"lon":0.0}"#),
        "{}",
        created.text()
    );
    assert_eq!(
        server.get(&path(&created.id())).await.text(),
        created.text()
    );
}
