//! Publishing, rejecting and archiving.

use super::{decide, pointers};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    from_the_queue_to_the_public,
    what_an_owner_may_do,
    decisions_that_cannot_be,
);

#[expect(clippy::too_many_lines, reason = "one story")]
async fn from_the_queue_to_the_public(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.person(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner.token),
            &organization("Slow Loom"),
        )
        .await;
    let id = posted.id();
    let path = format!("/v1/organizations/{id}");

    let note = json!({"note": "Who are your members?\nWrite to us."});
    let rejected = decide(&server, &moderator.token, &id, "reject", &note).await;
    assert_eq!(rejected.status, 200, "{}", rejected.text());
    assert_eq!(rejected.json()["status"], "rejected");
    assert_eq!(rejected.json()["version"], 2);
    let seen = server.get_as(&path, &owner.token).await;
    assert_eq!(
        (seen.etag(), seen.text()),
        (rejected.etag(), rejected.text())
    );
    server.get(&path).await.problem(404);
    let mail = server.mail_to(&owner.email).await;
    assert_eq!(mail.subject, "Your listing of Slow Loom was declined");
    assert!(mail.body.contains("Who are your members?"), "{}", mail.body);
    let again = format!(
        "PATCH {}{path}\n{{\"status\": \"pending\"}}\n",
        server.state.public_url
    );
    assert!(mail.body.contains(&again), "{}", mail.body);
    let listed = server
        .get_as("/v1/organizations?status=rejected", &moderator.token)
        .await
        .json();
    assert_eq!(listed["items"], json!([rejected.json()]));

    // Handed in again, with the whole record as it was read.
    let mut again = seen.json();
    again["summary"] = json!("Three weavers");
    again["status"] = json!("pending");
    for set_by_the_server in ["updated_at", "version"] {
        again.as_object_mut().unwrap().remove(set_by_the_server);
    }
    let again = server.patch(&path, &owner.token, seen.etag(), &again).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["status"], "pending");

    let published = decide(
        &server,
        &moderator.token,
        again.json()["slug"].as_str().unwrap(),
        "publish",
        &json!({}),
    )
    .await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(published.header("toadlane-searchable"), "");
    let mail = server.mail_to(&owner.email).await;
    assert_eq!(mail.subject, "Your listing of Slow Loom was published");
    assert!(!mail.body.contains("They write"), "{}", mail.body);
    assert!(!mail.body.contains("PATCH"), "{}", mail.body);
    assert_eq!(
        server.get("/v1/organizations?q=loom").await.json()["total"],
        1
    );
    let public = server.get(&path).await;
    assert_eq!(public.text(), published.text());

    let archived = decide(
        &server,
        &moderator.token,
        &id,
        "archive",
        &json!({"note": " "}),
    )
    .await;
    assert_eq!(archived.json()["status"], "archived");
    assert_eq!(
        server.get("/v1/organizations?q=loom").await.json()["total"],
        0
    );
    server.get(&path).await.problem(410);
    decide(
        &server,
        &moderator.token,
        &id,
        "publish",
        &json!({"note": "Back"}),
    )
    .await;

    let history = format!("{path}/history");
    let public = server.get(&history).await;
    let told: Vec<_> = public.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!([item["action"], item["role"], item["actor"], item["note"]]))
        .collect();
    let expected = [
        ("published", "moderator"),
        ("archived", "moderator"),
        ("published", "moderator"),
        ("updated", "owner"),
        ("rejected", "moderator"),
        ("created", "owner"),
    ];
    let expected = expected.map(|(action, role)| json!([action, role, null, null]));
    assert_eq!(told, expected);
    for token in [&owner.token, &moderator.token] {
        let known = server.get_as(&history, token).await.json();
        assert_eq!(known["items"][0]["note"], "Back");
        assert_eq!(known["items"][1]["note"], json!(null));
        assert_eq!(known["items"][4]["note"], note["note"]);
        assert_eq!(known["items"][4]["actor"], json!(moderator.id));
        assert_eq!(
            known["items"][4]["fields"],
            json!([{"pointer": "/status", "from": "pending", "to": "rejected"}])
        );
    }
    let stranger = server.token(Role::Member).await;
    let strange = server.get_as(&history, &stranger).await;
    assert!(!strange.text().contains("members?"), "{}", strange.text());
}

async fn what_an_owner_may_do(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner.token),
            &organization("Own Way"),
        )
        .await;
    let path = format!("/v1/organizations/{}", posted.id());
    let set = async |status: &str| {
        let change = json!({"status": status});
        server.patch(&path, &owner.token, "*", &change).await
    };
    set("published").await.problem(403);
    set("archived").await.problem(403);
    assert_eq!(pointers(&set("rejected").await), json!(["/status"]));
    assert_eq!(pointers(&set("merged").await), json!(["/status"]));
    decide(&server, &moderator, &posted.id(), "publish", &json!({})).await;
    set("pending").await.problem(403);
    assert_eq!(set("archived").await.json()["status"], "archived");
    server.get(&path).await.problem(410);
    set("published").await.problem(403);
    assert_eq!(set("pending").await.json()["status"], "pending");
    decide(&server, &moderator, &posted.id(), "reject", &json!({})).await;
    server.get(&path).await.problem(410);
    let mine = server.get_as("/v1/me/organizations", &owner.token).await;
    assert_eq!(mine.json()["items"][0]["status"], "rejected");
    // Whatever else is changed, it stays rejected.
    let change = json!({"summary": "Changed"});
    let changed = server.patch(&path, &owner.token, "*", &change).await;
    assert_eq!(changed.json()["status"], "rejected", "{}", changed.text());
    let refused = server
        .patch(&path, &moderator, "*", &json!({"status": "merged"}))
        .await;
    assert_eq!(pointers(&refused), json!(["/status"]));
}

async fn decisions_that_cannot_be(server: Server) {
    let member = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let admin = server.token(Role::Admin).await;
    let posted = server
        .post("/v1/organizations", Some(&member), &organization("Still"))
        .await;
    let id = posted.id();
    for what in ["publish", "reject", "archive"] {
        let path = format!("/v1/organizations/{id}/{what}");
        server.post(&path, None, &json!({})).await.problem(401);
        server
            .post(&path, Some(&member), &json!({}))
            .await
            .problem(403);
        let nobody = decide(&server, &moderator, "nobody", what, &json!({})).await;
        nobody.problem(404);
        for body in [
            json!({"note": "x".repeat(2001)}),
            json!({"note": "\u{7}"}),
            json!({"note": 1}),
        ] {
            let refused = decide(&server, &moderator, &id, what, &body).await;
            assert_eq!(pointers(&refused), json!(["/note"]), "{body}");
        }
    }
    for (what, refused) in [
        ("reject", &["reject", "archive"] as &[&str]),
        ("publish", &["publish", "reject"]),
        ("archive", &["archive", "reject"]),
    ] {
        let done = decide(&server, &admin, &id, what, &json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let status = done.json()["status"].as_str().unwrap().to_owned();
        for what in refused {
            let clash = decide(&server, &moderator, &id, what, &json!({})).await;
            let problem = clash.problem(409);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(&status), "{detail}");
        }
    }
    let path = format!("/v1/organizations/{id}");
    assert_eq!(server.delete(&path, &member, "*").await.status, 204);
    decide(&server, &moderator, &id, "publish", &json!({}))
        .await
        .problem(410);
}
