//! A claim can be proven until the moment it lapses.

use super::{Page, Site, claim, claimed, conflict, for_each_database, imported, members, verify};
use crate::harness::{Database, Person, Role, Server};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use toadlane::clock::Clock;

for_each_database!(
    a_challenge_can_be_published_for_a_week,
    a_mail_to_the_domain_proves_for_a_day,
);

const SECOND: TimeDelta = TimeDelta::seconds(1);

async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |config| {
        config.serve.allow_private_webhooks = true;
    })
    .await
}

async fn log_in(server: &Server, person: &mut Person) {
    person.token = server.log_in(&person.email).await;
}

async fn a_challenge_can_be_published_for_a_week(database: Database) {
    let server = start(database).await;
    let site = Site::start(Page::Missing).await;
    let first = imported(&server, &site.url()).await;
    let second = imported(&server, &site.url()).await;
    let mut ada = server.person(Role::Member).await;
    let (in_time, made) = claimed(&server, &first, &ada, "well_known").await;
    let (late, too) = claimed(&server, &second, &ada, "well_known").await;
    let expires_at = made["expires_at"].as_str().unwrap();
    let end: DateTime<chrono::Utc> = expires_at.parse().unwrap();
    assert_eq!(end, server.state.clock.now() + TimeDelta::days(7));
    let lines = [&made, &too].map(|claim| claim["challenge"].as_str().unwrap());
    site.publish(Page::Text(lines.join("\n")));

    server.state.clock.advance(TimeDelta::days(7) - SECOND);
    log_in(&server, &mut ada).await;
    let proven = verify(&server, &in_time, &ada).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
    server.state.clock.advance(SECOND);
    let refused = conflict(&verify(&server, &late, &ada).await);
    assert!(refused.contains("has lapsed"), "{refused}");
    // Nobody looks for what can prove nothing.
    assert_eq!(site.requests(), 1);
    assert!(members(&server, &second).await.is_empty());

    // Claimed anew it asks for something else: whoever has the domain by now has to publish it.
    let (again, anew) = claimed(&server, &second, &ada, "well_known").await;
    assert_ne!(anew["challenge"], too["challenge"]);
    verify(&server, &again, &ada).await.problem(409);
    let challenge = anew["challenge"].as_str().unwrap();
    site.publish(Page::Text(challenge.to_owned()));
    let proven = verify(&server, &again, &ada).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
}

async fn a_mail_to_the_domain_proves_for_a_day(database: Database) {
    let server = start(database).await;
    let mut ada = server.person(Role::Member).await;
    let mut claims = Vec::new();
    for domain in ["one.example", "two.example"] {
        let path = imported(&server, &format!("https://{domain}/")).await;
        let email = format!("office@{domain}");
        let body = json!({"method": "email", "email": email});
        let made = claim(&server, &path, &ada, &body).await;
        let mail = server.mail_to(&email).await;
        let link = mail.link().strip_prefix(&server.url).unwrap().to_owned();
        claims.push((path, made.header("location").to_owned(), body, link));
    }
    let prove = async |ada: &Person, at: &str, link: &str| {
        let body = json!({"token": link.split_once("token=").unwrap().1});
        let path = format!("{at}/verify");
        server.post(&path, Some(&ada.token), &body).await
    };
    let [(_, in_time, _, good), (path, late, body, stale)] = claims.try_into().unwrap();

    server.state.clock.advance(TimeDelta::days(1) - SECOND);
    log_in(&server, &mut ada).await;
    assert_eq!(server.get(&good).await.status, 200);
    let proven = prove(&ada, &in_time, &good).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
    assert_eq!(server.get(&stale).await.status, 200);
    server.state.clock.advance(SECOND);
    let refused = prove(&ada, &late, &stale).await;
    assert_eq!(refused.problem(400)["errors"][0]["pointer"], "/token");
    assert_eq!(server.get(&stale).await.status, 400);
    assert!(members(&server, &path).await.is_empty());

    // The claim itself has days left, and another mail proves it.
    claim(&server, &path, &ada, &body).await;
    let mail = server.mail_to("office@two.example").await;
    let proven = prove(&ada, &late, mail.link()).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
}
