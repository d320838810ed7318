//! Mail once a day, or once a week.

use super::receiver::Receiver;
use super::{Employer, copies, due, every_job, found, hooked, in_feed, matched, save};
use crate::claims::for_each_database;
use crate::harness::{Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use entity::alert::{Column, Entity};
use entity::ids::{AccountId, SavedSearchId};
use entity::{job, told_job};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::HashSet;
use toadlane::clock::Clock;
use toadlane::saved_searches::deliveries;

for_each_database!(
    a_digest_comes_a_day_after_the_first_news,
    a_weekly_digest_comes_after_a_week,
    who_wants_no_mail_any_more_gets_none,
    what_another_query_found_is_not_told,
    who_wants_to_hear_more_often_waits_no_longer,
    nobody_is_told_of_a_job_twice,
    what_a_mail_only_counted_is_still_told,
    what_was_named_before_hides_nothing_older,
    what_is_hidden_when_the_digest_comes_is_news_when_it_returns,
    a_digest_counts_what_it_does_not_show,
    a_webhook_is_told_of_all_that_waited,
);

async fn server(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |config| {
        config.serve.allow_private_webhooks = true;
    })
    .await
}

async fn pass(server: &Server, time: TimeDelta) {
    server.state.clock.advance(time);
    due(server).await;
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

async fn what_is_hidden_when_the_digest_comes_is_news_when_it_returns(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    save(&server, &person, &every_job("email", "daily")).await;
    let mut brief = employer.job("Baker");
    brief["valid_through"] = json!(server.state.clock.now() + TimeDelta::hours(20));
    let baker = employer.post(&server, &brief).await;
    matched(&server).await;
    // Its time is up before the digest, and the other one is archived with its employer.
    pass(&server, TimeDelta::hours(21)).await;
    let mut other = Employer::new(&server).await;
    other.post(&server, &other.job("Miller")).await;
    matched(&server).await;
    other.decide(&server, "archive").await;
    pass(&server, TimeDelta::hours(3)).await;
    assert!(!server.has_mail_to(&person.email).await);

    employer.log_in(&server).await;
    other.log_in(&server).await;
    let path = format!("/v1/jobs/{}/renew", baker.id());
    let renewed = server
        .post(&path, Some(&employer.moderator), &json!({}))
        .await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    other.decide(&server, "publish").await;
    matched(&server).await;
    pass(&server, TimeDelta::days(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "2 new jobs: every job");
    for title in ["Baker", "Miller"] {
        let line = format!("\n{title}\n");
        assert!(mail.body.contains(&line), "{title}: {}", mail.body);
    }
}

async fn untold(server: &Server, search: &str) -> u64 {
    Entity::find()
        .filter(Column::SavedSearchId.eq(SavedSearchId(search.parse().unwrap())))
        .filter(Column::ToldAt.is_null())
        .count(&server.state.store.db)
        .await
        .unwrap()
}

async fn a_digest_counts_what_it_does_not_show(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "daily")).await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    copies(&server, &posted, 229, Some(&saved)).await;
    pass(&server, TimeDelta::days(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "230 new jobs: every job");
    assert!(mail.body.contains("And 210 more"), "{}", mail.body);
    assert_eq!(untold(&server, &saved.id()).await, 0);
    pass(&server, TimeDelta::days(3)).await;
    assert!(!server.has_mail_to(&person.email).await);
}

async fn a_webhook_is_told_of_all_that_waited(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    let saved = hooked(&server, &person, &receiver, "daily").await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    copies(&server, &posted, 424, Some(&saved)).await;
    pass(&server, TimeDelta::days(1)).await;
    while deliveries::drain_once(&server.state).await.unwrap() > 0 {}
    let mut told: Vec<String> = Vec::new();
    crate::changes::support::eventually("every job is told", || {
        told.clear();
        for request in receiver.received() {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let jobs = body["data"]["jobs"].as_array().unwrap().iter();
            told.extend(jobs.map(|job| job["id"].as_str().unwrap().to_owned()));
        }
        let is_all = told.len() >= 425;
        async move { is_all }
    })
    .await;
    assert_eq!(told.len(), 425);
    assert_eq!(told.into_iter().collect::<HashSet<_>>().len(), 425);
    assert_eq!(untold(&server, &saved.id()).await, 0);
    assert_eq!(found(&server, &saved.id()).await, 425);
}

async fn what_another_query_found_is_not_told(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "daily")).await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    let change = json!({"query": "q=Miller"});
    let changed = server
        .patch(&path, &person.token, saved.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;

    pass(&server, TimeDelta::days(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert!(mail.body.contains("\nMiller\n"), "{}", mail.body);
    assert!(!mail.body.contains("\nBaker\n"), "{}", mail.body);
}

async fn who_wants_to_hear_more_often_waits_no_longer(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    for (frequency, hours) in [("instant", 0), ("daily", 24)] {
        let person = server.person(Role::Member).await;
        let saved = save(&server, &person, &every_job("email", "weekly")).await;
        employer.log_in(&server).await;
        let title = format!("Baker, {frequency}");
        employer.post(&server, &employer.job(&title)).await;
        matched(&server).await;
        let path = format!("/v1/saved-searches/{}", saved.id());
        let change = json!({"frequency": frequency});
        let changed = server
            .patch(&path, &person.token, saved.etag(), &change)
            .await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        for _ in 0..hours {
            assert!(!server.has_mail_to(&person.email).await);
            pass(&server, TimeDelta::hours(1)).await;
        }
        due(&server).await;
        let mail = server.mail_to(&person.email).await;
        assert_eq!(mail.subject, format!("every job: {title}"));
        // The moment of the weekly digest brings nothing.
        pass(&server, TimeDelta::days(7)).await;
        assert!(!server.has_mail_to(&person.email).await);
    }
}

/// Whatever they saved.
async fn nobody_is_told_of_a_job_twice(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    let (one, other) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let mut feeds = Vec::new();
    for (person, frequency) in [
        (&one, "instant"),
        (&one, "instant"),
        (&one, "daily"),
        (&one, "daily"),
        (&other, "daily"),
    ] {
        feeds.push(save(&server, person, &every_job("email", frequency)).await);
    }
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    assert_eq!(server.mail_to(&one.email).await.subject, "every job: Baker");
    pass(&server, TimeDelta::days(1)).await;
    assert!(!server.has_mail_to(&one.email).await);
    assert_eq!(
        server.mail_to(&other.email).await.subject,
        "every job: Baker"
    );
    for saved in &feeds {
        assert_eq!(in_feed(&server, saved).await.len(), 1);
    }
    // The next job is told by one of the searches again.
    employer.log_in(&server).await;
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    assert_eq!(
        server.mail_to(&one.email).await.subject,
        "every job: Miller"
    );
    assert!(!server.has_mail_to(&one.email).await);
}

async fn what_a_mail_only_counted_is_still_told(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    save(&server, &person, &every_job("email", "daily")).await;
    let mut narrow = every_job("email", "weekly");
    narrow["query"] = json!("q=Miller");
    save(&server, &person, &narrow).await;
    // The oldest: the daily mail names the newest, and counts the others.
    employer.post(&server, &employer.job("Miller")).await;
    server.state.clock.advance(TimeDelta::seconds(1));
    for number in 0..20 {
        let job = employer.job(&format!("Baker number {number}"));
        employer.post(&server, &job).await;
    }
    matched(&server).await;
    pass(&server, TimeDelta::days(1)).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "21 new jobs: every job");
    assert!(!mail.body.contains("\nMiller\n"), "{}", mail.body);
    pass(&server, TimeDelta::days(6)).await;
    let mail = server.mail_to(&person.email).await;
    assert!(mail.body.contains("\nMiller\n"), "{}", mail.body);
}

async fn what_was_named_before_hides_nothing_older(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "daily")).await;
    employer.post(&server, &employer.job("Miller")).await;
    server.state.clock.advance(TimeDelta::seconds(1));
    let baker = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    // More than a digest takes at once, all named for another search.
    copies(&server, &baker, 250, Some(&saved)).await;
    let db = &server.state.store.db;
    let bakers = job::Entity::find().filter(job::Column::Title.eq("Baker"));
    let named = bakers.all(db).await.unwrap().into_iter();
    let named = named.map(|job| told_job::ActiveModel {
        account_id: Set(AccountId(person.id)),
        job_id: Set(job.id),
    });
    let insert = told_job::Entity::insert_many(named);
    insert.exec_without_returning(db).await.unwrap();
    pass(&server, TimeDelta::days(1)).await;
    assert_eq!(
        server.mail_to(&person.email).await.subject,
        "every job: Miller"
    );
}
