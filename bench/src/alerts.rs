//! The time from a job to whoever saved a search that finds it.

use std::{
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    Outcome,
    accounts::{create_account, log_in},
    percentile::percentile,
};

/// Which server, and how much of everything.
#[derive(clap::Args)]
pub struct Arguments {
    /// Base URL of the server; its rate limits are off, and nobody has saved a search.
    #[arg(long)]
    url: String,
    /// Email of a user who may publish organizations.
    #[arg(long)]
    email: String,
    /// The user's password.
    #[arg(long, env = "BENCH_PASSWORD", hide_env_values = true)]
    password: String,
    /// The server's program, which makes the accounts that save searches.
    #[arg(long, default_value = "target/release/toadlane")]
    toadlane: PathBuf,
    /// The server's data dir.
    #[arg(long)]
    data_dir: PathBuf,
    /// Saved searches.
    #[arg(long, default_value_t = 10_000)]
    searches: usize,
    /// Jobs of the burst.
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
    /// Single jobs after it.
    #[arg(long, default_value_t = 50)]
    singles: usize,
}

/// Saved searches an account may have.
const PER_ACCOUNT: usize = 100;
/// Requests under way at a time.
const CONNECTIONS: usize = 8;
/// Between two looks.
const POLL: Duration = Duration::from_millis(5);
/// When to give up looking.
const PATIENCE: Duration = Duration::from_mins(2);
/// Of the accounts; they live as long as the benchmark's store.
const PASSWORD: &str = "a password for benchmarks";

const SKILLS: [&str; 16] = [
    "Kubernetes",
    "Rust",
    "Python",
    "Accounting",
    "Cooking",
    "Carpentry",
    "Nursing",
    "Teaching",
    "PostgreSQL",
    "Linux",
    "Translation",
    "Bookkeeping",
    "Design",
    "Gardening",
    "Welding",
    "Sales",
];
const COUNTRIES: [&str; 12] = [
    "GB", "FR", "DE", "ES", "IT", "US", "CA", "AR", "KE", "IN", "PH", "NZ",
];
const TRADES: [&str; 16] = [
    "baker",
    "developer",
    "nurse",
    "driver",
    "carpenter",
    "teacher",
    "cook",
    "electrician",
    "gardener",
    "translator",
    "bookkeeper",
    "designer",
    "welder",
    "administrator",
    "farmer",
    "editor",
];
const WORKPLACES: [&str; 2] = ["remote", "hybrid"];

struct Bench<'a> {
    client: Client,
    url: &'a str,
    token: String,
    organization: String,
}

/// Prints lines of `what<TAB>value`.
pub fn run(arguments: &Arguments) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(arguments))
}

async fn measure(arguments: &Arguments) -> Outcome {
    let client = Client::new();
    let token = log_in(
        &client,
        &arguments.url,
        &arguments.email,
        &arguments.password,
    )
    .await?;
    let employer = client
        .post(format!("{}/v1/organizations", arguments.url))
        .json(&json!({"name": "Bench", "organization_type": "worker_cooperative"}));
    let organization = text(&send(employer, &token).await?, "id")?;
    let bench = Bench {
        client,
        url: &arguments.url,
        token,
        organization,
    };
    let mut output = std::io::stdout();
    let begun = Instant::now();
    let feed = bench.save_searches(arguments).await?;
    let saving = begun.elapsed();
    writeln!(
        output,
        "searches saved\t{} in {saving:.1?}",
        arguments.searches
    )?;

    let mut random = ChaCha8Rng::seed_from_u64(2);
    let jobs: Vec<_> = (0..arguments.jobs)
        .map(|number| bench.job(&mut random, number))
        .collect();
    let begun = Instant::now();
    let share = jobs.len().div_ceil(CONNECTIONS).max(1);
    try_join_all(jobs.chunks(share).map(|jobs| bench.post_all(jobs))).await?;
    let posted = begun.elapsed();
    bench.until_told().await?;
    let told = begun.elapsed();
    writeln!(output, "burst posted\t{} jobs in {posted:.2?}", jobs.len())?;
    writeln!(output, "first posted to all told\t{told:.2?}")?;
    writeln!(
        output,
        "last posted to all told\t{:.2?}",
        told.saturating_sub(posted)
    )?;

    let mut times = Vec::with_capacity(arguments.singles);
    for number in 0..arguments.singles {
        let job = bench.job(&mut random, arguments.jobs + number);
        times.push(bench.time_of_one(&job, &feed).await?);
    }
    writeln!(
        output,
        "one job, acknowledged to in a feed, p50 / p99\t{} ms / {} ms",
        percentile(&mut times, 50).as_millis(),
        percentile(&mut times, 99).as_millis()
    )?;
    Ok(())
}

