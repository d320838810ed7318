//! Accounts that a benchmark makes, and log-ins.

use crate::Outcome;
use reqwest::Client;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes an account by the server's own command; `role` is `member`, `moderator` or `admin`.
pub fn create_account(
    toadlane: &Path,
    data_dir: &Path,
    (email, role): (&str, &str),
    password: &str,
) -> Outcome {
    let mut child = Command::new(toadlane)
        .args(["user", "create", "--role", role, "--password-stdin"])
        .args(["--email", email, "--data-dir"])
        .arg(data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    stdin.write_all(password.as_bytes())?;
    drop(stdin);
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("an account could not be made: {status}").into())
    }
}

/// An access token.
pub async fn log_in(client: &Client, url: &str, email: &str, password: &str) -> Outcome<String> {
    let credentials = json!({ "email": email, "password": password });
    let answer: Value = client
        .post(format!("{url}/v1/auth/login"))
        .json(&credentials)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let token = answer.get("access_token").and_then(Value::as_str);
    Ok(token.ok_or("a login without a token")?.to_owned())
}
