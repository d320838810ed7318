//! What is new, as a signed request (Standard Webhooks 1.0.0).

use super::receiver::{Received, Receiver};
use super::{
    Employer, due, every_job, found, hooked, job_id, matched, note_told, save, search_id, verified,
};
use crate::changes::support::eventually;
use crate::claims::for_each_database;
use crate::harness::{Answer, Database, Role, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use entity::alert_delivery::{self, JobIds};
use entity::saved_search;
use hmac::{Hmac, Mac};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::{Value, json};
use sha2::Sha256;
use toadlane::clock::Clock;
use toadlane::saved_searches::deliveries;

for_each_database!(
    a_request_is_signed_and_sent_until_it_is_taken,
    who_answers_410_is_left_alone,
    nothing_is_sent_about_what_is_closed,
    what_was_hidden_before_it_was_sent_is_news_when_it_returns,
    nothing_is_sent_for_who_is_suspended,
    what_another_query_found_is_not_sent,
    what_cannot_be_signed_is_given_up,
    whose_receiver_is_silent_delays_nobody_else,
    who_does_not_echo_the_challenge_gets_nothing,
    who_has_moved_proves_itself_anew,
    what_waits_goes_to_the_new_place_once_that_is_proven,
    a_job_makes_one_request_of_an_account_to_a_url,
);

async fn server(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |config| {
        config.serve.allow_private_webhooks = true;
    })
    .await
}

async fn sends(server: &Server) {
    while deliveries::drain_once(&server.state).await.unwrap() > 0 {}
}

async fn until_received(receiver: &Receiver, count: usize) {
    eventually("a request comes", || async {
        receiver.received().len() >= count
    })
    .await;
    assert_eq!(receiver.received().len(), count);
}

/// As a receiver does it, from the specification.
fn assert_signed(request: &Received, secret: &str) {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    assert!((24..=64).contains(&key.len()));
    let header = |name: &str| request.headers[name].as_str();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    mac.update(format!("{id}.{timestamp}.{}", request.body).as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{signature}"));
    assert_eq!(header("content-type"), "application/json");
}

async fn a_request_is_signed_and_sent_until_it_is_taken(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([
        "500 Oops",
        "302 Found\r\nlocation: http://127.0.0.1:1/",
        "503 Later\r\nretry-after: 7200",
    ])
    .await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    let secret = saved.json()["secret"].as_str().unwrap().to_owned();
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    until_received(&receiver, 1).await;
    // Later the job has another name: what was sent once is sent again as it was.
    employer
        .patch(&server, &posted, &json!({"title": "Miller"}))
        .await;
    matched(&server).await;
    for (seconds, count) in [(6, 2), (330, 3)] {
        sends(&server).await;
        assert_eq!(receiver.received().len(), count - 1);
        server.state.clock.advance(TimeDelta::seconds(seconds));
        sends(&server).await;
        until_received(&receiver, count).await;
    }
    // Half an hour by the schedule, two hours because they ask for it.
    server.state.clock.advance(TimeDelta::minutes(119));
    sends(&server).await;
    assert_eq!(receiver.received().len(), 3);
    server.state.clock.advance(TimeDelta::minutes(2));
    sends(&server).await;
    until_received(&receiver, 4).await;
    server.state.clock.advance(TimeDelta::days(10));
    sends(&server).await;
    let requests = receiver.received();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        assert_signed(request, &secret);
        assert_eq!(request.body, requests[0].body);
        assert_eq!(
            request.headers["webhook-id"],
            requests[0].headers["webhook-id"]
        );
    }
    assert_ne!(
        requests[0].headers["webhook-timestamp"],
        requests[3].headers["webhook-timestamp"]
    );
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(body["type"], "saved_search.matched");
    assert_eq!(body["data"]["saved_search"]["id"], saved.json()["id"]);
    assert_eq!(body["data"]["jobs"][0]["title"], "Baker");
    assert_eq!(body["data"]["jobs"][0]["id"], posted.json()["id"]);
}

