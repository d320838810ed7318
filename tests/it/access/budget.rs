use crate::harness::{Answer, Database, Server};
use serde_json::json;
use toadlane::clock::Clock;
use toadlane::config::Switch;

/// More than the budget of a minute, even if some of it comes back while they are sent.
const ATTEMPTS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_to_log_in_are_budgeted() {
    let server = Server::start_with(Database::Sqlite, Clock::System, |config| {
        config.serve.rate_limit = Switch::On;
        config.serve.security_contact = Some("mailto:security@example.coop".to_owned());
    })
    .await;
    let url = &server.url;
    let client = reqwest::Client::new();
    let login = |body: serde_json::Value| client.post(format!("{url}/v1/auth/login")).json(&body);

    let mut refused = 0;
    for attempt in 0..ATTEMPTS {
        // What is refused for its form costs an attempt too, and is quick.
        let answer = Answer::of(login(json!({}))).await;
        assert_eq!(
            answer.header("ratelimit-policy"),
            "\"login\";q=60;w=60",
            "{attempt}"
        );
        let left = answer.header("ratelimit");
        assert!(
            left.starts_with("\"login\";r=") && left.contains(";t="),
            "{left}"
        );
        if attempt == 0 {
            answer.problem(400);
            assert!(left.starts_with("\"login\";r=59;"), "{left}");
        }
        if answer.status == 429 {
            assert_eq!(answer.problem(429)["type"], "/problems/too-many-requests");
            let wait: u64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            assert!(left.starts_with("\"login\";r=0;"), "{left}");
            refused += 1;
        }
    }
    assert!((1..=ATTEMPTS - 60).contains(&refused), "{refused}");
    // Others are not held up.
    let stats = Answer::of(client.get(format!("{url}/v1/stats"))).await;
    assert_eq!(stats.status, 200);
    let contact = Answer::of(client.get(format!("{url}/.well-known/security.txt"))).await;
    assert_eq!(contact.status, 200);
    assert!(
        contact
            .text()
            .starts_with("Contact: mailto:security@example.coop\nExpires: "),
        "{}",
        contact.text()
    );
}
