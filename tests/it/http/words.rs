//! Members that are one word of a few.

use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(a_word_that_is_none_is_told_which_there_are);

async fn a_word_that_is_none_is_told_which_there_are(server: Server) {
    let admin = server.token(Role::Admin).await;
    let somebody = server.person(Role::Member).await;
    let listed = server
        .post("/v1/organizations", Some(&admin), &organization("Suma"))
        .await;
    let path = listed.header("location").to_owned();
    let report = json!({"reason": "closed"});
    let reported = server.post(&format!("{path}/reports"), None, &report).await;
    assert!(reported.status < 300, "{}", reported.text());
    let reports = server.get_as("/v1/moderation/reports", &admin).await.json();
    let report = reports["items"][0]["id"].as_str().unwrap().to_owned();
    for (path, body, member, words) in [
        (
            format!("{path}/members"),
            json!({"email": "x@example.coop", "role": "editr"}),
            "role",
            "owner, editor; did you mean \"editor\"?",
        ),
        (
            format!("{path}/claims"),
            json!({"method": "dns"}),
            "method",
            "well_known, dns_txt, email",
        ),
        (
            format!("{path}/attestations"),
            json!({"kind": "vouch", "issuer": "x"}),
            "kind",
            "membership, registration, peer_vouch, document",
        ),
        (
            "/v1/organizations".to_owned(),
            json!({"name": "x", "organization_type": "other", "status": "publishd"}),
            "status",
            "pending, published, rejected, archived; did you mean \"published\"?",
        ),
        (
            format!("/v1/moderation/users/{}/role", somebody.id),
            json!({"role": "owner"}),
            "role",
            "member, moderator, admin",
        ),
        (
            format!("/v1/moderation/reports/{report}/close"),
            json!({"outcome": "done"}),
            "outcome",
            "dismissed, acted",
        ),
    ] {
        let faults = async |value: Value| {
            let mut body = body.clone();
            body[member] = value;
            let refused = server.post(&path, Some(&admin), &body).await;
            refused.problem(400)["errors"].clone()
        };
        let fault = |detail: &str| json!([{"pointer": format!("/{member}"), "detail": detail}]);
        let detail = format!("must be one of {words}");
        assert_eq!(faults(body[member].clone()).await, fault(&detail), "{path}");
        // Serde would take the first of these.
        for other in [json!({words: null}), json!(1), json!(["owner"])] {
            assert_eq!(faults(other).await, fault("must be a string"), "{path}");
        }
        if member != "status" {
            assert_eq!(faults(Value::Null).await, fault("is required"), "{path}");
        }
    }
}
