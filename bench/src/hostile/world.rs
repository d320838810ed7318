//! The server, and who is there before anybody is hostile.

use super::Arguments;
use crate::Outcome;
use crate::accounts::{create_account, log_in};
use futures_util::future::try_join_all;
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Of every account.
pub const PASSWORD: &str = "a password for benchmarks";

/// Requests under way at a time while jobs are posted.
const CONNECTIONS: usize = 8;

/// Whoever has an account here.
pub struct Person {
    /// Address.
    pub email: &'static str,
    /// Access token.
    pub token: String,
    /// Id of the organization it speaks for.
    pub organization: String,
}

/// A server under its ordinary budgets.
pub struct World {
    /// Base URL.
    pub url: String,
    /// From 127.0.0.1.
    pub client: Client,
    /// Where its data is.
    pub data_dir: PathBuf,
    /// Has a small listing, and minds its business.
    pub honest: Person,
    /// Has a public listing with many jobs.
    pub owner: Person,
    /// Has a listing that nobody has looked at.
    pub hoarder: Person,
    server: Child,
}

impl World {
    /// A new server with its people.
    ///
    /// # Errors
    /// When it does not start, or refuses what is honest.
    pub async fn new(arguments: &Arguments) -> Outcome<Self> {
        let data_dir = arguments.work.join("data");
        if data_dir.exists() {
            std::fs::remove_dir_all(&data_dir)?;
        }
        std::fs::create_dir_all(&arguments.work)?;
        let accounts = [
            ("moderator@example.coop", "moderator"),
            ("honest@example.coop", "member"),
            ("owner@example.coop", "member"),
            ("hoarder@example.coop", "member"),
        ];
        for account in accounts {
            create_account(&arguments.toadlane, &data_dir, account, PASSWORD)?;
        }
        // Everything is there before budgets count.
        let (mut server, url) = serve(arguments, &data_dir, "off")?;
        let ids = people(&url, arguments.jobs).await?;
        end(&mut server)?;

        let (server, url) = serve(arguments, &data_dir, "on")?;
        let client = client_at(1)?;
        let [honest, owner, hoarder] = [1, 2, 3].map(|at| accounts[at].0);
        let person = async |email, organization| {
            let token = log_in(&client, &url, email, PASSWORD).await?;
            Outcome::Ok(Person {
                email,
                token,
                organization,
            })
        };
        let [of_honest, of_owner, of_hoarder] = ids;
        Ok(Self {
            honest: person(honest, of_honest).await?,
            owner: person(owner, of_owner).await?,
            hoarder: person(hoarder, of_hoarder).await?,
            url,
            client,
            data_dir,
            server,
        })
    }

    /// Id of the server's process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Stops it, in good order.
    pub fn stop(&mut self) -> Outcome {
        end(&mut self.server)
    }

    /// Bytes that SQLite has left in its log.
    pub fn write_ahead_log(&self) -> u64 {
        let log = self.data_dir.join("toadlane.db-wal");
        log.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A client that comes from `127.0.0.{last}`.
pub fn client_at(last: u8) -> Outcome<Client> {
    Ok(Client::builder()
        .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)))
        .timeout(Duration::from_secs(20))
        .build()?)
}

/// Starts the server, and waits until it is ready.
fn serve(arguments: &Arguments, data_dir: &Path, limits: &str) -> Outcome<(Child, String)> {
    let log = std::fs::File::create(arguments.work.join("server.log"))?;
    let mut server = Command::new(&arguments.toadlane)
        .args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", limits])
        .arg("--data-dir")
        .arg(data_dir)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let out = server.stdout.take().ok_or("no standard output")?;
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
    let url = url.ok_or("the server ended before it listened")?;
    // What it prints later must not block it.
    std::thread::spawn(move || lines.for_each(drop));
    Ok((server, url))
}

/// As a service manager does.
fn end(server: &mut Child) -> Outcome {
    Command::new("kill").arg(server.id().to_string()).status()?;
    let status = server.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the server ended with {status}").into())
    }
}

/// The organizations of the honest user, the owner and the hoarder.
async fn people(url: &str, jobs: usize) -> Outcome<[String; 3]> {
    let client = client_at(1)?;
    let moderator = log_in(&client, url, "moderator@example.coop", PASSWORD).await?;
    let mut ids = Vec::new();
    for (email, name, is_public) in [
        ("honest@example.coop", "Honest Bakers", true),
        ("owner@example.coop", "Many Names", true),
        ("hoarder@example.coop", "Much Text", false),
    ] {
        let token = log_in(&client, url, email, PASSWORD).await?;
        let body = json!({"name": name, "organization_type": "worker_cooperative", "address": {"country": "GB"}});
        let made = write(
            client.post(format!("{url}/v1/organizations")),
            &token,
            &body,
        )
        .await?;
        let id = text(&made, "id")?;
        if is_public {
            let publish = client.post(format!("{url}/v1/organizations/{id}/publish"));
            write(publish, &moderator, &json!({"note": "Known."})).await?;
        }
        ids.push(id);
    }
    let token = log_in(&client, url, "owner@example.coop", PASSWORD).await?;
    let owner = ids.get(1).ok_or("no owner")?;
    let numbers: Vec<_> = (0..jobs).collect();
    let posts = numbers
        .chunks(jobs.div_ceil(CONNECTIONS).max(1))
        .map(async |numbers| {
            for number in numbers {
                let post = client.post(format!("{url}/v1/jobs"));
                write(post, &token, &job(owner, *number)).await?;
            }
            Outcome::Ok(())
        });
    try_join_all(posts).await?;
    ids.try_into().map_err(|_| "not three organizations".into())
}

fn job(organization: &str, number: usize) -> Value {
    json!({
        "organization_id": organization,
        "title": format!("Baker {number}"),
        "description": "You bake bread, and know why. ".repeat(40),
        "employment_types": ["full_time"],
        "workplace": "on_site",
        "locations": [{"locality": "Leeds", "country": "GB"}],
        "apply_url": "https://example.coop/jobs",
    })
}

async fn write(request: reqwest::RequestBuilder, token: &str, body: &Value) -> Outcome<Value> {
    let answer = request.bearer_auth(token).json(body).send().await?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("a write answered {status}: {}", answer.text().await?).into());
    }
    Ok(answer.json().await?)
}

fn text(of: &Value, member: &str) -> Outcome<String> {
    let text = of.get(member).and_then(Value::as_str);
    Ok(text.ok_or("an answer lacks a member")?.to_owned())
}