async fn who_answers_410_is_left_alone(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start(["410 Gone"]).await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    until_received(&receiver, 1).await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    eventually("the webhook is off", || async {
        server.get_as(&path, &person.token).await.json()["notify"] == "none"
    })
    .await;
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    server.state.clock.advance(TimeDelta::minutes(1));
    sends(&server).await;
    assert_eq!(receiver.received().len(), 1);
}

async fn nothing_is_sent_about_what_is_closed(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    hooked(&server, &person, &receiver, "daily").await;
    let closed = employer.post(&server, &employer.job("Baker")).await;
    employer.close(&server, &closed).await;
    for number in 0..21 {
        let job = employer.job(&format!("Miller number {number}"));
        employer.post(&server, &job).await;
    }
    matched(&server).await;
    server.state.clock.advance(TimeDelta::days(1));
    due(&server).await;
    sends(&server).await;
    until_received(&receiver, 2).await;
    let mut titles: Vec<String> = Vec::new();
    for request in receiver.received() {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let jobs = body["data"]["jobs"].as_array().unwrap().iter();
        titles.extend(jobs.map(|job| job["title"].as_str().unwrap().to_owned()));
    }
    assert_eq!(titles.len(), 21);
    assert!(titles.iter().all(|title| title.starts_with("Miller")));
}

