//! Reports about listings.

use super::{decide, pointers, walk};
use crate::changes::support::eventually;
use crate::harness::{Database, Role, Server, organization};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use toadlane::clock::Clock;

async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    from_reporting_to_forgetting(start(Database::Sqlite).await).await;
    what_cannot_be_reported(start(Database::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    from_reporting_to_forgetting(start(Database::Postgres).await).await;
    what_cannot_be_reported(start(Database::Postgres).await).await;
}

const REPORTS: &str = "/v1/moderation/reports";

#[expect(clippy::too_many_lines, reason = "one story")]
async fn from_reporting_to_forgetting(server: Server) {
    let member = server.token(Role::Member).await;
    let moderator = server.person(Role::Moderator).await;
    for name in ["Old Mill", "New Mill"] {
        let body = organization(name);
        server
            .post("/v1/organizations", Some(&moderator.token), &body)
            .await;
    }
    let report = async |slug: &str, token: Option<&str>, body: serde_json::Value| {
        let path = format!("/v1/organizations/{slug}/reports");
        let answer = server.post(&path, token, &body).await;
        assert_eq!((answer.status, answer.text().as_str()), (202, ""));
        server.state.clock.advance(TimeDelta::seconds(1));
    };
    let closed =
        json!({"reason": "closed", "detail": "Since spring", "email": " Ada@Example.coop"});
    // Said at once and again: once is enough.
    let closed = || closed.clone();
    tokio::join!(
        report("old-mill", None, closed()),
        report("old-mill", None, closed()),
        report("old-mill", None, json!({"reason": "closed"})),
    );
    report("old-mill", Some(&member), closed()).await;
    report(
        "old-mill",
        Some(&member),
        json!({"reason": "closed", "detail": "Again"}),
    )
    .await;
    report("old-mill", None, json!({"reason": "other"})).await;
    report("new-mill", None, json!({"reason": "other"})).await;

    server.get(REPORTS).await.problem(401);
    server.get_as(REPORTS, &member).await.problem(403);
    let items = walk(&server, &moderator.token, &format!("{REPORTS}?limit=2")).await;
    let brief = |items: &[serde_json::Value]| -> Vec<_> {
        let brief = items.iter().map(|item| {
            json!([
                item["organization"]["slug"],
                item["reason"],
                item["outcome"]
            ])
        });
        brief.collect()
    };
    let closed_one = json!(["old-mill", "closed", null]);
    assert_eq!(
        brief(&items),
        [
            closed_one.clone(),
            closed_one.clone(),
            json!(["old-mill", "other", null]),
            json!(["new-mill", "other", null]),
        ]
    );
    assert_eq!(items[1]["email"], "ada@example.coop");
    assert_eq!(items[1]["detail"], "Since spring");

    let close = format!("{REPORTS}/{}/close", items[1]["id"].as_str().unwrap());
    let acted = json!({"outcome": "acted", "note": "Archived"});
    server.post(&close, None, &acted).await.problem(401);
    server
        .post(&close, Some(&member), &acted)
        .await
        .problem(403);
    for (body, fault) in [
        (json!({}), "/outcome"),
        (json!({"outcome": "maybe"}), "/outcome"),
        (json!({"outcome": "acted", "note": "\u{0}"}), "/note"),
    ] {
        let refused = server.post(&close, Some(&moderator.token), &body).await;
        assert_eq!(pointers(&refused), json!([fault]));
    }
    let answer = server.post(&close, Some(&moderator.token), &acted).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["closed_by"], json!(moderator.id));
    assert_eq!(answer.json()["note"], "Archived");
    server
        .post(&close, Some(&moderator.token), &acted)
        .await
        .problem(409);
    let nowhere = format!("{REPORTS}/{}/close", server.state.clock.new_id());
    server
        .post(&nowhere, Some(&moderator.token), &acted)
        .await
        .problem(404);
    server
        .post(
            &format!("{REPORTS}/x/close"),
            Some(&moderator.token),
            &acted,
        )
        .await
        .problem(404);

    // It may be said again once it is closed, or on another day.
    report("old-mill", Some(&member), closed()).await;
    server.state.clock.advance(TimeDelta::days(1));
    let (member, moderator) = (
        server.token(Role::Member).await,
        server.token(Role::Moderator).await,
    );
    report("new-mill", None, json!({"reason": "other"})).await;
    drop(member);
    let open = walk(
        &server,
        &moderator,
        &format!("{REPORTS}?state=open&limit=100"),
    )
    .await;
    assert_eq!(open.len(), 5, "{open:?}");
    let done = walk(
        &server,
        &moderator,
        &format!("{REPORTS}?state=closed&limit=100"),
    )
    .await;
    assert_eq!(done.len(), 1);
    assert_eq!(done[0]["email"], "ada@example.coop");

    server.state.clock.advance(TimeDelta::days(90));
    let server = server.restart().await;
    let moderator = server.token(Role::Moderator).await;
    eventually("the address is erased", || async {
        let done = server
            .get_as(&format!("{REPORTS}?state=closed"), &moderator)
            .await;
        done.json()["items"][0]["email"].is_null()
    })
    .await;
    let open = walk(
        &server,
        &moderator,
        &format!("{REPORTS}?state=open&limit=100"),
    )
    .await;
    assert_eq!(open[3]["email"], "ada@example.coop", "{open:?}");

    // With a listing goes what was said about it.
    server
        .delete("/v1/organizations/old-mill", &moderator, "*")
        .await;
    let left = walk(&server, &moderator, &format!("{REPORTS}?limit=100")).await;
    let other = json!(["new-mill", "other", null]);
    assert_eq!(brief(&left), [other.clone(), other]);
}

async fn what_cannot_be_reported(server: Server) {
    let member = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = server
        .post("/v1/organizations", Some(&member), &organization("Unseen"))
        .await;
    let path = "/v1/organizations/unseen/reports";
    let body = json!({"reason": "spam"});
    server.post(path, None, &body).await.problem(404);
    server.post(path, Some(&member), &body).await.problem(404);
    decide(&server, &moderator, &posted.id(), "publish", &json!({})).await;
    for (body, faults) in [
        (json!({}), json!(["/reason"])),
        (json!({"reason": "ugly"}), json!(["/reason"])),
        (json!({"reason": {"spam": null}}), json!(["/reason"])),
        (
            json!({"reason": "spam", "detail": "x".repeat(2001), "email": "x", "name": "x"}),
            json!(["/detail", "/name", "/email"]),
        ),
    ] {
        let refused = server.post(path, None, &body).await;
        assert_eq!(pointers(&refused), faults, "{body}");
    }
    server.post(path, Some("x"), &body).await.problem(401);
    decide(&server, &moderator, &posted.id(), "archive", &json!({})).await;
    server.post(path, None, &body).await.problem(410);
    assert!(
        walk(&server, &moderator, &format!("{REPORTS}?limit=5"))
            .await
            .is_empty()
    );
}
