//! Request budgets: whose they are, and how they are told.

use crate::changes::support::ready;
use crate::harness::{Answer, Command, Database, Role, Server, organization};
use reqwest::RequestBuilder;
use serde_json::json;
use toadlane::clock::Clock;
use toadlane::config::Switch;

/// More than the budget of a minute for log-ins, even if some of it comes back while they are sent.
const ATTEMPTS: usize = 200;

async fn start(trusted: &'static [&'static str]) -> Server {
    Server::start_with(Database::Sqlite, Clock::System, move |config| {
        config.serve.rate_limit = Switch::On;
        config.serve.security_contact = Some("mailto:security@example.coop".to_owned());
        config.serve.trusted_proxies = trusted
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
    })
    .await
}

/// How much is left of a budget, by the header.
fn left(answer: &Answer) -> (String, u32) {
    let header = answer.header("ratelimit");
    let (name, rest) = header
        .split_once(";r=")
        .unwrap_or_else(|| panic!("{header}"));
    let (left, full_in) = rest.split_once(";t=").unwrap();
    assert!(
        (0..=60).contains(&full_in.parse::<u32>().unwrap()),
        "{header}"
    );
    (name.to_owned(), left.parse().unwrap())
}

/// Sends until one is refused.
async fn exhaust(request: impl Fn() -> RequestBuilder, most: usize) -> Answer {
    for _ in 0..most {
        let answer = Answer::of(request()).await;
        if answer.status == 429 {
            return answer;
        }
    }
    panic!("none of {most} was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_to_log_in_are_budgeted() {
    let server = start(&[]).await;
    let login = || server.request("POST", "/v1/auth/login").json(&json!({}));
    // What is refused for its form costs an attempt too, and is quick.
    let first = Answer::of(login()).await;
    first.problem(400);
    assert_eq!(left(&first), ("\"auth\"".to_owned(), 59));
    let refused = exhaust(login, ATTEMPTS).await;
    assert_eq!(refused.header("ratelimit-policy"), "\"auth\";q=60;w=60");
    assert_eq!(left(&refused).1, 0);
    let problem = refused.problem(429);
    assert_eq!(problem["type"], "/problems/too-many-requests");
    assert_eq!(problem["instance"], "/v1/auth/login");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(!refused.header("x-request-id").is_empty());
    // Every spelling of the path is the same path, and asking for client tokens is the same budget.
    for path in ["/v1/%61uth/login", "/oauth/token"] {
        exhaust(|| server.request("POST", path).json(&json!({})), 5).await;
    }
    // Others are not held up.
    let stats = server.get("/v1/stats").await;
    assert_eq!(stats.status, 200);
    assert_eq!(stats.header("ratelimit-policy"), "\"search\";q=600;w=60");
    assert_eq!(left(&stats), ("\"search\"".to_owned(), 599));
    let contact = server.get("/.well-known/security.txt").await;
    assert_eq!(contact.status, 200);
    assert!(
        contact
            .text()
            .starts_with("Contact: mailto:security@example.coop\nExpires: "),
        "{}",
        contact.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_have_budgets_of_their_own() {
    let server = start(&[]).await;
    let ada = server.token(Role::Member).await;
    let ben = server.token(Role::Member).await;
    let write = |token: String| {
        let request = server.request("POST", "/v1/organizations");
        request.bearer_auth(token).json(&json!({}))
    };
    let first = Answer::of(write(ada.clone())).await;
    first.problem(400);
    assert_eq!(first.header("ratelimit-policy"), "\"write\";q=120;w=60");
    assert_eq!(left(&first), ("\"write\"".to_owned(), 119));
    exhaust(|| write(ada.clone()), 400).await.problem(429);
    // Reading, other people and those who are nobody are not held up.
    assert_eq!(server.get_as("/v1/me", &ada).await.status, 200);
    assert_eq!(left(&Answer::of(write(ben.clone())).await).1, 119);
    let nobody = server
        .post("/v1/organizations", None, &organization("x"))
        .await;
    nobody.problem(401);
    assert_eq!(left(&nobody).1, 119);
    // What is not a token of ours is counted by the address, and gives no new budget.
    for (token, expected) in [("x", 118), ("y", 117)] {
        let answer = server
            .post("/v1/organizations", Some(token), &json!({}))
            .await;
        answer.problem(401);
        assert!((expected..=expected + 2).contains(&left(&answer).1));
    }
    let stripped = ben.rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    let answer = Answer::of(write(stripped)).await;
    answer.problem(401);
    assert!(left(&answer).1 < 119);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_costs_nothing_is_not_counted() {
    let server = start(&[]).await;
    ready(&server).await;
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs/",
        "/problems/gone",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("ratelimit"), "", "{path}");
    }
    assert!(server.state.limits.is_empty());
    let head = Answer::of(server.request("HEAD", "/v1/stats")).await;
    assert_eq!(left(&head).1, 599);
    let options = Answer::of(server.request("OPTIONS", "/v1/stats")).await;
    assert_eq!(left(&options).0, "\"search\"");
    assert_eq!(server.state.limits.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_trusted_proxies_say_who_asks() {
    let forwarded = |server: &Server, address: &str| {
        server
            .request("POST", "/v1/auth/login")
            .header("x-forwarded-for", address)
            .json(&json!({}))
    };
    // From anybody else the header is ignored: whatever it says, the budget is one.
    let open = start(&["192.0.2.0/24"]).await;
    for number in 0..3_u32 {
        let answer = Answer::of(forwarded(&open, &format!("198.51.100.{number}"))).await;
        assert!(left(&answer).1 <= 59 - number + 1, "{}", left(&answer).1);
    }
    assert_eq!(open.state.limits.len(), 1);

    let behind = start(&["127.0.0.0/8", "10.0.0.0/8"]).await;
    for number in 1..=3 {
        let answer = Answer::of(forwarded(&behind, &format!("198.51.100.{number}"))).await;
        assert_eq!(left(&answer).1, 59);
    }
    // What a client writes before what the proxies add counts for nothing.
    let refused = exhaust(
        || forwarded(&behind, "203.0.113.7, 198.51.100.1, 10.1.1.1"),
        ATTEMPTS,
    )
    .await;
    refused.problem(429);
    exhaust(|| forwarded(&behind, "203.0.113.8, 198.51.100.1"), 5).await;
    let other = Answer::of(forwarded(&behind, "198.51.100.4")).await;
    assert_eq!(left(&other).1, 59);
    // On IPv6 a whole network is one client.
    let one = Answer::of(forwarded(&behind, "2001:db8:1:1::1")).await;
    let two = Answer::of(forwarded(&behind, "2001:db8:1:2::1")).await;
    let else_where = Answer::of(forwarded(&behind, "2001:db8:2::1")).await;
    assert_eq!((left(&one).1, left(&else_where).1), (59, 59));
    assert!(left(&two).1 <= 59);
    // 198.51.100.1 to 4 and two networks.
    assert_eq!(behind.state.limits.len(), 6);
}

#[test]
fn a_proxy_that_is_none_is_refused() {
    for value in ["proxy", "10.0.0.0/99", "10.0.0.1,"] {
        let output = Command::new(&["serve", "--trusted-proxies", value]).run("");
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("--trusted-proxies"), "{value}: {said}");
    }
}
