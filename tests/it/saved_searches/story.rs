//! Somebody saves a search and is told of the next job that matches, once.

use super::{Employer, copies, due, every_job, feed, found, in_feed, matched, note_told, save};
use crate::changes::support::eventually;
use crate::harness::{Answer, Person, Role, Server, on_both_databases};
use entity::mail::Template;
use serde_json::json;
use toadlane::mail::{self, Message};

on_both_databases!(
    who_searches_is_told_of_the_next_job_once,
    a_job_that_comes_to_match_is_told,
    who_saves_a_search_is_told_of_nothing_older,
    what_is_deleted_leaves_no_trace,
    a_feed_is_private_and_cheap,
    a_job_that_returns_is_news_to_new_searches,
    many_jobs_that_return_are_all_news,
    what_was_hidden_before_the_mail_is_news_when_it_returns,
    nobody_writes_to_who_is_suspended,
);

async fn who_searches_is_told_of_the_next_job_once(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let mut job = employer.job("Site reliability engineer");
    job["skills"] = json!(["Kubernetes"]);
    job["salary"] = json!({"min": 45_000, "max": 52_000, "currency": "GBP", "period": "year"});
    let search = json!({
        "name": "Servers",
        "kind": "job",
        "query": "skill=k8s&country=GB&salary_min=40000&salary_currency=EUR",
        "notify": "email",
        "frequency": "instant",
    });
    let saved = save(&server, &person, &search).await;
    employer.post(&server, &employer.job("Baker")).await;
    let mut poor = job.clone();
    poor["title"] = json!("Trainee");
    poor["salary"] = json!({"max": 12_000, "currency": "GBP", "period": "year"});
    employer.post(&server, &poor).await;
    let posted = employer.post(&server, &job).await;
    matched(&server).await;

    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "Servers: Site reliability engineer");
    let slug = posted.json()["slug"].as_str().unwrap().to_owned();
    for line in [
        "Site reliability engineer",
        "Suma (Worker co-operative)",
        "United Kingdom (remote)",
        "45,000 to 52,000 GBP a year",
        &format!("{}/jobs/{slug}", server.url),
    ] {
        assert!(
            mail.body.lines().any(|own| own == line),
            "{line}: {}",
            mail.body
        );
    }
    assert!(!mail.body.contains("Trainee") && !mail.body.contains("Baker"));

    // A change of the job is not another job.
    let change = json!({"salary": {"max": 60_000}, "title": "Senior site reliability engineer"});
    employer.patch(&server, &posted, &change).await;
    matched(&server).await;
    assert!(!server.has_mail_to(&person.email).await);
    assert_eq!(found(&server, &saved.id()).await, 1);
    assert_eq!(
        in_feed(&server, &saved).await,
        ["Senior site reliability engineer, Suma"]
    );
    let path = format!("/v1/saved-searches/{}", saved.id());
    let view = server.get_as(&path, &person.token).await.json();
    assert!(view["last_notified_at"].is_string(), "{view}");
}

async fn a_job_that_comes_to_match_is_told(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let mut search = every_job("email", "instant");
    search["query"] = json!("q=cheese");
    let saved = save(&server, &person, &search).await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 0);
    let change = json!({"description": "Bread, and now cheese too."});
    employer.patch(&server, &posted, &change).await;
    matched(&server).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "q=cheese: Baker");
}

async fn who_saves_a_search_is_told_of_nothing_older(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let old = employer.post(&server, &employer.job("Old")).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    employer
        .patch(&server, &old, &json!({"title": "Old, changed"}))
        .await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 0);
    // Nor is a draft that is older, until it is published.
    let mut draft = employer.job("Draft");
    draft["status"] = json!("draft");
    let draft = employer.post(&server, &draft).await;
    let second = save(&server, &person, &every_job("none", "instant")).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 0);
    employer
        .patch(&server, &draft, &json!({"status": "published"}))
        .await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 1);
    assert_eq!(found(&server, &second.id()).await, 1);
    // Another query begins now.
    let changed = server
        .patch(
            &format!("/v1/saved-searches/{}", second.id()),
            &person.token,
            second.etag(),
            &json!({"query": "q=old"}),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let now = server.get(&format!("/v1/jobs/{}", old.id())).await;
    employer
        .patch(&server, &now, &json!({"title": "Old, changed again"}))
        .await;
    matched(&server).await;
    assert_eq!(found(&server, &second.id()).await, 1);
}

async fn what_is_deleted_leaves_no_trace(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("none", "instant")).await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    let kept = employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 2);
    let path = format!("/v1/jobs/{}", posted.id());
    let gone = server
        .delete(&path, &employer.moderator, posted.etag())
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    employer.close(&server, &kept).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 1);
    assert_eq!(in_feed(&server, &saved).await, Vec::<String>::new());

    let erased = server.erase(&person.token).await;
    assert_eq!(erased.status, 204, "{}", erased.text());
    assert_eq!(found(&server, &saved.id()).await, 0);
    feed(&server, &saved).await.problem(404);
    // Nobody is left to be told, and the server goes on.
    employer.post(&server, &employer.job("Grocer")).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 0);
}

