//! Accounts, and what admins do to them.

use super::{pointers, walk};
use crate::harness::{Answer, Database, Person, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    accounts_are_listed,
    a_suspension_and_its_end,
    roles_and_the_last_admin,
    log_ins_are_ended,
);

const USERS: &str = "/v1/moderation/users";

async fn act(server: &Server, by: &Person, on: &Person, what: &str, body: Value) -> Answer {
    let path = format!("{USERS}/{}/{what}", on.id);
    server.post(&path, Some(&by.token), &body).await
}

async fn accounts_are_listed(server: Server) {
    let admin = server.person(Role::Admin).await;
    let moderator = server.person(Role::Moderator).await;
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(server.person(Role::Member).await);
    }
    act(&server, &admin, &members[1], "suspend", json!({})).await;
    server.get(USERS).await.problem(401);
    server.get_as(USERS, &members[0].token).await.problem(403);
    let emails = async |query: &str| -> Vec<String> {
        let items = walk(
            &server,
            &moderator.token,
            &format!("{USERS}?limit=2{query}"),
        )
        .await;
        let emails = items
            .iter()
            .map(|item| item["email"].as_str().unwrap().to_owned());
        emails.collect()
    };
    let all: Vec<_> = [&admin, &moderator]
        .into_iter()
        .chain(&members)
        .map(|person| person.email.clone())
        .collect();
    assert_eq!(emails("").await, all);
    assert_eq!(emails("&q=MEMBER-").await, all[2..]);
    assert_eq!(emails(&format!("&q={}", all[3])).await, all[3..4]);
    assert_eq!(
        emails("&q=member%25").await,
        [] as [&str; 0],
        "% is a letter"
    );
    assert_eq!(emails("&role=admin").await, all[..1]);
    assert_eq!(emails("&suspended=true").await, all[3..4]);
    assert_eq!(emails("&suspended=false&role=member").await.len(), 2);
    for refused in [
        "role=x",
        "suspended=maybe",
        "q=",
        "limit=0",
        "cursor=x",
        "email=x",
    ] {
        server
            .get_as(&format!("{USERS}?{refused}"), &moderator.token)
            .await
            .problem(400);
    }

    let body = organization("Theirs");
    server
        .post("/v1/organizations", Some(&members[0].token), &body)
        .await;
    let path = format!("{USERS}/{}", members[0].id);
    let detail = server.get_as(&path, &moderator.token).await.json();
    assert_eq!(detail["email"], members[0].email);
    assert_eq!(detail["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(detail["organizations"][0]["role"], "owner");
    let slug = &detail["organizations"][0]["organization"]["slug"];
    assert!(slug.as_str().unwrap().starts_with("theirs-"), "{slug}");
    assert_eq!(detail["events"], json!([]));
    assert!(!detail.to_string().contains("argon2"), "{detail}");
    server.get_as(&path, &members[0].token).await.problem(403);
    server
        .get_as(&format!("{USERS}/x"), &moderator.token)
        .await
        .problem(404);
    let nobody = format!("{USERS}/{}", server.state.clock.new_id());
    server.get_as(&nobody, &moderator.token).await.problem(404);
}

async fn a_suspension_and_its_end(server: Server) {
    let admin = server.person(Role::Admin).await;
    let moderator = server.person(Role::Moderator).await;
    let member = server.person(Role::Member).await;
    act(&server, &moderator, &member, "suspend", json!({}))
        .await
        .problem(403);
    let refused = act(
        &server,
        &admin,
        &member,
        "suspend",
        json!({"note": "\u{1}"}),
    )
    .await;
    assert_eq!(pointers(&refused), json!(["/note"]));
    act(&server, &admin, &member, "unsuspend", json!({}))
        .await
        .problem(409);

    let note = json!({"note": "Advertising"});
    let suspended = act(&server, &admin, &member, "suspend", note).await;
    assert_eq!(suspended.status, 200, "{}", suspended.text());
    assert!(suspended.json()["suspended_at"].is_string());
    server.get_as("/v1/me", &member.token).await.problem(401);
    let credentials = json!({"email": member.email, "password": "a long enough password"});
    server
        .post("/v1/auth/login", None, &credentials)
        .await
        .problem(403);
    act(&server, &admin, &member, "suspend", json!({}))
        .await
        .problem(409);

    let free = act(&server, &admin, &member, "unsuspend", json!({})).await;
    assert_eq!(free.json()["suspended_at"], Value::Null);
    server.get_as("/v1/me", &member.token).await.problem(401);
    assert_eq!(
        server
            .post("/v1/auth/login", None, &credentials)
            .await
            .status,
        200
    );

    let path = format!("{USERS}/{}", member.id);
    let detail = server.get_as(&path, &moderator.token).await.json();
    let events: Vec<_> = detail["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| json!([event["action"], event["actor"], event["note"]]))
        .collect();
    assert_eq!(
        events,
        [
            json!(["unsuspended", admin.id, null]),
            json!(["suspended", admin.id, "Advertising"]),
        ]
    );
}

async fn roles_and_the_last_admin(server: Server) {
    let admin = server.person(Role::Admin).await;
    let other = server.person(Role::Member).await;
    let role = |role: &str| json!({"role": role});
    for body in [json!({}), role("owner"), json!({"role": null})] {
        let refused = act(&server, &admin, &other, "role", body).await;
        assert_eq!(pointers(&refused), json!(["/role"]));
    }
    act(&server, &admin, &admin, "role", role("member"))
        .await
        .problem(409);
    act(&server, &admin, &admin, "suspend", json!({}))
        .await
        .problem(409);
    assert_eq!(
        act(&server, &admin, &admin, "role", role("admin"))
            .await
            .status,
        200
    );
    act(&server, &other, &other, "role", role("admin"))
        .await
        .problem(403);

    let raised = act(&server, &admin, &other, "role", role("admin")).await;
    assert_eq!(raised.json()["role"], "admin", "{}", raised.text());
    // Both want to be alone: one of them is told that it is the last.
    let (one, two) = tokio::join!(
        act(&server, &admin, &other, "role", role("moderator")),
        act(&server, &other, &admin, "suspend", json!({})),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", one.text(), two.text());
    assert!([401, 403, 409].contains(&statuses[1]), "{statuses:?}");
    let left = if one.status == 200 { &admin } else { &other };
    let admins = server
        .get_as(&format!("{USERS}?role=admin&suspended=false"), &left.token)
        .await;
    assert_eq!(admins.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admins.json()["items"][0]["id"], json!(left.id));
}

async fn log_ins_are_ended(server: Server) {
    let admin = server.person(Role::Admin).await;
    let moderator = server.person(Role::Moderator).await;
    let member = server.person(Role::Member).await;
    let credentials = json!({"email": member.email, "password": "a long enough password"});
    let login = server
        .post("/v1/auth/login", None, &credentials)
        .await
        .json();
    let second = login["access_token"].as_str().unwrap();
    let path = format!("{USERS}/{}", member.id);
    let sessions = server.get_as(&path, &admin.token).await.json()["sessions"].clone();
    let current = server.get_as("/v1/me/sessions", second).await.json();
    let mut current = current["items"].as_array().unwrap().iter();
    let current = current.rfind(|item| item["current"] == true).unwrap()["id"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 2);

    let one = format!("{path}/sessions/{}", current.as_str().unwrap());
    server.delete(&one, &moderator.token, "").await.problem(403);
    let of_another = format!(
        "{USERS}/{}/sessions/{}",
        admin.id,
        current.as_str().unwrap()
    );
    server
        .delete(&of_another, &admin.token, "")
        .await
        .problem(404);
    assert_eq!(server.delete(&one, &admin.token, "").await.status, 204);
    server.delete(&one, &admin.token, "").await.problem(404);
    server.get_as("/v1/me", second).await.problem(401);
    assert_eq!(server.get_as("/v1/me", &member.token).await.status, 200);
    let all = format!("{path}/sessions");
    server.delete(&all, &moderator.token, "").await.problem(403);
    assert_eq!(server.delete(&all, &admin.token, "").await.status, 204);
    server.get_as("/v1/me", &member.token).await.problem(401);
    let detail = server.get_as(&path, &admin.token).await.json();
    assert_eq!(detail["events"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_is_known_to_every_server_at_once() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    let admin = one.person(Role::Admin).await;
    let member = one.person(Role::Member).await;
    assert_eq!(two.get_as("/v1/me", &member.token).await.status, 200);
    act(&one, &admin, &member, "suspend", json!({})).await;
    two.get_as("/v1/me", &member.token).await.problem(401);

    // Of many admins on two servers who all want to be alone, one is left.
    let mut admins = vec![admin];
    for _ in 0..5 {
        admins.push(one.person(Role::Admin).await);
    }
    let acts = admins.iter().enumerate().map(|(index, admin)| {
        let server = if index % 2 == 0 { &one } else { &two };
        act(server, admin, admin, "role", json!({"role": "member"}))
    });
    let answers = futures_util::future::join_all(acts).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 409]);
}
