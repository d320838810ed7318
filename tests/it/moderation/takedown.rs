//! Contact data that is shown no more.

use super::pointers;
use crate::changes::support::caught_up;
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use crate::import::{counts, import, lines, summary};
use serde_json::{Value, json};

on_both_databases!(
    what_is_taken_down_stays_down,
    what_cannot_be_taken_down,
    an_answer_given_again_tells_nothing,
);

const NDJSON: [&str; 2] = ["--format", "ndjson"];

fn private() -> Value {
    json!({
        "name": "Cottage Weavers",
        "summary": "Cloth",
        "description": "Ask for Ada at the green door",
        "email": "ada@private.example",
        "phone": "+44 1706 000000",
        "links": [{"rel": "home", "url": "https://ada.example/"}],
        "address": {"street": "31 Toad Lane", "postal_code": "OL12 0NU", "locality": "Rochdale", "country": "GB"},
        "location": {"lat": 53.6187, "lon": -2.1561},
    })
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn what_is_taken_down_stays_down(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let path = "/v1/organizations/cottage-weavers";
    let old = json!({"name": "Cottage Weavers", "description": "Old Ada", "address": {"street": "1 Old Lane", "country": "GB"}});
    import(&server, &NDJSON, &[lines([(1, old)]).path()]);
    let source = lines([(1, private())]);
    assert_eq!(
        summary(&import(&server, &NDJSON, &[source.path()])),
        counts(0, 1, 0, 0)
    );
    let before = server.get(&format!("{path}/history")).await;
    for word in ["Old Ada", "1 Old Lane", "Toad Lane", "green door"] {
        assert!(before.text().contains(word), "{}", before.text());
    }

    let fields = [
        "address.street",
        "description",
        "email",
        "links",
        "location",
        "phone",
    ];
    let body = json!({"fields": fields, "note": "A private address"});
    let down = server
        .post(
            &format!("{path}/takedown?refresh=wait_for"),
            Some(&moderator),
            &body,
        )
        .await;
    assert_eq!(down.status, 200, "{}", down.text());
    for answer in [
        down,
        server.get(path).await,
        server.get(&format!("{path}/history")).await,
        server.get_as(&format!("{path}/history"), &moderator).await,
        server.get("/v1/organizations?q=weavers").await,
        server.get("/v1/feeds/organizations").await,
    ] {
        let text = answer.text();
        assert!(
            text.contains("Cottage Weavers") || text.contains("/summary"),
            "{text}"
        );
        for word in [
            "Ada",
            "ada",
            "Toad",
            "Old Lane",
            "1706",
            "53.6",
            "green door",
        ] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    let seen = server.get(path).await.json();
    assert_eq!(
        seen["address"],
        json!({"street": null, "locality": "Rochdale", "region": null, "postal_code": "OL12 0NU", "country": "GB"})
    );
    assert_eq!(seen["version"], 3);
    let history = server
        .get_as(&format!("{path}/history"), &moderator)
        .await
        .json();
    assert_eq!(history["items"][0]["note"], "A private address");
    assert_eq!(history["items"][0]["role"], "moderator");
    assert!(
        history["items"][1]["fields"]
            .as_array()
            .unwrap()
            .contains(&json!({"pointer": "/summary", "from": null, "to": "Cloth"}))
    );
    let held = server.get_as(&format!("{path}/takedown"), &moderator).await;
    assert_eq!(held.json()["fields"], json!(fields));

    // The source still has it: nothing is written, and what else it says is taken.
    assert_eq!(
        summary(&import(&server, &NDJSON, &[source.path()])),
        counts(0, 0, 1, 0)
    );
    let mut more = private();
    more["summary"] = json!("Cloth and yarn");
    let more = lines([(1, more)]);
    assert_eq!(
        summary(&import(&server, &NDJSON, &[more.path()])),
        counts(0, 1, 0, 0)
    );
    let seen = server.get(path).await;
    assert_eq!(seen.json()["summary"], "Cloth and yarn");
    assert_eq!(seen.json()["email"], Value::Null);
    assert_eq!(seen.json()["address"]["street"], Value::Null);
    assert!(!seen.text().contains("Ada"), "{}", seen.text());

    // What its editors write is theirs, and no import writes over it.
    let change = json!({"email": "hello@weavers.example"});
    let patched = server.patch(path, &moderator, seen.etag(), &change).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    assert_eq!(
        summary(&import(&server, &NDJSON, &[more.path()])),
        counts(0, 0, 1, 0)
    );
    assert_eq!(
        server.get(path).await.json()["email"],
        "hello@weavers.example"
    );

    let undone = server
        .delete(&format!("{path}/takedown"), &moderator, "")
        .await;
    assert_eq!(undone.status, 204, "{}", undone.text());
    assert_eq!(
        summary(&import(&server, &NDJSON, &[more.path()])),
        counts(0, 1, 0, 0)
    );
    caught_up(&server).await;
    let seen = server.get(path).await.json();
    assert_eq!(seen["email"], "ada@private.example");
    assert_eq!(seen["address"]["street"], "31 Toad Lane");
}

async fn what_cannot_be_taken_down(server: Server) {
    let member = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    server
        .post("/v1/organizations", Some(&moderator), &organization("Open"))
        .await;
    let path = "/v1/organizations/open/takedown";
    let email = json!({"fields": ["email"]});
    server.post(path, None, &email).await.problem(401);
    server.post(path, Some(&member), &email).await.problem(403);
    server.get_as(path, &member).await.problem(403);
    server.delete(path, &member, "").await.problem(403);
    server
        .post(
            "/v1/organizations/nobody/takedown",
            Some(&moderator),
            &email,
        )
        .await
        .problem(404);
    for (body, faults) in [
        (json!({}), json!(["/fields"])),
        (json!({"fields": []}), json!(["/fields"])),
        (json!({"fields": ["email", "name"]}), json!(["/fields/1"])),
        (json!({"fields": ["address"]}), json!(["/fields/0"])),
        (json!({"fields": [1]}), json!(["/fields/0"])),
        (json!({"fields": "email"}), json!(["/fields"])),
    ] {
        let refused = server.post(path, Some(&moderator), &body).await;
        assert_eq!(pointers(&refused), faults, "{body}");
    }
}

async fn an_answer_given_again_tells_nothing(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Repeated");
    body["email"] = json!("ada@private.example");
    let create = || {
        server
            .request("POST", "/v1/organizations")
            .bearer_auth(&moderator)
            .header("idempotency-key", "k")
            .json(&body)
    };
    let first = Answer::of(create()).await;
    assert_eq!(first.json()["email"], "ada@private.example");
    let path = format!("/v1/organizations/{}/takedown", first.id());
    server
        .post(&path, Some(&moderator), &json!({"fields": ["email"]}))
        .await;
    let again = Answer::of(create()).await;
    assert_eq!((again.status, again.id()), (201, first.id()));
    assert_eq!(again.json()["email"], Value::Null);
}
