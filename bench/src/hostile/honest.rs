//! One honest user: searches, reads, looks after a listing, logs in, and once forgets the password.

use super::mailbox;
use super::tally::Tally;
use super::world::{PASSWORD, World, client_at};
use crate::Outcome;
use reqwest::header;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// What is read in turn.
const READS: [&str; 8] = [
    "/v1/organizations?q=bakers&facets=country",
    "/v1/jobs?q=baker&country=GB&facets=workplace",
    "/v1/organizations?country=GB&limit=50",
    "/v1/suggest?q=hon",
    "/organizations/honest-bakers",
    "/v1/feeds/jobs?limit=20",
    "/v1/stats",
    "/v1/jobs?q=bread+leeds",
];

/// Between two reads: 400 a minute, of the 600 that everybody has.
const BETWEEN_READS: Duration = Duration::from_millis(150);
/// Between two writes.
const BETWEEN_WRITES: Duration = Duration::from_secs(2);
/// Between two log-ins.
const BETWEEN_LOG_INS: Duration = Duration::from_secs(5);
/// How long the honest user waits for a mail before giving up.
const MAIL: Duration = Duration::from_secs(30);

/// Lives until then.
pub async fn live(world: &World, end: Instant) -> Outcome<Vec<Tally>> {
    let (reads, visits, writes, log_ins, mail) = tokio::join!(
        read(world, end),
        visit(world, end),
        write(world, end),
        log_in(world, end),
        forget(world, end),
    );
    Ok(vec![reads, visits?, writes, log_ins, mail?])
}

async fn read(world: &World, end: Instant) -> Tally {
    let mut tally = Tally::new("reads");
    for path in READS.iter().cycle() {
        if Instant::now() > end {
            break;
        }
        let request = world.client.get(format!("{}{path}", world.url));
        tally
            .ask(request.bearer_auth(&world.honest.token), 200)
            .await;
        sleep(BETWEEN_READS).await;
    }
    tally
}

/// Each on a new connection, as whoever comes by.
async fn visit(world: &World, end: Instant) -> Outcome<Tally> {
    let mut tally = Tally::new("first visits");
    while Instant::now() < end {
        let request = client_at(1)?.get(format!("{}/organizations/honest-bakers", world.url));
        tally.ask(request, 200).await;
        sleep(Duration::from_millis(500)).await;
    }
    Ok(tally)
}

async fn write(world: &World, end: Instant) -> Tally {
    let mut tally = Tally::new("writes");
    let url = format!(
        "{}/v1/organizations/{}",
        world.url, world.honest.organization
    );
    let mut number = 0;
    while Instant::now() < end {
        number += 1;
        let request = world.client.get(&url).bearer_auth(&world.honest.token);
        let Some((headers, _)) = tally.ask(request, 200).await else {
            continue;
        };
        let tag = headers.get(header::ETAG).cloned();
        let body = json!({"summary": format!("We bake bread number {number}.")});
        let request = world
            .client
            .patch(&url)
            .bearer_auth(&world.honest.token)
            .header(header::CONTENT_TYPE, "application/merge-patch+json")
            .header(
                header::IF_MATCH,
                tag.unwrap_or(header::HeaderValue::from_static("*")),
            )
            .body(body.to_string());
        tally.ask(request, 200).await;
        sleep(BETWEEN_WRITES).await;
    }
    tally
}

async fn log_in(world: &World, end: Instant) -> Tally {
    let mut tally = Tally::new("log-ins");
    let body = json!({"email": world.honest.email, "password": PASSWORD});
    while Instant::now() < end {
        let request = world.client.post(format!("{}/v1/auth/login", world.url));
        tally.ask(request.json(&body), 200).await;
        sleep(BETWEEN_LOG_INS).await;
    }
    tally
}

/// Half-way through, when every queue is as full as it gets.
async fn forget(world: &World, end: Instant) -> Outcome<Tally> {
    sleep(end.saturating_duration_since(Instant::now()) / 2).await;
    let mut tally = Tally::new("forgotten password");
    let outbox = world.data_dir.join("outbox");
    let known = mailbox::count(&outbox, world.honest.email)?;
    let body = json!({"email": world.honest.email});
    let request = world
        .client
        .post(format!("{}/v1/auth/forgot-password", world.url));
    tally.ask(request.json(&body), 202).await;
    match mailbox::wait(&outbox, world.honest.email, known, MAIL).await? {
        Some(taken) => tally.note(format!("mail after {} ms", taken.as_millis())),
        None => tally.fail("the mail for a new password never came"),
    }
    Ok(tally)
}