async fn a_feed_is_private_and_cheap(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("none", "instant")).await;
    let hostile = "</title><script>alert(1)</script> & ]]>";
    let posted = employer.post(&server, &employer.job(hostile)).await;
    matched(&server).await;
    let answer = feed(&server, &saved).await;
    assert_eq!(
        answer.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    assert!(answer.header("cache-control").contains("private"));
    assert_eq!(answer.header("x-robots-tag"), "noindex");
    let feed: atom_syndication::Feed = answer.text().parse().unwrap();
    assert_eq!(feed.id, format!("urn:uuid:{}", saved.id()));
    assert_eq!(feed.links[0].href, saved.json()["feed_url"]);
    let [entry] = feed.entries.as_slice() else {
        panic!("{}", answer.text())
    };
    assert_eq!(entry.id, format!("urn:uuid:{}", posted.id()));
    assert!(entry.title.to_string().contains("<script>"), "{entry:?}");
    assert!(!answer.text().contains("<script>"));
    assert_eq!(entry.authors[0].name, "Suma");

    let url = saved.json()["feed_url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&server.url).unwrap();
    let again = server
        .request("GET", path)
        .header("if-none-match", answer.etag());
    assert_eq!(Answer::of(again).await.status, 304);
    for wrong in [
        "/feeds/saved-searches/x.atom",
        "/feeds/saved-searches/.atom",
    ] {
        assert_eq!(server.get(wrong).await.status, 404, "{wrong}");
    }
    server.get(&format!("{path}?limit=1")).await.problem(400);
}

async fn a_job_that_returns_is_news_to_new_searches(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let before = save(&server, &person, &every_job("none", "instant")).await;
    employer.post(&server, &employer.job("Baker")).await;
    // Its employer leaves, and comes back.
    employer.decide(&server, "archive").await;
    matched(&server).await;
    let after = save(&server, &person, &every_job("none", "instant")).await;
    employer.decide(&server, "publish").await;
    matched(&server).await;
    assert_eq!(found(&server, &after.id()).await, 1);
    assert_eq!(found(&server, &before.id()).await, 1);
}

async fn many_jobs_that_return_are_all_news(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let first = employer.post(&server, &employer.job("Baker")).await;
    copies(&server, &first, 1_000, None).await;
    let last = employer.post(&server, &employer.job("Miller")).await;
    let path = format!("/v1/jobs/{}", last.id());
    employer.decide(&server, "archive").await;
    // More than follow at once: those after the first thousand a moment later.
    due(&server).await;
    server.get(&path).await.problem(410);
    matched(&server).await;
    let after = save(&server, &person, &every_job("none", "instant")).await;
    employer.decide(&server, "publish").await;
    due(&server).await;
    assert_eq!(server.get(&path).await.status, 200);
    matched(&server).await;
    assert_eq!(found(&server, &after.id()).await, 1_002);
    // A change of the employer is no news of its jobs.
    let before = save(&server, &person, &every_job("none", "instant")).await;
    let path = format!("/v1/organizations/{}", employer.id);
    let renamed = server
        .patch(&path, &employer.moderator, "*", &json!({"name": "Suma 2"}))
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    due(&server).await;
    matched(&server).await;
    assert_eq!(found(&server, &before.id()).await, 0);
}

/// Asks for the letter about these jobs, as the follower of the alerts does.
async fn queue(server: &Server, to: &Person, search: &Answer, jobs: &[&Answer]) {
    note_told(server, search, jobs).await;
    let ids: Vec<_> = jobs.iter().map(|job| job.id()).collect();
    let message = Message {
        template: Template::JobAlerts,
        recipient: to.email.clone(),
        parameters: json!({"record_id": search.id(), "job_ids": ids, "more": 0}),
    };
    let clock = &server.state.clock;
    mail::queue(&server.state.store.db, clock.new_id(), message, clock.now())
        .await
        .unwrap();
}

async fn what_was_hidden_before_the_mail_is_news_when_it_returns(server: Server) {
    let (hidden, open) = (Employer::new(&server).await, Employer::new(&server).await);
    let baker = hidden.post(&server, &hidden.job("Baker")).await;
    let brewer = hidden.post(&server, &hidden.job("Brewer")).await;
    let miller = open.post(&server, &open.job("Miller")).await;
    hidden.decide(&server, "archive").await;
    matched(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    queue(&server, &person, &saved, &[&baker, &miller]).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "every job: Miller");
    queue(&server, &person, &saved, &[&brewer]).await;
    assert!(!server.has_mail_to(&person.email).await);
    eventually("what is hidden is forgotten", || async {
        found(&server, &saved.id()).await == 1
    })
    .await;

    hidden.decide(&server, "publish").await;
    matched(&server).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(mail.subject, "2 new jobs: every job");
    assert!(!mail.body.contains("Miller"), "{}", mail.body);
}

async fn nobody_writes_to_who_is_suspended(server: Server) {
    let employer = Employer::new(&server).await;
    let posted = employer.post(&server, &employer.job("Baker")).await;
    let person = server.person(Role::Member).await;
    let admin = server.token(Role::Admin).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    let path = format!("/v1/moderation/users/{}/suspend", person.id);
    let suspended = server.post(&path, Some(&admin), &json!({})).await;
    assert_eq!(suspended.status, 200, "{}", suspended.text());
    queue(&server, &person, &saved, &[&posted]).await;
    assert!(!server.has_mail_to(&person.email).await);
}
