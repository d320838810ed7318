//! What an account causes to be sent to others.

use super::PASSWORD;
use crate::harness::{Answer, Person, Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use serde_json::json;

on_both_databases!(
    inviting_has_a_bound_that_withdrawing_does_not_lift,
    at_once_they_are_no_more,
    a_new_address_is_asked_so_often,
);

async fn listed(server: &Server, owner: &Person, name: &str) -> String {
    let body = organization(name);
    let answer = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn invite(server: &Server, path: &str, owner: &Person, email: &str) -> Answer {
    let body = json!({"email": email, "role": "editor"});
    let members = format!("{path}/members");
    server.post(&members, Some(&owner.token), &body).await
}

/// A refusal that names the bound, and says when to come again.
fn says(refused: &Answer, bound: &str) {
    let problem = refused.problem(429);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(bound), "{detail}");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!(seconds > 60, "{seconds}");
}

async fn inviting_has_a_bound_that_withdrawing_does_not_lift(server: Server) {
    let owner = server.person(Role::Member).await;
    let paths = [
        listed(&server, &owner, "Suma").await,
        listed(&server, &owner, "Unicorn").await,
    ];
    // One mailbox, whatever it is called and for whichever of the listings.
    for number in 0..4 {
        let email = format!("friend+{number}@example.coop");
        let invited = invite(&server, &paths[number % 2], &owner, &email).await;
        assert_eq!(invited.status, 201, "{}", invited.text());
        let withdrawn = server
            .delete(invited.header("location"), &owner.token, "")
            .await;
        assert_eq!(withdrawn.status, 204, "{}", withdrawn.text());
    }
    let refused = invite(&server, &paths[0], &owner, "friend@example.coop").await;
    says(
        &refused,
        "at most 4 mails of this kind go to this address from you in an hour",
    );
    // Somebody else may.
    let other = server.person(Role::Member).await;
    let path = listed(&server, &other, "Delta T").await;
    let invited = invite(&server, &path, &other, "friend@example.coop").await;
    assert_eq!(invited.status, 201, "{}", invited.text());

    let mut sent = 4;
    for number in 0..30 {
        let email = format!("stranger.{number}@example.coop");
        let answer = invite(&server, &paths[0], &owner, &email).await;
        if answer.status == 201 {
            sent += 1;
            server
                .delete(answer.header("location"), &owner.token, "")
                .await;
        } else {
            says(
                &answer,
                "at most 30 mails of this kind go to everybody from you in a day",
            );
        }
    }
    assert_eq!(sent, 30);
    // What is refused leaves nothing.
    let members = format!("{}/members", paths[0]);
    let members = server.get_as(&members, &owner.token).await.json();
    assert_eq!(members["items"].as_array().unwrap().len(), 1);
}

async fn at_once_they_are_no_more(server: Server) {
    let owner = server.person(Role::Member).await;
    let path = listed(&server, &owner, "Suma").await;
    let emails: Vec<_> = (0..40)
        .map(|number| format!("s{number}@example.coop"))
        .collect();
    let inviting = emails
        .iter()
        .map(|email| invite(&server, &path, &owner, email));
    let answers = join_all(inviting).await;
    let sent = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(sent, 30);
}

async fn a_new_address_is_asked_so_often(server: Server) {
    let ada = server.person(Role::Member).await;
    let mut asked = 0;
    for number in 0..6 {
        let email = format!("victim+{number}@example.org");
        let change = json!({"email": email, "current_password": PASSWORD});
        let answer = server.patch("/v1/me", &ada.token, "", &change).await;
        if answer.status == 200 {
            asked += 1;
        } else {
            says(&answer, "this address from you");
        }
    }
    assert_eq!(asked, 4);
}
