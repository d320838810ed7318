//! What happens beside a new password does not outlive it.

use crate::harness::{Answer, Person, Role, Server, on_both_databases};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

on_both_databases!(
    a_log_in_beside_a_reset_does_not_outlive_it,
    of_a_reset_and_a_change_one_is_done,
    of_two_resets_one_is_done,
    of_a_reset_and_a_new_address_neither_is_stuck,
);

const PASSWORD: &str = "a long enough password";
const ROUNDS: usize = 8;

async fn log_in(server: &Server, person: &Person, password: &str) -> Answer {
    let credentials = json!({"email": person.email, "password": password});
    server.post("/v1/auth/login", None, &credentials).await
}

/// The token of a new mail to somebody who has forgotten the password.
async fn forgotten(server: &Server, person: &Person) -> String {
    let body = json!({"email": person.email});
    server.post("/v1/auth/forgot-password", None, &body).await;
    server.mail_to(&person.email).await.token().to_owned()
}

async fn reset(server: &Server, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    server.post("/v1/auth/reset-password", None, &body).await
}

/// Neither token of a log-in is good for anything.
async fn is_over(server: &Server, tokens: &Value) {
    let access = tokens["access_token"].as_str().unwrap();
    server.get_as("/v1/me", access).await.problem(401);
    let body = json!({"refresh_token": tokens["refresh_token"]});
    let refused = server.post("/v1/auth/refresh", None, &body).await;
    refused.problem(401);
}

/// Of several passwords exactly one is the person's.
async fn password_of<'a>(server: &Server, person: &Person, all: &[&'a str]) -> &'a str {
    let mut right = Vec::new();
    for password in all {
        if log_in(server, person, password).await.status == 200 {
            right.push(*password);
        }
    }
    assert_eq!(right.len(), 1, "{right:?}");
    right[0]
}

async fn a_log_in_beside_a_reset_does_not_outlive_it(server: Server) {
    let mut begun = 0;
    for _ in 0..ROUNDS {
        let person = server.person_with_costly_password(Role::Member).await;
        let token = forgotten(&server, &person).await;
        // Each logs in until it is refused, so some do at whatever moment the password changes.
        let log_ins = (0..4).map(|_| async {
            let mut tokens = Vec::new();
            loop {
                let answer = log_in(&server, &person, PASSWORD).await;
                if answer.status != 200 {
                    assert!(matches!(answer.status, 401 | 429), "{}", answer.text());
                    return tokens;
                }
                tokens.push(answer.json());
            }
        });
        let (tokens, done) = join(
            join_all(log_ins),
            reset(&server, &token, "another long password"),
        )
        .await;
        assert_eq!(done.status, 204, "{}", done.text());
        server.get_as("/v1/me", &person.token).await.problem(401);
        for tokens in tokens.iter().flatten() {
            begun += 1;
            is_over(&server, tokens).await;
        }
    }
    assert!(begun > 0, "nobody logged in beside a reset");
}

async fn of_a_reset_and_a_change_one_is_done(server: Server) {
    let (chosen, mailed) = ("a password of choice", "a password by mail");
    for _ in 0..ROUNDS {
        let person = server.person_with_costly_password(Role::Member).await;
        let other = log_in(&server, &person, PASSWORD).await.json();
        let token = forgotten(&server, &person).await;
        let body = json!({"password": chosen, "current_password": PASSWORD});
        let (changed, done) = join(
            server.patch("/v1/me", &person.token, "", &body),
            reset(&server, &token, mailed),
        )
        .await;
        let right = password_of(&server, &person, &[PASSWORD, chosen, mailed]).await;
        is_over(&server, &other).await;
        let me = server.get_as("/v1/me", &person.token).await;
        match (changed.status, done.status) {
            (200, 400) => {
                assert_eq!((right, me.status), (chosen, 200));
            }
            (400 | 401, 204) => {
                assert_eq!(right, mailed);
                me.problem(401);
            }
            _ => panic!("{} and {}", changed.text(), done.text()),
        }
    }
}

async fn of_two_resets_one_is_done(server: Server) {
    let passwords = ["the first new password", "the second new password"];
    for _ in 0..ROUNDS {
        let person = server.person_with_costly_password(Role::Member).await;
        let tokens = [
            forgotten(&server, &person).await,
            forgotten(&server, &person).await,
        ];
        let resets = tokens
            .iter()
            .zip(passwords)
            .map(|(token, password)| reset(&server, token, password));
        let answers = join_all(resets).await;
        let done = |answer: &Answer| answer.status == 204;
        let winner = answers.iter().position(done).expect("none was done");
        answers[1 - winner].problem(400);
        let right = password_of(&server, &person, &passwords).await;
        assert_eq!(right, passwords[winner]);
        server.get_as("/v1/me", &person.token).await.problem(401);
    }
}

async fn of_a_reset_and_a_new_address_neither_is_stuck(server: Server) {
    for round in 0..ROUNDS {
        let mut person = server.person_with_costly_password(Role::Member).await;
        let email = format!("new.{round}@example.coop");
        let body = json!({"email": email, "current_password": PASSWORD});
        server.patch("/v1/me", &person.token, "", &body).await;
        let confirm = json!({"token": server.mail_to(&email).await.token()});
        let token = forgotten(&server, &person).await;
        let (confirmed, done) = join(
            server.post("/v1/auth/change-email", None, &confirm),
            reset(&server, &token, "another long password"),
        )
        .await;
        // Either ends the other's link: whoever has one of the mailboxes may not be whoever has the other.
        match (confirmed.status, done.status) {
            (204, 400) => {
                person.email = email;
                assert_eq!(log_in(&server, &person, PASSWORD).await.status, 200);
            }
            (400, 204) => {
                let right = log_in(&server, &person, "another long password").await;
                assert_eq!(right.status, 200);
            }
            _ => panic!("{} and {}", confirmed.text(), done.text()),
        }
    }
}
