//! Mail once a day, or once a week.

use super::{Employer, every_job, found, in_feed, matched, save};
use crate::claims::for_each_database;
use crate::harness::{Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use toadlane::clock::Clock;

for_each_database!(
    a_digest_comes_a_day_after_the_first_news,
    a_weekly_digest_comes_after_a_week,
    who_wants_no_mail_any_more_gets_none,
);

async fn server(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

async fn pass(server: &Server, time: TimeDelta) {
    server.state.clock.advance(time);
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
}

async fn a_digest_comes_a_day_after_the_first_news(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "daily")).await;
    employer.post(&server, &employer.job("Baker")).await;
    let closed = employer.post(&server, &employer.job("Miller")).await;
    employer.close(&server, &closed).await;
    matched(&server).await;
    pass(&server, TimeDelta::hours(23)).await;
    employer.log_in(&server).await;
    employer.post(&server, &employer.job("Grocer")).await;
    matched(&server).await;
    assert!(!server.has_mail_to(&person.email).await);
    assert_eq!(in_feed(&server, &saved).await.len(), 2);

    pass(&server, TimeDelta::hours(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "2 new jobs: every job");
    let place = |title: &str| mail.body.find(&format!("\n{title}\n"));
    assert!(place("Grocer") < place("Baker"), "{}", mail.body);
    assert!(place("Grocer").is_some());
    assert_eq!(place("Miller"), None);

    // What was told is not told again; nothing new, no mail.
    pass(&server, TimeDelta::days(3)).await;
    assert!(!server.has_mail_to(&person.email).await);
    employer.log_in(&server).await;
    employer.post(&server, &employer.job("Brewer")).await;
    matched(&server).await;
    pass(&server, TimeDelta::days(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "every job: Brewer");
    assert!(!mail.body.contains("Baker"), "{}", mail.body);
}

async fn a_weekly_digest_comes_after_a_week(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    save(&server, &person, &every_job("email", "weekly")).await;
    for number in 0..25 {
        let job = employer.job(&format!("Baker number {number}"));
        employer.post(&server, &job).await;
    }
    matched(&server).await;
    pass(&server, TimeDelta::hours(7 * 24 - 1)).await;
    assert!(!server.has_mail_to(&person.email).await);
    pass(&server, TimeDelta::hours(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "25 new jobs: every job");
    assert_eq!(mail.body.matches("/jobs/baker-number").count(), 20);
    assert!(mail.body.contains("And 5 more"), "{}", mail.body);
}

async fn who_wants_no_mail_any_more_gets_none(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "daily")).await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    let off = server
        .patch(
            &path,
            &person.token,
            saved.etag(),
            &json!({"notify": "none"}),
        )
        .await;
    assert_eq!(off.status, 200, "{}", off.text());
    pass(&server, TimeDelta::days(1)).await;
    assert!(!server.has_mail_to(&person.email).await);
    assert_eq!(found(&server, &saved.id()).await, 1);

    // Mail again: of what comes from then on.
    let credentials = json!({"email": person.email, "password": "a long enough password"});
    let session = server.post("/v1/auth/login", None, &credentials).await;
    let token = session.json()["access_token"].as_str().unwrap().to_owned();
    let on = server
        .patch(
            &path,
            &token,
            off.etag(),
            &json!({"notify": "email", "frequency": "instant"}),
        )
        .await;
    assert_eq!(on.status, 200, "{}", on.text());
    employer.log_in(&server).await;
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "every job: Miller");
}
