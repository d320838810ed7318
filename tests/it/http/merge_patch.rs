use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    a_patch_merges_as_rfc_7396_says,
    a_patch_that_is_no_object_is_refused
);

/// The cases of RFC 7396 appendix A that have a counterpart among our fields: what is there, the
/// patch, and what is there afterwards.
fn cases() -> Vec<(Value, Value, Value)> {
    let link = |rel: &str| json!({"rel": rel, "url": "https://x.example/"});
    let address = |street: Value, locality: Value| json!({"street": street, "locality": locality, "region": null, "postal_code": null, "country": null});
    vec![
        // {"a":"b"} {"a":"c"}
        (
            json!({"summary": "b"}),
            json!({"summary": "c"}),
            json!({"summary": "c"}),
        ),
        // {"a":"b"} {"b":"c"}
        (
            json!({"summary": "b"}),
            json!({"phone": "c"}),
            json!({"summary": "b", "phone": "c"}),
        ),
        // {"a":"b"} {"a":null}
        (
            json!({"summary": "b"}),
            json!({"summary": null}),
            json!({"summary": null}),
        ),
        // {"a":"b","b":"c"} {"a":null}
        (
            json!({"summary": "b", "phone": "c"}),
            json!({"summary": null}),
            json!({"summary": null, "phone": "c"}),
        ),
        // {"a":["b"]} {"a":"c"}: another type is refused here, so a list for nothing.
        (
            json!({"tags": ["b"]}),
            json!({"tags": null}),
            json!({"tags": []}),
        ),
        // {"a":{"b":"c"}} {"a":{"b":"d","c":null}}
        (
            json!({"address": {"street": "c", "locality": "e"}}),
            json!({"address": {"street": "d", "locality": null}}),
            json!({"address": address(json!("d"), Value::Null)}),
        ),
        // {"a":[{"b":"c"}]} {"a":[1]}: lists are replaced whole.
        (
            json!({"links": [link("b"), link("c")]}),
            json!({"links": [link("d")]}),
            json!({"links": [link("d")]}),
        ),
        // ["a","b"] ["c","d"]
        (
            json!({"tags": ["a", "b"]}),
            json!({"tags": ["c", "d"]}),
            json!({"tags": ["c", "d"]}),
        ),
        // {"e":null} {"a":1}
        (
            json!({"members_count": null}),
            json!({"employees_count": 1}),
            json!({"members_count": null, "employees_count": 1}),
        ),
        // {} {"a":{"bb":{"ccc":null}}}
        (
            json!({"address": null}),
            json!({"address": {"street": null}}),
            json!({"address": null}),
        ),
        (
            json!({"address": null}),
            json!({"address": {"street": "a"}}),
            json!({"address": address(json!("a"), Value::Null)}),
        ),
        (
            json!({"location": {"lat": 1.5, "lon": 2.5}}),
            json!({"location": {"lon": 3.5}}),
            json!({"location": {"lat": 1.5, "lon": 3.5}}),
        ),
        (json!({"summary": "b"}), json!({}), json!({"summary": "b"})),
    ]
}

async fn a_patch_merges_as_rfc_7396_says(server: Server) {
    let token = server.token(Role::Moderator).await;
    for (before, patch, after) in cases() {
        let mut body = organization("Patched");
        body.as_object_mut()
            .unwrap()
            .extend(before.as_object().unwrap().clone());
        let created = server.post("/v1/organizations", Some(&token), &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let path = created.header("location").to_owned();
        let patched = server.patch(&path, &token, created.etag(), &patch).await;
        assert_eq!(patched.status, 200, "{patch}: {}", patched.text());
        let mut expected = created.json();
        // Said of a record only when it is made.
        expected
            .as_object_mut()
            .unwrap()
            .remove("possible_duplicates");
        expected
            .as_object_mut()
            .unwrap()
            .extend(after.as_object().unwrap().clone());
        let mut got = patched.json();
        let changed = patched.etag() != created.etag();
        assert_eq!(got["version"], if changed { 2 } else { 1 }, "{patch}");
        for moved in ["version", "updated_at"] {
            expected[moved] = Value::Null;
            got[moved] = Value::Null;
        }
        assert_eq!(got, expected, "{patch}");
        assert_eq!(server.get(&path).await.text(), patched.text());
    }
}

async fn a_patch_that_is_no_object_is_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = server
        .post("/v1/organizations", Some(&token), &organization("Patched"))
        .await;
    for patch in [
        json!(["c"]),
        json!("bar"),
        json!(null),
        json!(1),
        json!(true),
    ] {
        let refused = server
            .patch(created.header("location"), &token, created.etag(), &patch)
            .await;
        assert_eq!(
            refused.problem(400)["type"],
            "/problems/malformed",
            "{patch}"
        );
    }
    assert_eq!(
        server.get(created.header("location")).await.text(),
        created.text()
    );
}
