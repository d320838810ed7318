//! Who speaks for an organization.

use crate::harness::{Answer, Person, Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use serde_json::{Value, json};

on_both_databases!(
    an_editor_is_invited_edits_and_leaves,
    of_many_acceptances_there_is_one_membership,
    the_last_owner_stays,
    two_owners_cannot_both_leave_at_once,
    strangers_learn_nothing,
    a_name_that_nobody_looked_at_is_not_mailed,
);

async fn listed(server: &Server, owner: &Person) -> String {
    let answer = server
        .post(
            "/v1/organizations",
            Some(&owner.token),
            &organization("Suma"),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn invite(server: &Server, path: &str, owner: &str, email: &str, role: &str) -> Answer {
    let body = json!({"email": email, "role": role});
    server
        .post(&format!("{path}/members"), Some(owner), &body)
        .await
}

async fn accept(server: &Server, person: &Person) -> Answer {
    let mail = server.mail_to(&person.email).await;
    let token = json!({"token": mail.token()});
    server
        .post("/v1/invitations/accept", Some(&person.token), &token)
        .await
}

async fn members(server: &Server, path: &str, token: &str) -> Vec<Value> {
    let answer = server.get_as(&format!("{path}/members"), token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

async fn edit(server: &Server, path: &str, token: &str, summary: &str) -> Answer {
    let etag = server.get_as(path, token).await.etag().to_owned();
    let change = json!({"summary": summary});
    server.patch(path, token, &etag, &change).await
}

async fn an_editor_is_invited_edits_and_leaves(server: Server) {
    let owner = server.person(Role::Member).await;
    let editor = server.person(Role::Member).await;
    let path = listed(&server, &owner).await;
    server.get_as(&path, &editor.token).await.problem(404);

    let invited = invite(&server, &path, &owner.token, &editor.email, "editor").await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    assert_eq!(invited.json()["status"], "invited");
    let at = invited.header("location");
    assert_eq!(server.get_as(at, &owner.token).await.json(), invited.json());
    assert_eq!(members(&server, &path, &owner.token).await.len(), 2);
    let accepted = accept(&server, &editor).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(accepted.json()["role"], "editor");

    let edited = edit(&server, &path, &editor.token, "Wholefoods.").await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    let history = server
        .get_as(&format!("{path}/history"), &owner.token)
        .await
        .json();
    assert_eq!(history["items"][0]["role"], "editor");
    assert_eq!(history["items"][0]["actor"], editor.id.to_string());

    // An editor edits, and no more.
    let etag = server.get_as(&path, &editor.token).await.etag().to_owned();
    server
        .delete(&path, &editor.token, &etag)
        .await
        .problem(403);
    invite(&server, &path, &editor.token, "x@example.coop", "editor")
        .await
        .problem(403);
    let of_owner = format!("{path}/members/{}", owner.id);
    server
        .delete(&of_owner, &editor.token, "")
        .await
        .problem(403);
    let mine = server
        .get_as("/v1/me/organizations", &editor.token)
        .await
        .json();
    assert_eq!(mine["items"][0]["role"], "editor");
    assert_eq!(mine["items"][0]["status"], "pending");

    let of_editor = format!("{path}/members/{}", editor.id);
    let left = server.delete(&of_editor, &editor.token, "").await;
    assert_eq!(left.status, 204, "{}", left.text());
    server.get_as(&path, &editor.token).await.problem(404);
}

async fn of_many_acceptances_there_is_one_membership(server: Server) {
    let owner = server.person(Role::Member).await;
    let editor = server.person(Role::Member).await;
    let path = listed(&server, &owner).await;
    invite(&server, &path, &owner.token, &editor.email, "editor").await;
    let mail = server.mail_to(&editor.email).await;
    let token = json!({"token": mail.token()});
    let acceptances =
        (0..200).map(|_| server.post("/v1/invitations/accept", Some(&editor.token), &token));
    let answers = join_all(acceptances).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.problem(400);
    }
    let members = members(&server, &path, &owner.token).await;
    assert_eq!(members.len(), 2, "{members:?}");
    assert!(members.iter().all(|member| member["status"] == "active"));
}

async fn the_last_owner_stays(server: Server) {
    let owner = server.person(Role::Member).await;
    let other = server.person(Role::Member).await;
    let path = listed(&server, &owner).await;
    let of_owner = format!("{path}/members/{}", owner.id);
    server
        .delete(&of_owner, &owner.token, "")
        .await
        .problem(409);
    let demote = json!({"role": "editor"});
    server
        .patch(&of_owner, &owner.token, "", &demote)
        .await
        .problem(409);

    invite(&server, &path, &owner.token, &other.email, "owner").await;
    assert_eq!(accept(&server, &other).await.status, 200);
    let demoted = server.patch(&of_owner, &owner.token, "", &demote).await;
    assert_eq!(demoted.status, 200, "{}", demoted.text());
    assert_eq!(demoted.json()["role"], "editor");
    let of_other = format!("{path}/members/{}", other.id);
    server
        .delete(&of_other, &other.token, "")
        .await
        .problem(409);
}

async fn two_owners_cannot_both_leave_at_once(server: Server) {
    let first = server.person(Role::Member).await;
    let second = server.person(Role::Member).await;
    let path = listed(&server, &first).await;
    invite(&server, &path, &first.token, &second.email, "owner").await;
    assert_eq!(accept(&server, &second).await.status, 200);
    let (of_first, of_second) = (
        format!("{path}/members/{}", first.id),
        format!("{path}/members/{}", second.id),
    );
    let (one, other) = futures_util::future::join(
        server.delete(&of_first, &first.token, ""),
        server.delete(&of_second, &second.token, ""),
    )
    .await;
    let mut got = [one.status, other.status];
    got.sort_unstable();
    assert_eq!(got, [204, 409]);
}

async fn strangers_learn_nothing(server: Server) {
    let owner = server.person(Role::Member).await;
    let stranger = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let path = listed(&server, &owner).await;
    let list = format!("{path}/members");
    server.get(&list).await.problem(401);
    server.get_as(&list, &stranger.token).await.problem(404);
    invite(&server, &path, &stranger.token, "x@example.coop", "owner")
        .await
        .problem(404);
    assert_eq!(members(&server, &path, &moderator).await.len(), 1);

    // Somebody else's invitation is of no use.
    invite(&server, &path, &owner.token, "grace@example.coop", "owner").await;
    let mail = server.mail_to("grace@example.coop").await;
    let token = json!({"token": mail.token()});
    server
        .post("/v1/invitations/accept", Some(&stranger.token), &token)
        .await
        .problem(403);
    server.get_as(&path, &stranger.token).await.problem(404);
    // Nor is one that was withdrawn.
    let all = members(&server, &path, &owner.token).await;
    let invitation = all.iter().find(|one| one["status"] == "invited").unwrap();
    let withdrawn = format!("{list}/{}", invitation["id"].as_str().unwrap());
    assert_eq!(
        server.delete(&withdrawn, &owner.token, "").await.status,
        204
    );
    let page = format!("/accept-invitation?token={}", mail.token());
    assert_eq!(server.get(&page).await.status, 400);
}

async fn a_name_that_nobody_looked_at_is_not_mailed(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let path = listed(&server, &owner).await;
    let friend = "friend@example.coop";
    invite(&server, &path, &owner.token, friend, "editor").await;
    let mail = server.mail_to(friend).await;
    assert_eq!(mail.subject, format!("An invitation from {}", owner.email));
    let says = "edit a listing that is not public";
    assert!(mail.body.contains(says), "{}", mail.body);
    assert!(!mail.body.contains("Suma"), "{}", mail.body);
    // The page of the link shows it.
    let link = mail.link().replace(&server.state.public_url, "");
    let page = server.get(&link).await;
    assert!(page.text().contains("Suma"), "{}", page.text());

    invite(&server, &path, &moderator, friend, "editor").await;
    let subject = server.mail_to(friend).await.subject;
    assert!(
        subject.starts_with("An invitation from the moderators of "),
        "{subject}"
    );

    let publish = format!("{path}/publish");
    let published = server.post(&publish, Some(&moderator), &json!({})).await;
    assert_eq!(published.status, 200, "{}", published.text());
    invite(&server, &path, &owner.token, friend, "owner").await;
    let mail = server.mail_to(friend).await;
    assert_eq!(mail.subject, "An invitation from Suma");
    let says = "Suma invites you to be an owner of its listing";
    assert!(mail.body.contains(says), "{}", mail.body);
}
