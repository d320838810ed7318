//! The time from a write to its being found, while another command, an import, runs.

use std::{
    io::Write,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::{Outcome, accounts::log_in, percentile::percentile};

/// Which server, who writes, and what runs meanwhile.
#[derive(clap::Args)]
pub struct Arguments {
    /// Base URL of the server.
    #[arg(long)]
    url: String,
    /// Email of a user who may publish organizations.
    #[arg(long)]
    email: String,
    /// The user's password.
    #[arg(long, env = "BENCH_PASSWORD", hide_env_values = true)]
    password: String,
    /// Writers at work at the same time.
    #[arg(long, default_value_t = 16)]
    writers: u64,
    /// The command that runs meanwhile; writing ends with it.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Between two looks for what was written.
const POLL: Duration = Duration::from_millis(25);
/// When to give up looking; the time is then counted as this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Times of one write, both until it was found or given up.
#[derive(Clone, Copy)]
struct Times {
    since_sent: Duration,
    since_acknowledged: Duration,
    found: bool,
}

struct Writer<'a> {
    client: &'a Client,
    organizations: String,
    token: &'a str,
}

/// Prints lines of `what<TAB>value` about the writes.
pub fn run(arguments: &Arguments) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let times = runtime.block_on(measure(arguments))?;
    let mut since_sent: Vec<Duration> = times.iter().map(|times| times.since_sent).collect();
    let mut since_acknowledged: Vec<Duration> =
        times.iter().map(|times| times.since_acknowledged).collect();
    let mut output = std::io::stdout();
    writeln!(output, "writes during the import\t{}", times.len())?;
    let given_up = times.iter().filter(|times| !times.found).count();
    writeln!(
        output,
        "of these not searchable after {PATIENCE:?}\t{given_up}"
    )?;
    for (what, times) in [
        ("acknowledged to searchable", &mut since_acknowledged),
        ("sent to searchable", &mut since_sent),
    ] {
        let p50 = percentile(times, 50).as_millis();
        let p99 = percentile(times, 99).as_millis();
        writeln!(output, "{what}, p50 / p99\t{p50} ms / {p99} ms")?;
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> Outcome<Vec<Times>> {
    let client = Client::new();
    let token = log_in(
        &client,
        &arguments.url,
        &arguments.email,
        &arguments.password,
    )
    .await?;
    let writer = Writer {
        client: &client,
        organizations: format!("{}/v1/organizations", arguments.url),
        token: &token,
    };
    let running = AtomicBool::new(true);
    let (program, rest) = arguments.command.split_first().ok_or("no command")?;
    let mut command = tokio::process::Command::new(program)
        .args(rest)
        .stdout(Stdio::null())
        .spawn()?;
    let other_command = async {
        let status = command.wait().await?;
        running.store(false, Ordering::Relaxed);
        if status.success() {
            Ok(())
        } else {
            Err(format!("{program} ended with {status}").into())
        }
    };
    let writers = (0..arguments.writers).map(|number| writer.write_while(number, &running));
    let ((), times) = tokio::try_join!(other_command, try_join_all(writers))?;
    Ok(times.into_iter().flatten().collect())
}

impl Writer<'_> {
    /// Creates and changes organizations in turn, each with a word that nothing else has.
    async fn write_while(&self, number: u64, running: &AtomicBool) -> Outcome<Vec<Times>> {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        let mut times = Vec::new();
        while running.load(Ordering::Relaxed) {
            let word = unique_word(&mut random);
            let create = self.client.post(&self.organizations).json(&json!({
                "name": format!("Bench {word}"),
                "organization_type": "worker_cooperative",
                "address": { "country": "GB" },
            }));
            let (created, id, etag) = self.write(create, &word, StatusCode::CREATED).await?;
            times.push(created);

            let word = unique_word(&mut random);
            let patch = self
                .client
                .patch(format!("{}/{id}", self.organizations))
                .header(header::IF_MATCH, etag)
                .header(header::CONTENT_TYPE, "application/merge-patch+json")
                .body(json!({ "summary": format!("Changed {word}") }).to_string());
            let (changed, ..) = self.write(patch, &word, StatusCode::OK).await?;
            times.push(changed);
        }
        Ok(times)
    }

    /// Sends a write and looks for its word until it is found. Answers the times, the id and
    /// the ETag.
    async fn write(
        &self,
        request: reqwest::RequestBuilder,
        word: &str,
        expected: StatusCode,
    ) -> Outcome<(Times, String, String)> {
        let sent = Instant::now();
        let answer = request.bearer_auth(self.token).send().await?;
        let acknowledged = Instant::now();
        if answer.status() != expected {
            let status = answer.status();
            return Err(format!("a write answered {status}: {}", answer.text().await?).into());
        }
        let etag = etag(&answer)?;
        let view: Value = answer.json().await?;
        let id = view.get("id").and_then(Value::as_str);
        let id = id.ok_or("a record without an id")?.to_owned();
        let mut found = self.finds(word, &id).await?;
        while !found && acknowledged.elapsed() < PATIENCE {
            tokio::time::sleep(POLL).await;
            found = self.finds(word, &id).await?;
        }
        let times = Times {
            found,
            since_sent: sent.elapsed(),
            since_acknowledged: acknowledged.elapsed(),
        };
        Ok((times, id, etag))
    }

    async fn finds(&self, word: &str, id: &str) -> Outcome<bool> {
        let url = format!("{}?q={word}&limit=1", self.organizations);
        let answer = self.client.get(url).send().await?.error_for_status()?;
        let page: Value = answer.json().await?;
        Ok(page.pointer("/items/0/id").and_then(Value::as_str) == Some(id))
    }
}

fn etag(answer: &Response) -> Outcome<String> {
    let etag = answer.headers().get(header::ETAG).ok_or("no ETag")?;
    Ok(etag.to_str()?.to_owned())
}

fn unique_word(random: &mut ChaCha8Rng) -> String {
    (0..14)
        .map(|_| char::from(random.random_range(b'a'..=b'z')))
        .collect()
}
