//! What must not be seen anywhere: passwords, tokens, private addresses.

use crate::harness::{Answer, Command, Database, Mail, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const PASSWORD: &str = "hunter2 hunter2 hunter2";
const WRONG: &str = "a wrong pass phrase";
const ADDRESS: &str = "private.person@example.coop";
const MODERATOR: &str = "private.moderator@example.coop";
const INVITED: &str = "also.private@example.coop";
const HIRING: &str = "private.hiring@example.coop";

/// A server as a process, with all it logs.
struct Site {
    url: String,
    client: reqwest::Client,
    /// Every answer that was no token and not for its owner alone.
    seen: String,
}

impl Site {
    async fn send(&mut self, method: &str, path: &str, token: Option<&str>, body: Value) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if !body.is_null() {
            request = request.json(&body);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = Answer::of(request).await;
        if answer.status >= 400 || token.is_none() && !path.starts_with("/v1/auth") {
            self.seen.push_str(&answer.text());
            for (name, value) in &answer.headers {
                let line = ["\n", name.as_str(), ": ", value.to_str().unwrap(), "\n"];
                self.seen.extend(line);
            }
        }
        answer
    }
}

async fn mail_to(outbox: &Path, email: &str) -> Mail {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(mail) = crate::harness::take_mail(outbox, email) {
            return mail;
        }
        assert!(Instant::now() < deadline, "no mail to {email}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_seen_nowhere_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("toadlane.db").display());
    no_secret_is_seen(folder.path(), &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_seen_nowhere_postgres() {
    let server = Server::start(Database::Postgres).await;
    let folder = tempfile::tempdir().unwrap();
    no_secret_is_seen(folder.path(), &server.database_url()).await;
}

async fn no_secret_is_seen(folder: &Path, database_url: &str) {
    let log = folder.join("log.txt");
    let data_dir = folder.join("data");
    let serving = Command::new(&["serve"])
        .on(&data_dir, database_url)
        .env("TOADLANE_LOG", "debug")
        .log_to(&log)
        .serve();
    let mut site = Site {
        url: serving.url.clone(),
        client: reqwest::Client::new(),
        seen: String::new(),
    };
    let mut secrets = vec![PASSWORD.to_owned(), WRONG.to_owned()];
    secrets.extend([ADDRESS, INVITED, MODERATOR, HIRING].map(str::to_owned));
    list_publicly(&mut site, &data_dir, database_url).await;
    story(&mut site, &data_dir.join("outbox"), &mut secrets).await;

    for path in [
        "/metrics",
        "/v1/organizations?q=suma&highlight=true",
        "/v1/organizations?q=private.person",
        "/v1/organizations/suma/history",
        "/v1/feeds/organizations",
        "/v1/jobs?q=cook&highlight=true",
        "/v1/jobs?q=private.hiring",
        "/v1/jobs/cook-suma",
        "/v1/jobs/cook-suma/history",
        "/v1/feeds/jobs",
        "/v1/stats",
        "/v1/suggest?q=su",
        "/v1/suggest?q=private",
        "/v1/organizations/suma/members",
        "/v1/organizations/suma/claims",
        "/organizations/suma",
        "/jobs/cook-suma",
        "/feeds/organizations.atom",
        "/feeds/jobs.atom",
        "/feeds/indeed.xml",
        "/sitemap.xml",
        "/.well-known/security.txt",
        "/docs",
        "/openapi.json",
    ] {
        site.send("GET", path, None, Value::Null).await;
    }
    drop(serving);
    let logged = std::fs::read_to_string(log).unwrap();
    assert!(logged.contains("answered"), "nothing was logged");
    assert!(site.seen.contains("Suma"), "{}", site.seen);
    for secret in secrets {
        assert!(secret.len() > 10, "{secret}");
        assert!(!logged.contains(&secret), "{secret} is in the log");
        assert!(!site.seen.contains(&secret), "{secret} is in an answer");
    }
}

/// A public record, written by somebody whose address is not.
async fn list_publicly(site: &mut Site, data_dir: &Path, database_url: &str) {
    let args = ["user", "create", "--email", MODERATOR];
    let rest = ["--role", "moderator", "--password-stdin"];
    let created = Command::new(&[args.as_slice(), rest.as_slice()].concat())
        .on(data_dir, database_url)
        .run(PASSWORD);
    assert!(created.status.success());
    let credentials = json!({"email": MODERATOR, "password": PASSWORD});
    let tokens = site.send("POST", "/v1/auth/login", None, credentials).await;
    let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let listing = json!({"name": "Suma", "organization_type": "worker_cooperative"});
    let path = "/v1/organizations?refresh=wait_for";
    let listed = site.send("POST", path, Some(&token), listing).await;
    assert_eq!(listed.status, 201, "{}", listed.text());
    apply_by_mail(site, &token, &listed.id()).await;
}

/// A job whose address is told to those who ask for it, and shown to nobody else.
async fn apply_by_mail(site: &mut Site, token: &str, organization: &str) {
    let job = json!({
        "organization_id": organization,
        "title": "Cook",
        "description": "You cook for forty.",
        "employment_types": ["full_time"],
        "workplace": "on_site",
        "locations": [{"country": "GB"}],
        "apply_email": HIRING,
    });
    let path = "/v1/jobs?refresh=wait_for";
    let mut posted = site.send("POST", path, Some(token), job.clone()).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
    site.seen.push_str(&posted.text());
    // Refused as posted already, and for a broken rule.
    site.send("POST", path, Some(token), job.clone())
        .await
        .problem(409);
    let mut broken = job;
    broken["apply_url"] = json!("https://jobs.example.coop/");
    site.send("POST", path, Some(token), broken)
        .await
        .problem(400);
    let renewed = format!("{}/renew", posted.header("location"));
    posted = site.send("POST", &renewed, Some(token), json!({})).await;
    site.seen.push_str(&posted.text());
    let reveal = format!("{}/v1/jobs/cook-suma/reveal-email", site.url);
    let revealed = Answer::of(site.client.post(reveal)).await;
    assert_eq!(revealed.json()["email"], HIRING);
}

/// Uses every secret there is, rightly and wrongly.
async fn story(site: &mut Site, outbox: &Path, secrets: &mut Vec<String>) {
    let new = json!({"email": ADDRESS, "password": PASSWORD, "name": "Ada"});
    site.send("POST", "/v1/auth/register", None, new).await;
    let mail = mail_to(outbox, ADDRESS).await;
    secrets.push(mail.token().to_owned());
    let page = format!("/verify-email?token={}", mail.token());
    let token = json!({"token": mail.token()});
    let done = site
        .send("POST", "/v1/auth/verify-email", None, token.clone())
        .await;
    assert_eq!(done.status, 204, "{}", done.text());
    // Used up: the page and the API refuse it, without saying it again.
    site.send("GET", &page, None, Value::Null).await;
    site.send("POST", "/v1/auth/verify-email", None, token)
        .await;

    let wrong = json!({"email": ADDRESS, "password": WRONG});
    site.send("POST", "/v1/auth/login", None, wrong).await;
    let right = json!({"email": ADDRESS, "password": PASSWORD});
    let tokens = site
        .send("POST", "/v1/auth/login", None, right)
        .await
        .json();
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let next = site
        .send("POST", "/v1/auth/refresh", None, refresh.clone())
        .await
        .json();
    let access_now = next["access_token"].as_str().unwrap().to_owned();
    for pair in [&tokens, &next] {
        for name in ["access_token", "refresh_token"] {
            secrets.push(pair[name].as_str().unwrap().to_owned());
        }
    }
    client(site, &access_now, secrets).await;
    let listing = json!({"name": "Suma", "organization_type": "worker_cooperative"});
    let listed = site
        .send("POST", "/v1/organizations", Some(&access_now), listing)
        .await;
    let path = listed.header("location").to_owned();
    let invitation = json!({"email": INVITED, "role": "owner"});
    let members = format!("{path}/members");
    site.send("POST", &members, Some(&access_now), invitation)
        .await;
    secrets.push(mail_to(outbox, INVITED).await.token().to_owned());
    site.send("GET", &members, None, Value::Null).await;
    // A stolen token, which ends the log-in.
    site.send("POST", "/v1/auth/refresh", None, refresh).await;
    site.send("GET", "/v1/me", Some(&access), Value::Null).await;
    let forgotten = json!({"email": ADDRESS});
    site.send("POST", "/v1/auth/forgot-password", None, forgotten)
        .await;
    let token = mail_to(outbox, ADDRESS).await.token().to_owned();
    let short = json!({"token": token, "password": "short"});
    site.send("POST", "/v1/auth/reset-password", None, short)
        .await;
    secrets.push(token);
}

/// A program's secret and token, which are refused where they are of no use.
async fn client(site: &mut Site, token: &str, secrets: &mut Vec<String>) {
    let body = json!({"name": "a program", "scopes": ["jobs:write"]});
    let made = site
        .send("POST", "/v1/api-clients", Some(token), body)
        .await
        .json();
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    let ask = |secret: &str| {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}",
            made["client_id"].as_str().unwrap()
        );
        site.client
            .post(format!("{}/oauth/token", site.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
    };
    let wrong = format!("{secret}x");
    let refused = Answer::of(ask(&wrong)).await;
    refused.problem(401);
    let granted = Answer::of(ask(&secret)).await.json();
    let access = granted["access_token"].as_str().unwrap().to_owned();
    site.seen.push_str(&refused.text());
    let shown = site
        .send("GET", "/v1/api-clients", Some(token), Value::Null)
        .await;
    site.seen.push_str(&shown.text());
    site.send("GET", "/v1/me", Some(&access), Value::Null).await;
    secrets.extend([secret, access]);
}
