//! Many who write jobs at once.

use super::{act, coop, in_feed, job, listed, on_both, path, post, state_in_feed, with};
use crate::changes::support::caught_up;
use crate::harness::{Answer, Database, Role, Server};
use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use toadlane::clock::Clock;

on_both!(
    of_many_changes_of_one_version_one_is_made,
    of_many_posts_of_one_job_one_is_made,
    what_is_closed_while_it_is_renewed_is_closed,
    what_is_renewed_while_it_is_posted_anew_is_open_once,
    of_many_searches_so_many_are_kept_as_may_be,
);

/// How often each status came.
fn counted(answers: &[Answer], status: u16) -> usize {
    let of_status = answers.iter().filter(|answer| answer.status == status);
    of_status.count()
}

/// What was done to a job, the last first.
async fn actions(server: &Server, id: &str) -> Vec<Value> {
    let history = server.get(&format!("{}/history", path(id))).await.json();
    let items = history["items"].as_array().unwrap().iter();
    items.map(|item| item["action"].clone()).collect()
}

async fn of_many_changes_of_one_version_one_is_made(database: Database) {
    const CHANGES: usize = 50;
    let server = Server::start(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let (id, etag) = (posted.id(), posted.etag());
    let path = path(&id);
    let changes: Vec<_> = (0..CHANGES)
        .map(|number| json!({"title": format!("Baker {number}")}))
        .collect();
    let sent = changes
        .iter()
        .map(|change| server.patch(&path, &ada.token, etag, change));
    let answers = join_all(sent).await;
    assert_eq!(counted(&answers, 200), 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        lost.problem(412);
    }
    let made = answers.iter().find(|answer| answer.status == 200).unwrap();
    let shown = server.get(&path).await;
    assert_eq!((shown.json(), shown.etag()), (made.json(), made.etag()));
    assert_eq!(shown.json()["version"], 2);
    assert_eq!(actions(&server, &id).await, ["updated", "created"]);
    caught_up(&server).await;
    let (_, data) = in_feed(&server, &id).await.unwrap();
    assert_eq!(data, made.json());
    let list = server.get("/v1/jobs").await.json();
    assert_eq!(list["items"], json!([made.json()]));
}

async fn of_many_posts_of_one_job_one_is_made(database: Database) {
    const POSTS: usize = 20;
    let server = Server::start(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let bodies: Vec<_> = (0..POSTS)
        .map(|number| {
            // The same to whoever reads it.
            let title = format!("{}baker", " ".repeat(number % 3));
            with(
                job(&ada, &title),
                &json!({"description": format!("Version {number}")}),
            )
        })
        .collect();
    let sent = bodies
        .iter()
        .map(|body| server.post("/v1/jobs", Some(&ada.token), body));
    let answers = join_all(sent).await;
    assert_eq!(counted(&answers, 201), 1);
    let made = answers.iter().find(|answer| answer.status == 201).unwrap();
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.problem(409)["duplicate"], path(&made.id()));
    }
    caught_up(&server).await;
    assert_eq!(listed(&server).await, [made.id()]);
    let mine = server.get_as("/v1/me/jobs", &ada.token).await.json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
}

async fn what_is_closed_while_it_is_renewed_is_closed(database: Database) {
    const JOBS: usize = 8;
    let server = Server::start(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let (filled, nothing) = (json!({"reason": "filled"}), json!({}));
    let mut ids = Vec::new();
    for number in 0..JOBS {
        let body = job(&ada, &format!("Baker {number}"));
        ids.push(post(&server, &ada, &body).await.id());
    }
    let at_once = ids.iter().map(|id| {
        let renewals = (0..3).map(|_| act(&server, &ada, id, "renew", &nothing));
        join(act(&server, &ada, id, "close", &filled), join_all(renewals))
    });
    let answers = join_all(at_once).await;
    caught_up(&server).await;
    for (id, (closed, renewed)) in ids.iter().zip(answers) {
        assert_eq!(closed.status, 200, "{}", closed.text());
        let renewals = counted(&renewed, 200);
        assert_eq!(renewals + counted(&renewed, 409), 3);
        let mut expected = vec!["closed"];
        expected.extend(vec!["renewed"; renewals]);
        expected.push("created");
        assert_eq!(actions(&server, id).await, expected);
        let shown = server.get(&path(id)).await.json();
        assert_eq!(shown, closed.json());
        assert_eq!(shown["status"], "filled");
        assert_eq!(shown["version"], 2 + renewals);
        assert_eq!(state_in_feed(&server, id).await.unwrap(), "deleted");
    }
    assert_eq!(listed(&server).await, Vec::<String>::new());
}

async fn what_is_renewed_while_it_is_posted_anew_is_open_once(database: Database) {
    const JOBS: usize = 8;
    let clock = Clock::manual(Clock::System.now());
    let server = Server::start_with(database, clock, |_| {}).await;
    let mut ada = coop(&server, "Ada Bakery").await;
    let mut old = Vec::new();
    let bodies: Vec<_> = (0..JOBS)
        .map(|number| job(&ada, &format!("Baker {number}")))
        .collect();
    for body in &bodies {
        old.push(post(&server, &ada, body).await.id());
    }
    server.state.clock.advance(TimeDelta::days(61));
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
    // A session lasts less than a job.
    let credentials = json!({"email": ada.email, "password": "a long enough password"});
    let tokens = server.post("/v1/auth/login", None, &credentials).await;
    let token = &tokens.json()["access_token"];
    token.as_str().unwrap().clone_into(&mut ada.token);
    let nothing = json!({});
    let at_once = old.iter().zip(&bodies).map(|(id, body)| {
        join(
            act(&server, &ada, id, "renew", &nothing),
            server.post("/v1/jobs", Some(&ada.token), body),
        )
    });
    let answers = join_all(at_once).await;
    caught_up(&server).await;
    let mut open = Vec::new();
    for (old, (renewed, posted)) in old.iter().zip(answers) {
        match (renewed.status, posted.status) {
            (200, 409) => {
                assert_eq!(posted.problem(409)["duplicate"], path(old));
                open.push(old.clone());
            }
            (409, 201) => {
                assert_eq!(renewed.problem(409)["duplicate"], path(&posted.id()));
                open.push(posted.id());
            }
            other => panic!("{other:?}: {}\n{}", renewed.text(), posted.text()),
        }
    }
    open.sort();
    let mut listed = listed(&server).await;
    listed.sort();
    assert_eq!(listed, open);
}

async fn of_many_searches_so_many_are_kept_as_may_be(database: Database) {
    const AT_ONCE: usize = 30;
    const LEFT: usize = 4;
    const SEARCHES: &str = "/v1/saved-searches";
    let server = Server::start(database).await;
    let ada = server.person(Role::Member).await;
    let search = json!({"kind": "job", "query": "", "notify": "none", "frequency": "instant"});
    let save = || server.post(SEARCHES, Some(&ada.token), &search);
    let saved = join_all((0..100 - LEFT).map(|_| save())).await;
    assert_eq!(counted(&saved, 201), 100 - LEFT);
    let answers = join_all((0..AT_ONCE).map(|_| save())).await;
    assert_eq!(counted(&answers, 201), LEFT);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.problem(409);
    }
    let kept = server
        .get_as(&format!("{SEARCHES}?limit=100"), &ada.token)
        .await;
    let kept = kept.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 100);
    assert_eq!(kept["next_cursor"], Value::Null);
}
