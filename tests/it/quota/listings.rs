//! How much an account has that is not public.

use super::{decide, hand_in, path};
use crate::harness::{Answer, Role, Server, on_both_databases};
use crate::jobs::{coop, job, with};
use futures_util::future::join_all;
use serde_json::json;

on_both_databases!(
    an_account_has_so_many_listings_that_wait,
    an_organization_has_so_many_drafts,
);

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

async fn an_account_has_so_many_listings_that_wait(server: Server) {
    let owner = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let mut ids = Vec::new();
    for number in 0..19 {
        let answer = hand_in(&server, &owner, &format!("Number {number}")).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        ids.push(answer.id());
    }
    // Of several at once one is the twentieth.
    let names: Vec<_> = (0..6).map(|number| format!("At once {number}")).collect();
    let at_once = join_all(names.iter().map(|name| hand_in(&server, &owner, name))).await;
    assert_eq!(statuses(&at_once), [201, 409, 409, 409, 409, 409]);
    let one_more = async |name: &str| hand_in(&server, &owner, name).await;
    let problem = one_more("Twenty-first").await.problem(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("may have 20 listings"), "{detail}");
    let other = server.token(Role::Member).await;
    assert_eq!(hand_in(&server, &other, "Another's").await.status, 201);

    // What was declined is still there; what is public or removed is not.
    decide(&server, &moderator, &ids[0], "reject").await;
    one_more("After a refusal").await.problem(409);
    decide(&server, &moderator, &ids[1], "publish").await;
    assert_eq!(one_more("After a publication").await.status, 201);
    one_more("And another").await.problem(409);
    let removed = server.delete(&path(&ids[2]), &owner, "*").await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(one_more("After a removal").await.status, 201);

    // Handing in again what was public is handing in.
    let status = async |id: &str, status: &str| {
        server
            .patch(&path(id), &owner, "*", &json!({"status": status}))
            .await
    };
    assert_eq!(status(&ids[1], "archived").await.status, 200);
    status(&ids[1], "pending").await.problem(409);
    assert_eq!(status(&ids[0], "pending").await.status, 200);
}

async fn an_organization_has_so_many_drafts(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let body = |number: usize| {
        let title = format!("Baker {number}");
        with(job(&ada, &title), &json!({"status": "draft"}))
    };
    let bodies: Vec<_> = (0..105).map(body).collect();
    let mut answers = Vec::new();
    for some in bodies.chunks(15) {
        let posts = some
            .iter()
            .map(|body| server.post("/v1/jobs", Some(&ada.token), body));
        answers.extend(join_all(posts).await);
    }
    let made = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(made.count(), 100);
    let refused = answers.iter().find(|answer| answer.status != 201).unwrap();
    let problem = refused.problem(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("may have 100 drafts"), "{detail}");
    let published = server
        .post("/v1/jobs", Some(&ada.token), &job(&ada, "Cook"))
        .await;
    assert_eq!(published.status, 201, "{}", published.text());
}
