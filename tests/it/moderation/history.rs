//! What is done about a record without changing it stands in its history, for those who handle it.

use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    members_come_and_go_in_the_history,
    moderators_deeds_are_in_the_history,
    owners_are_told_what_moderators_do,
);

/// The history of a record as somebody sees it: action, role, account and fields, oldest first.
async fn history(server: &Server, path: &str, token: Option<&str>) -> Vec<Value> {
    let path = format!("{path}/history?limit=100");
    let page = match token {
        Some(token) => server.get_as(&path, token).await,
        None => server.get(&path).await,
    };
    assert_eq!(page.status, 200, "{}", page.text());
    let items = page.json()["items"].as_array().unwrap().clone();
    let told = |item: &Value| json!([item["action"], item["role"], item["actor"], item["fields"]]);
    items.iter().rev().map(told).collect()
}

async fn send(server: &Server, method: &str, path: &str, token: &str) -> Answer {
    Answer::of(server.request(method, path).bearer_auth(token)).await
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn members_come_and_go_in_the_history(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post(
            "/v1/organizations",
            Some(&owner.token),
            &organization("Suma"),
        )
        .await;
    let path = posted.header("location").to_owned();
    let publish = format!("{path}/publish?refresh=wait_for");
    server.post(&publish, Some(&moderator), &json!({})).await;
    let before = server.get(&path).await;
    let shown = history(&server, &path, None).await;
    let feed = server.get("/v1/feeds/organizations").await.json();

    let friend = server.person(Role::Member).await;
    let invite = json!({"email": friend.email, "role": "editor"});
    let at = format!("{path}/members");
    let invited = server.post(&at, Some(&owner.token), &invite).await;
    let invitation = invited.id();
    let role = json!({"role": "owner"});
    let to = format!("{at}/{invitation}");
    server.patch(&to, &owner.token, "\"x\"", &role).await;
    server.patch(&to, &owner.token, "\"x\"", &role).await;
    let mail = server.mail_to(&friend.email).await;
    let token = json!({"token": mail.token()});
    let accepted = server
        .post("/v1/invitations/accept", Some(&friend.token), &token)
        .await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    let member = format!("{at}/{}", friend.id);
    let role = json!({"role": "editor"});
    let changed = server.patch(&member, &owner.token, "\"x\"", &role).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let seen = history(&server, &path, Some(&friend.token)).await;
    assert!(seen.iter().all(|entry| entry[0] != "managed"), "{seen:?}");
    send(&server, "DELETE", &member, &friend.token).await;
    let again = server.post(&at, Some(&owner.token), &invite).await;
    let renewed = server.post(&at, Some(&owner.token), &invite).await;
    let withdrawn = format!("{at}/{}", renewed.id());
    send(&server, "DELETE", &withdrawn, &owner.token).await;

    let field = |kind: &str, id: &str, from: Value, to: Value| json!({"pointer": format!("/{kind}/{id}"), "from": from, "to": to});
    let null = Value::Null;
    let (me, them) = (owner.id.to_string(), friend.id.to_string());
    let expected = [
        json!([
            "managed",
            "owner",
            me,
            [field(
                "invitations",
                &invitation,
                null.clone(),
                json!("editor")
            )]
        ]),
        json!([
            "managed",
            "owner",
            me,
            [field(
                "invitations",
                &invitation,
                json!("editor"),
                json!("owner")
            )]
        ]),
        json!([
            "managed",
            "owner",
            them,
            [
                field("members", &them, null.clone(), json!("owner")),
                field("invitations", &invitation, json!("owner"), null.clone()),
            ]
        ]),
        json!([
            "managed",
            "owner",
            me,
            [field("members", &them, json!("owner"), json!("editor"))]
        ]),
        json!([
            "managed",
            "editor",
            them,
            [field("members", &them, json!("editor"), null.clone())]
        ]),
        json!([
            "managed",
            "owner",
            me,
            [field(
                "invitations",
                &again.id(),
                null.clone(),
                json!("editor")
            )]
        ]),
        json!([
            "managed",
            "owner",
            me,
            [
                field("invitations", &again.id(), json!("editor"), null.clone()),
                field("invitations", &renewed.id(), null.clone(), json!("editor")),
            ]
        ]),
        json!([
            "managed",
            "owner",
            me,
            [field("invitations", &renewed.id(), json!("editor"), null)]
        ]),
    ];
    let told = history(&server, &path, Some(&owner.token)).await;
    assert_eq!(told[2..], expected);
    let text = format!("{told:?}");
    assert!(!text.contains(&friend.email), "{text}");

    // For everybody else nothing happened.
    let after = server.get(&path).await;
    assert_eq!((after.etag(), after.text()), (before.etag(), before.text()));
    assert_eq!(history(&server, &path, None).await, shown);
    assert_eq!(server.get("/v1/feeds/organizations").await.json(), feed);
    // Who erases their account leaves, too.
    while server.has_mail_to(&friend.email).await {
        server.mail_to(&friend.email).await;
    }
    server.post(&at, Some(&owner.token), &invite).await;
    let token = json!({"token": server.mail_to(&friend.email).await.token()});
    let accept = "/v1/invitations/accept";
    server.post(accept, Some(&friend.token), &token).await;
    server.erase(&friend.token).await;
    let told = history(&server, &path, Some(&owner.token)).await;
    let left = json!([
        "managed",
        "editor",
        null,
        [field("members", &them, json!("editor"), Value::Null)]
    ]);
    assert_eq!(told.last().unwrap(), &left);

    let edit = json!({"summary": "Wholefoods"});
    let edited = server
        .patch(&path, &owner.token, before.etag(), &edit)
        .await;
    assert_eq!(edited.status, 200, "{}", edited.text());
}

async fn moderators_deeds_are_in_the_history(server: Server) {
    let moderator = server.person(Role::Moderator).await;
    let token = &moderator.token;
    let mut paths = Vec::new();
    for name in ["Suma", "Suma Wholefoods"] {
        let posted = server
            .post("/v1/organizations", Some(token), &organization(name))
            .await;
        paths.push((posted.header("location").to_owned(), posted.id()));
    }
    let (path, id) = paths.remove(0);
    let (other_path, other) = paths.remove(0);

    let down = json!({"fields": ["phone"]});
    server
        .post(&format!("{path}/takedown"), Some(token), &down)
        .await;
    let begun = history(&server, &path, Some(token)).await.len();
    for _ in 0..2 {
        let undone = send(&server, "DELETE", &format!("{path}/takedown"), token).await;
        assert_eq!(undone.status, 204, "{}", undone.text());
    }
    let apart = json!({"other": other});
    let decisions = format!("{path}/not-duplicates");
    for _ in 0..2 {
        let told = server.post(&decisions, Some(token), &apart).await;
        assert_eq!(told.status, 204, "{}", told.text());
    }
    for _ in 0..2 {
        let back = send(&server, "DELETE", &format!("{decisions}/{other}"), token).await;
        assert_eq!(back.status, 204, "{}", back.text());
    }
    let report = json!({"reason": "closed", "detail": "Shut."});
    server.post(&format!("{path}/reports"), None, &report).await;
    let reports = server.get_as("/v1/moderation/reports", token).await.json();
    let report = reports["items"][0]["id"].as_str().unwrap().to_owned();
    let closing = json!({"outcome": "dismissed"});
    let closed = server
        .post(
            &format!("/v1/moderation/reports/{report}/close"),
            Some(token),
            &closing,
        )
        .await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    let attestation =
        json!({"kind": "document", "issuer": "Registrar", "valid_from": "2020-01-01T00:00:00Z"});
    let attested = server
        .post(&format!("{path}/attestations"), Some(token), &attestation)
        .await;
    assert_eq!(attested.status, 201, "{}", attested.text());
    let revoked = send(&server, "DELETE", attested.header("location"), token).await;
    assert_eq!(revoked.status, 204, "{}", revoked.text());

    let deed = |name: String, from: Value, to: Value| json!(["managed", "moderator", moderator.id.to_string(), [{"pointer": name, "from": from, "to": to}]]);
    let null = Value::Null;
    let said = json!({"kind": "document", "issuer": "Registrar"});
    let attestation = format!("/attestations/{}", attested.id());
    let told = history(&server, &path, Some(token)).await;
    let told: Vec<_> = told[begun..]
        .iter()
        .filter(|entry| entry[0] == "managed")
        .cloned()
        .collect();
    assert_eq!(
        told,
        [
            deed("/withheld".to_owned(), json!(["phone"]), json!([])),
            deed(
                format!("/not_duplicates/{other}"),
                json!(false),
                json!(true)
            ),
            deed(
                format!("/not_duplicates/{other}"),
                json!(true),
                json!(false)
            ),
            deed(
                format!("/reports/{report}"),
                null.clone(),
                json!("dismissed")
            ),
            deed(attestation.clone(), null.clone(), said.clone()),
            deed(attestation, said, null),
        ]
    );
    let twin = history(&server, &other_path, Some(token)).await;
    assert_eq!(
        twin[1..],
        [
            deed(format!("/not_duplicates/{id}"), json!(false), json!(true)),
            deed(format!("/not_duplicates/{id}"), json!(true), json!(false)),
        ]
    );
    let public = history(&server, &path, None).await;
    assert!(
        public.iter().all(|entry| entry[0] != "managed"),
        "{public:?}"
    );
}

async fn owners_are_told_what_moderators_do(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let mut posted = Vec::new();
    for name in ["Suma", "Suma Two", "Suma Three"] {
        let answer = server
            .post("/v1/organizations", Some(&owner.token), &organization(name))
            .await;
        posted.push(answer.header("location").to_owned());
    }
    let subject = async || server.mail_to(&owner.email).await.subject;
    for path in &posted {
        for (status, what) in [
            ("archived", "archived"),
            ("pending", "put back into the queue"),
            ("published", "published"),
        ] {
            let etag = server.get_as(path, &moderator).await.etag().to_owned();
            let patch = json!({"status": status});
            let patched = server.patch(path, &moderator, &etag, &patch).await;
            assert_eq!(patched.status, 200, "{}", patched.text());
            let subject = subject().await;
            assert!(subject.ends_with(&format!(" was {what}")), "{subject}");
        }
    }
    // What does not change the status, and what the owner does, needs no mail.
    let etag = server
        .get_as(&posted[0], &moderator)
        .await
        .etag()
        .to_owned();
    let patch = json!({"summary": "Wholefoods"});
    server.patch(&posted[0], &moderator, &etag, &patch).await;
    let etag = server.get(&posted[2]).await.etag().to_owned();
    let patch = json!({"status": "archived"});
    server.patch(&posted[2], &owner.token, &etag, &patch).await;

    let down = json!({"fields": ["phone", "email"], "note": "Private"});
    server
        .post(&format!("{}/takedown", posted[0]), Some(&moderator), &down)
        .await;
    assert_eq!(
        subject().await,
        "Your listing of Suma was relieved of its phone, email"
    );
    let into = json!({"into": "suma", "note": "One of you"});
    server
        .post(&format!("{}/merge", posted[1]), Some(&moderator), &into)
        .await;
    let mail = server.mail_to(&owner.email).await;
    assert_eq!(
        mail.subject,
        "Your listing of Suma Two was merged into the one of Suma"
    );
    assert!(mail.body.contains("One of you"), "{}", mail.body);
    let mail = server.mail_to(&owner.email).await;
    assert_eq!(
        mail.subject,
        "Your listing of Suma was merged with another of Suma Two"
    );
    assert!(mail.body.contains("One of you"), "{}", mail.body);
    let etag = server.get(&posted[0]).await.etag().to_owned();
    let removed = server.delete(&posted[0], &moderator, &etag).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(subject().await, "Your listing of Suma was removed");
    assert!(!server.has_mail_to(&owner.email).await);
}
