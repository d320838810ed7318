use super::Employer;
use super::html::{all, elements, json_ld, text};
use crate::harness::{Answer, Database, Role, Server, on_both_databases, organization};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use toadlane::clock::Clock;

on_both_databases!(
    a_job_has_a_page,
    a_page_that_is_known_is_not_sent_again,
    a_closed_job_says_so_kindly,
    what_is_not_public_has_no_page,
);

async fn a_job_has_a_page(server: Server) {
    let mut body = organization("Toad Lane Stores");
    body["website"] = json!("https://stores.example.coop/");
    body["logo_url"] = json!("https://stores.example.coop/logo.svg");
    let employer = Employer::new(server, body).await;
    let server = &employer.server;
    let job = employer.post(&employer.job("Keeper of the till")).await;
    let (id, slug) = (job["id"].as_str().unwrap(), job["slug"].as_str().unwrap());
    let page = server.get(&format!("/jobs/{slug}")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert!(!page.header("vary").contains("Authorization"));
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    // By its id it is the same page, and says which address is the right one.
    let by_id = server.get(&format!("/jobs/{id}")).await;
    assert_eq!(by_id.text(), page.text());
    let html = page.text();
    let elements = elements(&html);
    let links = all(&elements, "link");
    let canonical = links
        .iter()
        .find(|link| link.attributes["rel"] == "canonical")
        .unwrap();
    assert_eq!(
        canonical.attributes["href"],
        format!("{}/jobs/{slug}", server.url)
    );
    assert_eq!(all(&elements, "h1").len(), 1);
    assert_eq!(all(&elements, "main").len(), 1);
    assert!(
        all(&elements, "meta")
            .iter()
            .all(|meta| { meta.attributes.get("name").map(String::as_str) != Some("robots") })
    );
    let posting = json_ld(&html);
    assert_eq!(posting["title"], "Keeper of the till");
    assert_eq!(
        posting["description"],
        "<p>You keep the till running.</p>\n<ul>\n<li>Debian</li>\n<li>PostgreSQL</li>\n</ul>\n"
    );
    assert_eq!(
        posting["hiringOrganization"],
        json!({
            "@type": "Organization",
            "name": "Toad Lane Stores",
            "sameAs": "https://stores.example.coop/",
            "logo": "https://stores.example.coop/logo.svg",
        })
    );
    // What is marked up is on the page.
    let shown = text(&html);
    for words in [
        "Keeper of the till",
        "Toad Lane Stores",
        "https://stores.example.coop/",
        "https://stores.example.coop/logo.svg",
        "Rochdale, Greater Manchester, United Kingdom",
        "38,000 to 42,000 GBP per year",
        "Part time",
        "Hybrid",
        "Posted",
        "Open until",
        "Apply at jobs.example.org",
        id,
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

async fn a_page_that_is_known_is_not_sent_again(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let path = employer.page("Keeper").await;
    let server = &employer.server;
    let page = server.get(&path).await;
    let again = || {
        server
            .request("GET", &path)
            .header("if-none-match", page.etag())
    };
    let known = Answer::of(again()).await;
    assert_eq!(known.status, 304);
    assert_eq!(known.etag(), page.etag());
    assert_eq!(known.text(), "");
    // What changes the page changes its tag, also when it is the employer that changed.
    let id = employer.view["id"].as_str().unwrap();
    let organization = server.get(&format!("/v1/organizations/{id}")).await;
    let change = json!({"website": "https://new.example.coop/"});
    // An editor moves no website.
    let changed = server
        .patch(
            &format!("/v1/organizations/{id}"),
            &server.token(Role::Moderator).await,
            organization.etag(),
            &change,
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let new = Answer::of(again()).await;
    assert_eq!(new.status, 200);
    assert!(new.text().contains("https://new.example.coop/"));
    let wrong = Answer::of(server.request("POST", &path)).await;
    wrong.problem(405);
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS");
}

async fn a_closed_job_says_so_kindly(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    for (reason, words) in [
        ("filled", "has found somebody"),
        ("withdrawn", "taken it back"),
    ] {
        let job = employer
            .post(&employer.job(&format!("A {reason} job")))
            .await;
        let (id, slug) = (job["id"].as_str().unwrap(), job["slug"].as_str().unwrap());
        let etag = server
            .get(&format!("/v1/jobs/{id}"))
            .await
            .etag()
            .to_owned();
        let close = server
            .request("POST", &format!("/v1/jobs/{id}/close"))
            .bearer_auth(&employer.editor.token)
            .header("if-match", etag)
            .json(&json!({"reason": reason}));
        let closed = Answer::of(close).await;
        assert_eq!(closed.status, 200, "{}", closed.text());
        for path in ["", "/email", "/apply"] {
            let page = server.get(&format!("/jobs/{slug}{path}")).await;
            assert_eq!(page.status, 410, "{path}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            let html = page.text();
            assert!(html.contains(words), "{html}");
            let elements = elements(&html);
            let links = all(&elements, "a");
            let leads_to = |to: &str| links.iter().any(|link| link.attributes["href"] == to);
            let organization = employer.view["slug"].as_str().unwrap();
            assert!(leads_to(&format!("/organizations/{organization}")));
            let id = employer.view["id"].as_str().unwrap();
            assert!(leads_to(&format!("/v1/jobs?organization_id={id}")));
            assert!(all(&elements, "script").is_empty());
        }
    }
}

async fn what_is_not_public_has_no_page(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let mut draft = employer.job("A draft");
    draft["status"] = json!("draft");
    let path = "/v1/jobs";
    let posted = server
        .post(path, Some(&employer.editor.token), &draft)
        .await;
    let id = posted.id();
    for path in [format!("/jobs/{id}"), "/jobs/nobody".to_owned()] {
        let page = server.get(&path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text().contains("There is no such job"), "{path}");
        // A token makes no difference: the page is everybody's.
        let page = server.get_as(&path, &employer.editor.token).await;
        assert_eq!(page.status, 404, "{path}");
    }
    // Deleted for good.
    let job = employer.post(&employer.job("Deleted")).await;
    let id = job["id"].as_str().unwrap();
    let etag = server
        .get(&format!("/v1/jobs/{id}"))
        .await
        .etag()
        .to_owned();
    let deleted = server
        .delete(&format!("/v1/jobs/{id}"), &employer.editor.token, &etag)
        .await;
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    let page = server.get(&format!("/jobs/{id}")).await;
    assert_eq!(page.status, 410);
    assert!(page.text().contains("no longer listed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_ends_at_its_moment() {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let clock = Clock::manual(start);
    let server = Server::start_with(Database::Sqlite, clock, |_| {}).await;
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let mut job = employer.job("Short");
    let end = start + TimeDelta::minutes(10);
    job["valid_through"] = json!(end.to_rfc3339());
    let posted = server
        .post("/v1/jobs", Some(&employer.editor.token), &job)
        .await;
    let path = format!("/jobs/{}", posted.json()["slug"].as_str().unwrap());
    let page = server.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    server.state.clock.advance(TimeDelta::minutes(10));
    // Whether or not that was noted yet, and whoever has the page.
    let request = server
        .request("GET", &path)
        .header("if-none-match", page.etag());
    let over = Answer::of(request).await;
    assert_eq!(over.status, 410);
    assert!(
        over.text().contains("took applications until"),
        "{}",
        over.text()
    );
}
