//! At its end a job leaves every page and feed, and returns to them when it is renewed.

use super::Employer;
use crate::claims::for_each_database;
use crate::harness::{Answer, Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use toadlane::clock::Clock;

for_each_database!(
    a_job_is_everywhere_as_long_as_it_is_open,
    a_job_that_ended_is_nowhere_before_anybody_noted_it,
);

struct Board {
    employer: Employer,
    /// Of the job that ends, and of another that stays: id and slug.
    ends: (String, String),
    stays: (String, String),
}

async fn board(database: Database) -> Board {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let server = Server::start_with(database, Clock::manual(start), |_| {}).await;
    let employer = Employer::named(server, "Stores").await;
    let post = async |title: &str, days: i64| {
        let mut job = employer.job(title);
        job["valid_through"] = json!(start + TimeDelta::days(days));
        job["skills"] = json!(["Debian"]);
        let view = employer.post(&job).await;
        let text = |member: &str| view[member].as_str().unwrap().to_owned();
        (text("id"), text("slug"))
    };
    let ends = post("Keeper of the till", 10).await;
    let stays = post("Keeper of the scales", 20).await;
    Board {
        employer,
        ends,
        stays,
    }
}

/// Where each job can be met: the page's path, and whether the one that ends and the one that stays are there.
async fn met(board: &Board) -> Vec<(String, bool, bool)> {
    let server = &board.employer.server;
    let slug = board.employer.view["slug"].as_str().unwrap();
    let mut met = Vec::new();
    for path in [
        "/feeds/jobs.atom".to_owned(),
        "/feeds/jobs.atom?q=keeper".to_owned(),
        "/feeds/indeed.xml".to_owned(),
        "/sitemap.xml".to_owned(),
        format!("/organizations/{slug}"),
        "/v1/jobs".to_owned(),
        "/v1/jobs?q=till".to_owned(),
        "/v1/jobs?collapse=organization&q=till".to_owned(),
        "/v1/feeds/jobs".to_owned(),
        format!("/v1/jobs/{}/similar", board.stays.0),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let has = |slug: &str| {
            let text = answer.text();
            text.contains(&format!("/jobs/{slug}"))
                || text.contains(&format!("\"slug\":\"{slug}\""))
        };
        met.push((path, has(&board.ends.1), has(&board.stays.1)));
    }
    met
}

async fn a_job_is_everywhere_as_long_as_it_is_open(database: Database) {
    let board = board(database).await;
    let server = &board.employer.server;
    server
        .state
        .clock
        .advance(TimeDelta::days(10) - TimeDelta::seconds(1));
    for (path, ends, _) in met(&board).await {
        assert!(ends, "{path}");
    }
    let counted = server.get("/v1/stats").await.json();
    assert_eq!(counted["kinds"]["job"], 2);
}

async fn a_job_that_ended_is_nowhere_before_anybody_noted_it(database: Database) {
    let board = board(database).await;
    let server = &board.employer.server;
    server.state.clock.advance(TimeDelta::days(10));
    for (path, ends, stays) in met(&board).await {
        assert!(!ends, "{path}");
        let is_about_the_other = path.contains("similar") || path.contains("q=till");
        assert!(stays || is_about_the_other, "{path}");
    }
    let counted = server.get("/v1/stats").await.json();
    assert_eq!(counted["kinds"]["job"], 1);

    let moderator = server.person(Role::Moderator).await;
    let renew = format!("/v1/jobs/{}/renew?refresh=wait_for", board.ends.0);
    let renewed: Answer = server
        .post(&renew, Some(&moderator.token), &json!({}))
        .await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    for (path, ends, _) in met(&board).await {
        assert!(ends, "{path}");
    }
}