impl Bench<'_> {
    /// Saves all, and answers with the feed of one that finds everything.
    async fn save_searches(&self, arguments: &Arguments) -> Outcome<String> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut feed = None;
        let mut left = arguments.searches;
        for account in 0.. {
            if left == 0 {
                break;
            }
            let email = format!("bench-{account}@example.coop");
            create_account(
                &arguments.toadlane,
                &arguments.data_dir,
                (&email, "member"),
                PASSWORD,
            )?;
            let token = log_in(&self.client, self.url, &email, PASSWORD).await?;
            let count = left.min(PER_ACCOUNT);
            left -= count;
            let searches: Vec<_> = (0..count)
                .map(|number| {
                    let is_first = feed.is_none() && number == 0;
                    let query = if is_first {
                        String::new()
                    } else {
                        query(&mut random)
                    };
                    let notify = if random.random_bool(0.5) {
                        "email"
                    } else {
                        "none"
                    };
                    json!({"kind": "job", "query": query, "notify": notify, "frequency": "daily"})
                })
                .collect();
            let saved = try_join_all(searches.iter().map(|search| {
                let request = self
                    .client
                    .post(format!("{}/v1/saved-searches", self.url))
                    .json(search);
                send(request, &token)
            }))
            .await?;
            if let (None, Some(first)) = (&feed, saved.first()) {
                feed = Some(text(first, "feed_url")?);
            }
        }
        feed.ok_or_else(|| "no searches".into())
    }

    fn job(&self, random: &mut ChaCha8Rng, number: usize) -> Value {
        let mut some = |of: &[&str]| (*of.choose(random).unwrap_or(&"")).to_owned();
        let (trade, country) = (some(&TRADES), some(&COUNTRIES));
        let skills = [some(&SKILLS), some(&SKILLS)];
        let workplace = some(&WORKPLACES);
        let salary = random.random_range(20..90) * 1000;
        let skills = if skills[0] == skills[1] {
            &skills[..1]
        } else {
            &skills[..]
        };
        json!({
            "organization_id": self.organization,
            "title": format!("{trade} {number}"),
            "description": format!("We look for a {trade} who knows {}.", skills.join(" and ")),
            "employment_types": ["full_time"],
            "workplace": workplace,
            "locations": [{"locality": "Somewhere", "country": country}],
            "applicant_countries": [country],
            "salary": {"max": salary, "currency": "EUR", "period": "year"},
            "skills": skills,
            "apply_url": "https://example.coop/jobs",
        })
    }

    async fn post(&self, job: &Value) -> Outcome<Value> {
        let request = self.client.post(format!("{}/v1/jobs", self.url)).json(job);
        send(request, &self.token).await
    }

    async fn post_all(&self, jobs: &[Value]) -> Outcome {
        for job in jobs {
            self.post(job).await?;
        }
        Ok(())
    }

    /// Waits until every job was matched and what was found is written.
    async fn until_told(&self) -> Outcome {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let metrics = self.client.get(format!("{}/metrics", self.url));
            let metrics = metrics.send().await?.error_for_status()?.text().await?;
            if metrics
                .lines()
                .any(|line| line == "toadlane_alerts_lag_changes 0")
            {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        Err(format!("not all told after {PATIENCE:?}").into())
    }

    async fn time_of_one(&self, job: &Value, feed: &str) -> Outcome<Duration> {
        let id = text(&self.post(job).await?, "id")?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let entries = self.client.get(feed).send().await?.error_for_status()?;
            if entries.text().await?.contains(&id) {
                return Ok(begun.elapsed());
            }
            tokio::time::sleep(POLL).await;
        }
        Err(format!("not told after {PATIENCE:?}").into())
    }
}

/// What people look for: some of the filters, now and then a word.
fn query(random: &mut ChaCha8Rng) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let mut some = |of: &[&'static str]| of.choose(random).copied().unwrap_or_default();
    query.append_pair("country", some(&COUNTRIES));
    match some(&["skill", "word", "both"]) {
        "skill" => query.append_pair("skill", some(&SKILLS)),
        "word" => query.append_pair("q", some(&TRADES)),
        _ => query
            .append_pair("skill", some(&SKILLS))
            .append_pair("q", some(&TRADES)),
    };
    if some(&["pay", "workplace"]) == "pay" {
        query.append_pair("salary_min", some(&["30000", "40000", "50000"]));
        query.append_pair("salary_currency", "EUR");
    } else {
        query.append_pair("workplace", some(&WORKPLACES));
    }
    query.finish()
}

async fn send(request: RequestBuilder, token: &str) -> Outcome<Value> {
    let answer = request.bearer_auth(token).send().await?;
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
