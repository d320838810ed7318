//! What is written to the log of mail that is not taken.

use super::PASSWORD;
use crate::changes::support::eventually;
use crate::harness::{Command, Mood, Smtp};
use serde_json::json;

const ADA: &str = "ada.lovelace@example.coop";
const SECRET: &str = "the-password-of-our-mailbox";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_tells_why_and_neither_to_whom_nor_what() {
    let smtp = Smtp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.txt");
    let database = format!("sqlite://{}", folder.path().join("toadlane.db").display());
    let credentials = format!("smtp://toadlane:{SECRET}@");
    let serving = Command::new(&["serve"])
        .on(&folder.path().join("data"), &database)
        .env("TOADLANE_LOG", "trace")
        .env(
            "TOADLANE_SMTP_URL",
            &smtp.url().replace("smtp://", &credentials),
        )
        .log_to(&log)
        .serve();
    // Servers quote what they refuse.
    let quoting = "451 4.3.0 <ada.lovelace@example.coop>: later";
    smtp.set(Mood::Says(".", quoting));
    let client = reqwest::Client::new();
    let register = async || {
        let new = json!({"email": ADA, "password": PASSWORD});
        let request = client.post(format!("{}/v1/auth/register", serving.url));
        request.json(&new).send().await.unwrap()
    };
    let logged = async |what: &str| {
        eventually(what, || async {
            std::fs::read_to_string(&log).unwrap().contains(what)
        })
        .await;
    };
    assert_eq!(register().await.status(), 202);
    let first = smtp.next_refused().await.mail();
    logged("mail is tried again later").await;
    logged("it answered 451").await;
    smtp.set(Mood::Says(".", "554 5.7.1 <ada.lovelace@example.coop>: no"));
    register().await;
    let second = smtp.next_refused().await.mail();
    logged("the mail server refuses it: it answered 554").await;
    smtp.set(Mood::Takes);
    register().await;
    let third = smtp.next().await.mail();
    let path = format!("{}/verify-email?token={}", serving.url, third.token());
    assert_eq!(client.get(path).send().await.unwrap().status(), 200);
    drop(serving);

    let log = std::fs::read_to_string(log).unwrap();
    for mail in [&first, &second, &third] {
        assert!(!log.contains(mail.token()), "a token is in the log");
    }
    for secret in [ADA, "ada.lovelace", SECRET, PASSWORD] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
