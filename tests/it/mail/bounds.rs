//! Strangers bury nobody in mail, and lock nobody out by it.

use super::PASSWORD;
use crate::claims::for_each_database;
use crate::harness::{Answer, Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use entity::mail::Template;
use entity::{mail, mail_request};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::net::IpAddr;
use toadlane::clock::Clock;
use toadlane::mail::allowance;

for_each_database!(
    all_spellings_of_a_mailbox_are_one,
    a_network_asks_for_so_much,
    who_forgot_a_password_gets_a_link_all_the_same,
    other_spellings_keep_nobody_from_a_new_password,
    many_at_once_do_not_pass_the_bound,
    only_public_domains_are_recipients,
);

/// Behind a proxy, so that a test says from where it asks.
async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |config| {
        config.serve.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await
}

/// Asks at `/v1/auth/…`, from an address; the answer is always the same.
async fn ask(server: &Server, what: &str, email: &str, from: &str) {
    let mut body = json!({"email": email});
    if what == "register" {
        body["password"] = PASSWORD.into();
    }
    let request = server
        .request("POST", &format!("/v1/auth/{what}"))
        .header("x-forwarded-for", from)
        .json(&body);
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, answer.text().as_str()), (202, ""));
}

async fn queued(server: &Server, template: Template) -> u64 {
    mail::Entity::find()
        .filter(mail::Column::Template.eq(template))
        .count(&server.state.store.db)
        .await
        .unwrap()
}

async fn all_spellings_of_a_mailbox_are_one(database: Database) {
    let server = start(database).await;
    for number in 0..20 {
        let email = format!("Ada+{number}@example.coop");
        ask(&server, "register", &email, "192.0.2.1").await;
    }
    assert_eq!(queued(&server, Template::VerifyEmail).await, 4);
    // Others may still write to her, up to a bound of their own.
    for number in 0..20 {
        let from = format!("198.51.100.{number}");
        ask(&server, "register", "ada@example.coop", &from).await;
    }
    assert_eq!(queued(&server, Template::VerifyEmail).await, 8);
    // Where the provider reads no dots there are none.
    for dots in ["grace", "g.race", "g.r.ace", "g.r.a.ce", "g.r.a.c.e"] {
        ask(
            &server,
            "register",
            &format!("{dots}@gmail.com"),
            "192.0.2.2",
        )
        .await;
        ask(
            &server,
            "register",
            &format!("{dots}@googlemail.com"),
            "192.0.2.2",
        )
        .await;
    }
    assert_eq!(queued(&server, Template::VerifyEmail).await, 12);
    // An hour later there is room again, and in a day for so many.
    for _ in 0..5 {
        server.state.clock.advance(TimeDelta::minutes(61));
        for number in 0..5 {
            let from = format!("198.51.100.{number}");
            ask(&server, "register", "ada@example.coop", &from).await;
        }
    }
    assert_eq!(queued(&server, Template::VerifyEmail).await, 12 + 8);
}

async fn a_network_asks_for_so_much(database: Database) {
    let server = start(database).await;
    for number in 0..60 {
        let email = format!("nobody.{number}@example.coop");
        // All of a /48 are one (RFC 6177 section 2).
        let from = format!("2001:db8:0:{number:x}::1");
        ask(&server, "register", &email, &from).await;
    }
    assert_eq!(queued(&server, Template::VerifyEmail).await, 50);
    ask(&server, "forgot-password", "x@example.coop", "2001:db8::1").await;
    assert_eq!(queued(&server, Template::ResetPassword).await, 0);
    ask(&server, "register", "x@example.coop", "2001:db8:1::1").await;
    assert_eq!(queued(&server, Template::VerifyEmail).await, 51);
    server.state.clock.advance(TimeDelta::minutes(61));
    ask(&server, "register", "y@example.coop", "2001:db8::1").await;
    assert_eq!(queued(&server, Template::VerifyEmail).await, 52);
}

