//! A link in a mail is good until the moment it lapses, and not for a moment more.

use crate::claims::for_each_database;
use crate::harness::{Answer, Database, Person, Role, Server, organization};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use toadlane::clock::Clock;

for_each_database!(
    a_registration_can_be_completed_for_a_day,
    a_password_can_be_reset_for_an_hour,
    a_new_address_can_be_confirmed_for_a_day,
    an_invitation_can_be_accepted_for_a_fortnight,
);

const PASSWORD: &str = "a long enough password";
const SECOND: TimeDelta = TimeDelta::seconds(1);

async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

/// The paths of the links in the next mail to each of these.
async fn links(server: &Server, emails: [&str; 2]) -> [String; 2] {
    let mut links = Vec::new();
    for email in emails {
        let mail = server.mail_to(email).await;
        links.push(mail.link().strip_prefix(&server.url).unwrap().to_owned());
    }
    links.try_into().unwrap()
}

/// The body that uses a link's token.
fn token(link: &str) -> Value {
    json!({"token": link.split_once("token=").unwrap().1})
}

/// The token, and the page of the link, say that it is too late.
async fn is_lapsed(server: &Server, link: &str, answer: &Answer) {
    let fault = &answer.problem(400)["errors"][0];
    assert_eq!(fault["pointer"], "/token");
    let detail = fault["detail"].as_str().unwrap();
    assert!(detail.contains("has expired"), "{detail}");
    assert_eq!(server.get(link).await.status, 400);
}

async fn a_registration_can_be_completed_for_a_day(database: Database) {
    let server = start(database).await;
    let emails = ["in.time@example.coop", "late@example.coop"];
    for email in emails {
        let new = json!({"email": email, "password": PASSWORD});
        server.post("/v1/auth/register", None, &new).await;
    }
    let [in_time, late] = links(&server, emails).await;
    let complete = async |link: &str| {
        let path = "/v1/auth/verify-email";
        server.post(path, None, &token(link)).await
    };
    server.state.clock.advance(TimeDelta::days(1) - SECOND);
    assert_eq!(server.get(&in_time).await.status, 200);
    assert_eq!(complete(&in_time).await.status, 204);
    server.log_in(emails[0]).await;
    assert_eq!(server.get(&late).await.status, 200);
    server.state.clock.advance(SECOND);
    is_lapsed(&server, &late, &complete(&late).await).await;
    let credentials = json!({"email": emails[1], "password": PASSWORD});
    let refused = server.post("/v1/auth/login", None, &credentials).await;
    refused.problem(401);
}

async fn a_password_can_be_reset_for_an_hour(database: Database) {
    let server = start(database).await;
    let [one, other] = [
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    ];
    for person in [&one, &other] {
        let forgotten = json!({"email": person.email});
        let path = "/v1/auth/forgot-password";
        server.post(path, None, &forgotten).await;
    }
    let [in_time, late] = links(&server, [&one.email, &other.email]).await;
    let reset = async |link: &str| {
        let mut body = token(link);
        body["password"] = json!("another long password");
        server.post("/v1/auth/reset-password", None, &body).await
    };
    server.state.clock.advance(TimeDelta::hours(1) - SECOND);
    assert_eq!(server.get(&in_time).await.status, 200);
    assert_eq!(reset(&in_time).await.status, 204);
    assert_eq!(server.get(&late).await.status, 200);
    server.state.clock.advance(SECOND);
    is_lapsed(&server, &late, &reset(&late).await).await;
    // The old password is still the password.
    server.log_in(&other.email).await;
}

async fn a_new_address_can_be_confirmed_for_a_day(database: Database) {
    let server = start(database).await;
    let [one, other] = [
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    ];
    let emails = ["in.time@example.coop", "late@example.coop"];
    for (person, email) in [&one, &other].into_iter().zip(emails) {
        let patch = json!({"email": email, "current_password": PASSWORD});
        let asked = server.patch("/v1/me", &person.token, "", &patch).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
    }
    let [in_time, late] = links(&server, emails).await;
    let confirm = async |link: &str| {
        let path = "/v1/auth/change-email";
        server.post(path, None, &token(link)).await
    };
    server.state.clock.advance(TimeDelta::days(1) - SECOND);
    assert_eq!(server.get(&in_time).await.status, 200);
    assert_eq!(confirm(&in_time).await.status, 204);
    server.log_in(emails[0]).await;
    assert_eq!(server.get(&late).await.status, 200);
    server.state.clock.advance(SECOND);
    is_lapsed(&server, &late, &confirm(&late).await).await;
    server.log_in(&other.email).await;
}

async fn an_invitation_can_be_accepted_for_a_fortnight(database: Database) {
    let server = start(database).await;
    let owner = server.person(Role::Member).await;
    let [one, other] = [
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    ];
    let path = "/v1/organizations";
    let listed = server
        .post(path, Some(&owner.token), &organization("Suma"))
        .await;
    let members = format!("{}/members", listed.header("location"));
    for person in [&one, &other] {
        let body = json!({"email": person.email, "role": "editor"});
        let invited = server.post(&members, Some(&owner.token), &body).await;
        assert_eq!(invited.status, 201, "{}", invited.text());
    }
    let [in_time, late] = links(&server, [&one.email, &other.email]).await;
    let accept = async |person: &Person, link: &str| {
        let access = server.log_in(&person.email).await;
        let path = "/v1/invitations/accept";
        server.post(path, Some(&access), &token(link)).await
    };
    server.state.clock.advance(TimeDelta::days(14) - SECOND);
    assert_eq!(server.get(&in_time).await.status, 200);
    let accepted = accept(&one, &in_time).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(server.get(&late).await.status, 200);
    server.state.clock.advance(SECOND);
    is_lapsed(&server, &late, &accept(&other, &late).await).await;
    // Nor does the page make a member of somebody without an account.
    let access = server.log_in(&owner.email).await;
    let all = server.get_as(&members, &access).await.json();
    let active = |item: &&Value| item["status"] == "active";
    assert_eq!(
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(active)
            .count(),
        2
    );
    // What has lapsed does not stand in the way of asking again.
    let body = json!({"email": other.email, "role": "editor"});
    let invited = server.post(&members, Some(&access), &body).await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    let mail = server.mail_to(&other.email).await;
    assert_eq!(accept(&other, mail.link()).await.status, 200);
}
