use super::Employer;
use crate::harness::{Answer, Database, Role, Server, on_both_databases};
use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use serde_json::json;
use toadlane::clock::Clock;

on_both_databases!(
    people_are_sent_on_and_counted,
    counts_are_for_editors,
    what_is_counted_is_written_when_the_server_stops,
);

/// Follows no redirect.
async fn ask(server: &Server, method: Method, path: &str) -> Answer {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Answer::of(client.request(method, format!("{}{path}", server.url))).await
}

async fn click(server: &Server, path: &str) -> Answer {
    ask(server, Method::GET, path).await
}

async fn people_are_sent_on_and_counted(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let job = employer.post(&employer.job("Keeper")).await;
    let (id, slug) = (job["id"].as_str().unwrap(), job["slug"].as_str().unwrap());
    for _ in 0..2 {
        for name in [id, slug] {
            let sent = click(server, &format!("/jobs/{name}/apply")).await;
            assert_eq!(sent.status, 303);
            assert_eq!(
                sent.header("location"),
                "https://jobs.example.org/till?a=1&b=2"
            );
            assert_eq!(sent.header("referrer-policy"), "no-referrer");
            assert_eq!(sent.header("cache-control"), "no-store");
            assert_eq!(sent.header("x-robots-tag"), "noindex");
            assert_eq!(sent.header("set-cookie"), "");
        }
        // A look at where it leads is no click.
        let looked = ask(server, Method::HEAD, &format!("/jobs/{slug}/apply")).await;
        assert_eq!(looked.status, 303);
        server
            .state
            .apply_counts
            .write(&server.state.store)
            .await
            .unwrap();
    }
    let path = format!("/v1/jobs/{slug}/clicks");
    let clicks = server.get_as(&path, &employer.editor.token).await;
    assert_eq!(clicks.status, 200, "{}", clicks.text());
    let today = server.state.clock.now().date_naive();
    let clicks = clicks.json();
    assert_eq!(clicks["total"], 4);
    // Unless midnight came in between.
    let latest = &clicks["items"][0];
    assert_eq!(latest["day"], today.to_string());
}

async fn counts_are_for_editors(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let job = employer.post(&employer.job("Keeper")).await;
    let path = format!("/v1/jobs/{}/clicks", job["id"].as_str().unwrap());
    let none = server.get_as(&path, &employer.moderator).await;
    assert_eq!(none.json(), json!({"items": [], "total": 0}));
    server.get(&path).await.problem(401);
    let other = server.person(Role::Member).await;
    server.get_as(&path, &other.token).await.problem(403);
    let path = format!("{path}?limit=1");
    server.get_as(&path, &employer.moderator).await.problem(400);
}

async fn what_is_counted_is_written_when_the_server_stops(server: Server) {
    let mut employer = Employer::named(server, "Stores").await;
    let job = employer.post(&employer.job("Keeper")).await;
    let id = job["id"].as_str().unwrap();
    click(&employer.server, &format!("/jobs/{id}/apply")).await;
    employer.server = employer.server.restart().await;
    let path = format!("/v1/jobs/{id}/clicks");
    let clicks = employer.server.get_as(&path, &employer.moderator).await;
    assert_eq!(clicks.json()["total"], 1, "{}", clicks.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_told_apart_the_latest_first() {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let server = Server::start_with(Database::Sqlite, Clock::manual(start), |_| {}).await;
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let posted = server
        .post(
            "/v1/jobs",
            Some(&employer.editor.token),
            &employer.job("Keeper"),
        )
        .await;
    let (id, state) = (posted.id(), &server.state);
    for clicks in [2, 3] {
        for _ in 0..clicks {
            click(server, &format!("/jobs/{id}/apply")).await;
        }
        // Written once a day or often: the sum is the same.
        if clicks == 2 {
            state.apply_counts.write(&state.store).await.unwrap();
        }
        state.clock.advance(TimeDelta::days(1));
    }
    state.apply_counts.write(&state.store).await.unwrap();
    // A new token: the clock has moved on.
    let editor = server.token(Role::Moderator).await;
    let clicks = server
        .get_as(&format!("/v1/jobs/{id}/clicks"), &editor)
        .await;
    assert_eq!(
        clicks.json(),
        json!({
            "items": [{"day": "2027-01-16", "clicks": 3}, {"day": "2027-01-15", "clicks": 2}],
            "total": 5,
        })
    );
}