/// A stranger who asks all day keeps nobody from a link that works.
async fn other_spellings_keep_nobody_from_a_new_password(database: Database) {
    let server = start(database).await;
    let ada = server.person(Role::Member).await;
    let other = ada.email.replace('@', "+other@");
    for number in 0..20 {
        let from = format!("198.51.100.{number}");
        ask(&server, "forgot-password", &other, &from).await;
    }
    ask(&server, "forgot-password", &ada.email, "192.0.2.1").await;
    server.mail_to(&ada.email).await;
}

async fn who_forgot_a_password_gets_a_link_all_the_same(database: Database) {
    let server = start(database).await;
    let ada = server.person(Role::Member).await;
    let mut links = Vec::new();
    for hour in 0..30 {
        for number in 0..12 {
            let from = format!("198.51.{hour}.{number}");
            ask(&server, "forgot-password", &ada.email, &from).await;
        }
        ask(&server, "forgot-password", &ada.email, "192.0.2.1").await;
        let mut last = None;
        while server.has_mail_to(&ada.email).await {
            last = Some(server.mail_to(&ada.email).await.token().to_owned());
            links.push(hour);
        }
        assert!(last.is_some(), "hour {hour}");
        if hour == 29 {
            let body = json!({"token": last, "password": "another long password"});
            let done = server.post("/v1/auth/reset-password", None, &body).await;
            assert_eq!(done.status, 204, "{}", done.text());
        }
        server.state.clock.advance(TimeDelta::minutes(61));
    }
    let in_a_day = links.iter().filter(|hour| **hour < 23).count();
    assert!(in_a_day <= 16 + 23, "{in_a_day}");
}

async fn many_at_once_do_not_pass_the_bound(database: Database) {
    let server = start(database).await;
    let other = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(server.start_another().await),
    };
    let servers = [Some(&server), other.as_ref()];
    let asking = servers.into_iter().flatten().flat_map(|server| {
        (0..15).map(move |number| async move {
            let email = format!("ada+{number}@example.coop");
            ask(server, "register", &email, "192.0.2.1").await;
        })
    });
    join_all(asking).await;
    assert_eq!(queued(&server, Template::VerifyEmail).await, 4);
    // What was counted is forgotten when it counts no more.
    let (db, clock) = (&server.state.store.db, &server.state.clock);
    allowance::sweep(db, clock.now() + TimeDelta::days(1))
        .await
        .unwrap();
    assert_eq!(mail_request::Entity::find().count(db).await.unwrap(), 4);
    let later = clock.now() + TimeDelta::days(2) + TimeDelta::seconds(1);
    allowance::sweep(db, later).await.unwrap();
    assert_eq!(mail_request::Entity::find().count(db).await.unwrap(), 0);
}

async fn only_public_domains_are_recipients(database: Database) {
    let server = start(database).await;
    let person = server.person(Role::Member).await;
    let listed = crate::harness::organization("Suma");
    let listed = server
        .post("/v1/organizations", Some(&person.token), &listed)
        .await;
    let members = format!("{}/members", listed.header("location"));
    let loopback: IpAddr = [127, 0, 0, 1].into();
    for email in [
        "root@localhost".to_owned(),
        "root@mail.localhost".to_owned(),
        "root@intranet".to_owned(),
        "root@printer.local".to_owned(),
        format!("root@[{loopback}]"),
    ] {
        let new = json!({"email": email, "password": PASSWORD});
        let forgotten = json!({"email": email});
        let invited = json!({"email": email, "role": "editor"});
        let change = json!({"email": email, "current_password": PASSWORD});
        for refused in [
            server.post("/v1/auth/register", None, &new).await,
            server
                .post("/v1/auth/forgot-password", None, &forgotten)
                .await,
            server.post(&members, Some(&person.token), &invited).await,
            server.patch("/v1/me", &person.token, "", &change).await,
        ] {
            let pointer = &refused.problem(400)["errors"][0]["pointer"];
            assert_eq!(pointer, "/email", "{email}");
        }
    }
    assert_eq!(
        mail::Entity::find()
            .count(&server.state.store.db)
            .await
            .unwrap(),
        0
    );
}