/// The titles that a request tells of.
fn told(request: &Received) -> Vec<String> {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let jobs = body["data"]["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["title"].as_str().unwrap().to_owned())
        .collect()
}

/// Writes a request that is due, as the follower of the alerts does.
async fn queue(server: &Server, search: &Answer, jobs: &[&Answer]) -> alert_delivery::Model {
    queue_for(server, search, jobs, TimeDelta::zero()).await
}

/// Writes one that is due after a while.
async fn queue_for(
    server: &Server,
    search: &Answer,
    jobs: &[&Answer],
    wait: TimeDelta,
) -> alert_delivery::Model {
    note_told(server, search, jobs).await;
    let now = server.state.clock.now();
    let delivery = alert_delivery::ActiveModel {
        id: Set(server.state.clock.new_id()),
        saved_search_id: Set(search_id(search)),
        challenge: Set(None),
        job_ids: Set(JobIds(jobs.iter().map(|job| job_id(job)).collect())),
        body: Set(None),
        attempts: Set(0),
        due_at: Set(now + wait),
        created_at: Set(now),
        done_at: Set(None),
    };
    delivery.insert(&server.state.store.db).await.unwrap()
}

async fn is_done(server: &Server, delivery: &alert_delivery::Model) -> bool {
    let row = alert_delivery::Entity::find_by_id(delivery.id);
    let row = row.one(&server.state.store.db).await.unwrap().unwrap();
    row.done_at.is_some()
}

async fn what_another_query_found_is_not_sent(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let baker = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    queue_for(&server, &saved, &[&baker], TimeDelta::minutes(1)).await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    let change = json!({"query": "q=Miller"});
    let changed = server
        .patch(&path, &person.token, saved.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    server.state.clock.advance(TimeDelta::minutes(1));
    sends(&server).await;
    until_received(&receiver, 1).await;
    assert_eq!(told(&receiver.received()[0]), ["Miller"]);
}

async fn what_was_hidden_before_it_was_sent_is_news_when_it_returns(database: Database) {
    let server = server(database).await;
    let (hidden, open) = (Employer::new(&server).await, Employer::new(&server).await);
    let baker = hidden.post(&server, &hidden.job("Baker")).await;
    let brewer = hidden.post(&server, &hidden.job("Brewer")).await;
    let miller = open.post(&server, &open.job("Miller")).await;
    hidden.decide(&server, "archive").await;
    matched(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    // One that tells of what is open too, and one that has nothing to say any more.
    let both = queue(&server, &saved, &[&baker, &miller]).await;
    let none = queue(&server, &saved, &[&brewer]).await;
    sends(&server).await;
    until_received(&receiver, 1).await;
    assert_eq!(told(&receiver.received()[0]), ["Miller"]);
    eventually("both are done with", || async {
        is_done(&server, &both).await && is_done(&server, &none).await
    })
    .await;
    assert_eq!(found(&server, &saved.id()).await, 1);

    hidden.decide(&server, "publish").await;
    matched(&server).await;
    until_received(&receiver, 2).await;
    let mut returned = told(&receiver.received()[1]);
    returned.sort_unstable();
    assert_eq!(returned, ["Baker", "Brewer"]);
}

async fn nothing_is_sent_for_who_is_suspended(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let admin = server.token(Role::Admin).await;
    let receiver = Receiver::start(["500 Oops"]).await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    until_received(&receiver, 1).await;
    let path = format!("/v1/moderation/users/{}/suspend", person.id);
    let suspended = server.post(&path, Some(&admin), &json!({})).await;
    assert_eq!(suspended.status, 200, "{}", suspended.text());
    // Neither what is tried again, nor what was not tried yet.
    let miller = employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    let waiting = queue(&server, &saved, &[&miller]).await;
    server.state.clock.advance(TimeDelta::days(1));
    sends(&server).await;
    eventually("it is done with", || is_done(&server, &waiting)).await;
    server.state.clock.advance(TimeDelta::days(10));
    sends(&server).await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(told(&receiver.received()[0]), ["Baker"], "{}", posted.id());
}

async fn what_cannot_be_signed_is_given_up(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    let saved = hooked(&server, &person, &receiver, "instant").await;
    let mut row = saved_search::Entity::find_by_id(search_id(&saved))
        .one(&server.state.store.db)
        .await
        .unwrap()
        .unwrap()
        .into_active_model();
    row.webhook_secret = Set(Some("no secret".to_owned()));
    row.update(&server.state.store.db).await.unwrap();
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let delivery = {
        let all = alert_delivery::Entity::find();
        let all = all.filter(alert_delivery::Column::Challenge.is_null());
        all.one(&server.state.store.db).await.unwrap().unwrap()
    };
    for _ in 0..20 {
        sends(&server).await;
        server.state.clock.advance(TimeDelta::hours(25));
    }
    eventually("it is given up", || is_done(&server, &delivery)).await;
    assert_eq!(receiver.received().len(), 0, "{}", posted.id());
}

async fn whose_receiver_is_silent_delays_nobody_else(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = server.person(Role::Member).await;
    let mut search = every_job("webhook", "instant");
    search["webhook_url"] = json!(format!("http://{}/", silent.local_addr().unwrap()));
    let mut theirs = Vec::new();
    for _ in 0..12 {
        theirs.push(search_id(&save(&server, &slow, &search).await));
    }
    for title in ["Baker", "Miller", "Weaver"] {
        employer.post(&server, &employer.job(title)).await;
        matched(&server).await;
    }
    let quick = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    hooked(&server, &quick, &receiver, "instant").await;
    employer.post(&server, &employer.job("Tailor")).await;
    matched(&server).await;
    until_received(&receiver, 1).await;
    let tried = alert_delivery::Entity::find()
        .filter(alert_delivery::Column::SavedSearchId.is_in(theirs))
        .filter(alert_delivery::Column::Attempts.gt(0))
        .count(&server.state.store.db)
        .await
        .unwrap();
    assert!((1..=4).contains(&tried), "{tried} at once");
}

async fn who_does_not_echo_the_challenge_gets_nothing(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let receiver = Receiver::start([]).await;
    receiver.set_mute(true);
    let mut search = every_job("webhook", "instant");
    search["webhook_url"] = json!(receiver.url());
    let saved = save(&server, &person, &search).await;
    let secret = saved.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(saved.json()["webhook_verified_at"], Value::Null);
    eventually("a challenge comes", || async {
        !receiver.challenges().is_empty()
    })
    .await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    // Once more after five seconds, as any request; then when its owner asks for it.
    server.state.clock.advance(TimeDelta::seconds(6));
    eventually("it is asked again", || async {
        sends(&server).await;
        receiver.challenges().len() >= 2
    })
    .await;
    for challenge in receiver.challenges() {
        assert_signed(&challenge, &secret);
    }
    assert_eq!(receiver.received().len(), 0);
    let path = format!("/v1/saved-searches/{}", saved.id());
    let view = server.get_as(&path, &person.token).await.json();
    assert_eq!(view["webhook_verified_at"], Value::Null);

    receiver.set_mute(false);
    let asked = server
        .patch(&path, &person.token, saved.etag(), &json!({}))
        .await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    verified(&server, &person, &saved).await;
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    until_received(&receiver, 1).await;
    // What was found before is in the private feed alone.
    assert_eq!(told(&receiver.received()[0]), ["Miller"]);
}

async fn who_has_moved_proves_itself_anew(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let (old, new) = (Receiver::start([]).await, Receiver::start([]).await);
    new.set_mute(true);
    let saved = hooked(&server, &person, &old, "instant").await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    let moved = server
        .patch(
            &path,
            &person.token,
            saved.etag(),
            &json!({"webhook_url": new.url()}),
        )
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.json()["webhook_verified_at"], Value::Null);
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    eventually("the new place is asked", || async {
        !new.challenges().is_empty()
    })
    .await;
    sends(&server).await;
    assert_eq!((old.received().len(), new.received().len()), (0, 0));
    let forged = json!({"webhook_verified_at": "2026-01-01T00:00:00Z"});
    let forged = server
        .patch(&path, &person.token, moved.etag(), &forged)
        .await;
    forged.problem(400);
}

async fn what_waits_goes_to_the_new_place_once_that_is_proven(database: Database) {
    let server = server(database).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let (old, new) = (
        Receiver::start(["500 Oops"]).await,
        Receiver::start([]).await,
    );
    new.set_mute(true);
    let saved = hooked(&server, &person, &old, "instant").await;
    // One was tried already, one was not.
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    until_received(&old, 1).await;
    let miller = employer.post(&server, &employer.job("Miller")).await;
    queue_for(&server, &saved, &[&miller], TimeDelta::seconds(6)).await;
    let path = format!("/v1/saved-searches/{}", saved.id());
    let change = json!({"webhook_url": new.url()});
    let moved = server.patch(&path, &person.token, "*", &change).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let secret = moved.json()["secret"].as_str().unwrap().to_owned();
    eventually("the new place is asked", || async {
        !new.challenges().is_empty()
    })
    .await;
    server.state.clock.advance(TimeDelta::minutes(5));
    sends(&server).await;
    server.state.clock.advance(TimeDelta::minutes(5));
    sends(&server).await;
    let before = (old.received().len(), new.received().len());

    new.set_mute(false);
    let asked = server.patch(&path, &person.token, "*", &json!({})).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    verified(&server, &person, &saved).await;
    server.state.clock.advance(TimeDelta::minutes(1));
    sends(&server).await;
    until_received(&new, before.1 + 2).await;
    let received = new.received();
    let mut all: Vec<_> = received.iter().flat_map(told).collect();
    all.sort();
    assert_eq!(all, ["Baker", "Miller"]);
    for request in &received {
        assert_signed(request, &secret);
    }
    assert_eq!((before, old.received().len()), ((1, 0), 1));
}

async fn a_job_makes_one_request_of_an_account_to_a_url(database: Database) {
    let server = server(database).await;
    let mut employer = Employer::new(&server).await;
    let (one, other) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let receiver = Receiver::start([]).await;
    for _ in 0..5 {
        hooked(&server, &one, &receiver, "instant").await;
    }
    hooked(&server, &one, &receiver, "daily").await;
    hooked(&server, &other, &receiver, "instant").await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    server.state.clock.advance(TimeDelta::days(1));
    due(&server).await;
    sends(&server).await;
    until_received(&receiver, 2).await;
    employer.log_in(&server).await;
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    server.state.clock.advance(TimeDelta::days(1));
    due(&server).await;
    sends(&server).await;
    until_received(&receiver, 4).await;
}
