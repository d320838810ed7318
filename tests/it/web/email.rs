use super::Employer;
use super::html::{all, elements};
use crate::harness::{Answer, Database, Server, on_both_databases};
use serde_json::{Value, json};
use toadlane::clock::Clock;
use toadlane::config::Switch;

on_both_databases!(an_address_is_shown_to_who_presses_the_button);

const ADDRESS: &str = "till.jobs@stores.example.coop";

fn by_mail(mut job: Value) -> Value {
    job["apply_url"] = Value::Null;
    job["apply_email"] = json!(ADDRESS);
    job
}

async fn an_address_is_shown_to_who_presses_the_button(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let job = employer.post(&by_mail(employer.job("Keeper"))).await;
    let page = format!("/jobs/{}", job["slug"].as_str().unwrap());
    let path = format!("{page}/email");
    // Nothing that is only looked at has it.
    for path in [
        page.clone(),
        path.clone(),
        format!("{page}/apply"),
        "/feeds/jobs.atom".to_owned(),
        "/feeds/indeed.xml".to_owned(),
        "/sitemap.xml".to_owned(),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains(ADDRESS), "{path}");
    }
    let asked = server.get(&path).await;
    assert_eq!(asked.header("x-robots-tag"), "noindex");
    let elements = elements(&asked.text());
    let forms = all(&elements, "form");
    assert_eq!(forms.len(), 1);
    assert_eq!(forms[0].attributes["method"], "post");
    assert_eq!(forms[0].attributes["action"], path);
    assert!(all(&elements, "input").is_empty());
    let shown = Answer::of(server.request("POST", &path)).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert!(shown.text().contains(&format!("mailto:{ADDRESS}")));
    assert_eq!(shown.header("cache-control"), "no-store");
    assert_eq!(shown.header("x-robots-tag"), "noindex");
    // A job that is applied to elsewhere has none.
    let other = employer.page("Elsewhere").await;
    let none = Answer::of(server.request("POST", &format!("{other}/email"))).await;
    assert_eq!(none.status, 404);
    let wrong = Answer::of(server.request("PUT", &path)).await;
    wrong.problem(405);
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS, POST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gathers_addresses() {
    let server = Server::start_with(Database::Sqlite, Clock::System, |config| {
        config.serve.rate_limit = Switch::On;
    })
    .await;
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let job = employer.post(&by_mail(employer.job("Keeper"))).await;
    let path = format!("/jobs/{}/email", job["slug"].as_str().unwrap());
    let looked = server.get(&path).await;
    assert!(looked.header("ratelimit").starts_with("\"search\""));
    // As a browser asks, and as a program does.
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let refused = refusal(server, &path, browser).await;
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert!(!refused.header("content-security-policy").is_empty());
    let elements = elements(&refused.text());
    assert_eq!(all(&elements, "h1")[0].text.trim(), "Too many requests");
    let wait = refused.header("retry-after").parse::<u64>().unwrap();
    let words = format!("Try again in {wait} seconds.");
    assert!(refused.text().contains(&words), "{}", refused.text());
    for accept in ["*/*", "application/json", "text/html;q=0, */*"] {
        let refused = refusal(server, &path, accept).await;
        let problem = refused.problem(429);
        assert_eq!(problem["instance"], path, "{accept}");
    }
    // What is for programs stays so, whoever asks.
    let reveal = format!("/v1{}", path.replace("/email", "/reveal-email"));
    refusal(server, &reveal, browser).await.problem(429);
}

/// Asks for addresses until it is refused.
async fn refusal(server: &Server, path: &str, accept: &str) -> Answer {
    for _ in 0..60 {
        let request = server.request("POST", path).header("accept", accept);
        let shown = Answer::of(request).await;
        assert!(shown.header("ratelimit").starts_with("\"reveal\""));
        if shown.status == 429 {
            assert!(!shown.text().contains(ADDRESS));
            assert!(shown.header("retry-after").parse::<u64>().unwrap() > 0);
            return shown;
        }
    }
    panic!("nobody was refused");
}
