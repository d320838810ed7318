//! Generated employers and jobs, and what people ask a job board. The same seed
//! gives the same bytes, but for the days on which jobs were posted: those are of the last month.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    Outcome,
    corpus::{Generator, Place, description, language_of, title},
    job_queries,
    vocabulary::Vocabulary,
};

/// How many of everything, and where to.
#[derive(clap::Args)]
pub struct Arguments {
    /// Number of jobs.
    #[arg(long, default_value_t = 1_000_000)]
    jobs: u32,
    /// Number of organizations whose jobs they are.
    #[arg(long, default_value_t = 20_000)]
    employers: u32,
    /// Distinct queries of each kind.
    #[arg(long, default_value_t = 20_000)]
    queries: usize,
    /// Folder for `employers.ndjson`, `jobs-*.ndjson`, and URL paths in `<kind>.paths`.
    #[arg(short, long)]
    output: PathBuf,
}

/// A file of jobs is read whole when it is imported.
const JOBS_PER_FILE: u32 = 200_000;
/// One of so many jobs is kept to draw queries from.
const SAMPLED: u32 = 50;

const SKILLS: &str = include_str!("../../api/data/skills.csv");
const WORKPLACES: [&str; 4] = ["remote", "hybrid", "on_site", "on_site"];
const EMPLOYMENT_TYPES: [&str; 6] = [
    "full_time",
    "full_time",
    "full_time",
    "part_time",
    "contractor",
    "temporary",
];
const SENIORITIES: [&str; 4] = ["junior", "mid", "senior", "lead"];
const PAY_POLICIES: [&str; 4] = ["flat", "banded", "individual", "revenue_share"];
const TRACKS: [&str; 4] = ["none", "open", "expected", "required"];
const CURRENCIES: [&str; 5] = ["EUR", "GBP", "USD", "CHF", "CAD"];

struct Jobs {
    generator: Generator,
    skills: Vec<String>,
    random: ChaCha8Rng,
    now: DateTime<Utc>,
}

/// Writes employers, jobs and queries.
#[expect(
    clippy::disallowed_methods,
    reason = "nobody sets the clock of a benchmark"
)]
pub fn run(arguments: &Arguments) -> Outcome {
    std::fs::create_dir_all(&arguments.output)?;
    let mut jobs = Jobs {
        generator: Generator::new()?,
        skills: skills()?,
        random: ChaCha8Rng::seed_from_u64(4),
        now: Utc::now(),
    };
    jobs.write_employers(arguments.employers, &arguments.output)?;
    let sample = jobs.write_jobs(arguments)?;
    job_queries::write(&sample, arguments.queries, &arguments.output)
}

fn skills() -> Outcome<Vec<String>> {
    let mut reader = csv::Reader::from_reader(SKILLS.as_bytes());
    let slug = |row: Result<csv::StringRecord, csv::Error>| -> Outcome<String> {
        Ok(row?.get(0).ok_or("a skill without a slug")?.to_owned())
    };
    reader.records().map(slug).collect()
}

impl Jobs {
    fn write_employers(&mut self, count: u32, folder: &Path) -> Outcome {
        let mut output = create(folder, "employers.ndjson")?;
        for number in 0..count {
            let data = self.generator.organization(number, &mut self.random)?;
            write_line(
                &mut output,
                &json!({"external_id": number.to_string(), "data": data}),
            )?;
        }
        Ok(output.flush()?)
    }

    fn write_jobs(&mut self, arguments: &Arguments) -> Outcome<Vec<Value>> {
        let mut sample = Vec::new();
        let mut number = 0;
        for file in 0.. {
            if number >= arguments.jobs {
                break;
            }
            let mut output = create(&arguments.output, &format!("jobs-{file}.ndjson"))?;
            for _ in 0..JOBS_PER_FILE.min(arguments.jobs - number) {
                let job = self.job(number, arguments.employers)?;
                write_line(&mut output, &job)?;
                if number.is_multiple_of(SAMPLED) {
                    sample.push(job);
                }
                number += 1;
            }
            output.flush()?;
        }
        Ok(sample)
    }

    fn job(&mut self, number: u32, employers: u32) -> Outcome<Value> {
        let random = &mut self.random;
        // A few employers have many jobs, most have few.
        let most = random.random_range(0..employers.max(1));
        let employer = random.random_range(0..=most);
        let place = self.generator.place(random)?;
        let words = self.generator.words(language_of(&place.country, random));
        let workplace = some(&WORKPLACES, random);
        let skills = random.random_range(0..=5);
        let mut job = json!({
            "external_id": number.to_string(),
            "organization": {"external_id": employer.to_string()},
            "title": job_title(words, random),
            "description": description(words, random),
            "employment_types": [some(&EMPLOYMENT_TYPES, random)],
            "workplace": workplace,
            "locations": [location(place)],
            "skills": self.skills.choose_multiple(random, skills).collect::<Vec<_>>(),
            "posted_at": self.now - TimeDelta::minutes(random.random_range(1..30 * 24 * 60)),
            "apply_url": format!("https://example.org/jobs/{number}"),
        });
        if workplace == "remote" {
            job["applicant_countries"] = json!([place.country]);
        }
        if random.random_bool(0.5) {
            let least = random.random_range(15..90) * 1000;
            job["salary"] = json!({
                "min": least,
                "max": least + random.random_range(0..20) * 1000,
                "currency": some(&CURRENCIES, random),
                "period": "year",
            });
        }
        if random.random_bool(0.6) {
            job["seniority"] = json!(some(&SENIORITIES, random));
        }
        if random.random_bool(0.5) {
            job["pay_policy"] = json!(some(&PAY_POLICIES, random));
        }
        if random.random_bool(0.5) {
            job["membership"] = json!({"track": some(&TRACKS, random)});
        }
        Ok(job)
    }
}

/// Two to five words, one of them of the field.
fn job_title(words: &Vocabulary, random: &mut ChaCha8Rng) -> String {
    let mut parts = vec![title(words.domain_word(random))];
    for _ in 0..random.random_range(1..=4) {
        parts.push(words.content_word(random).to_owned());
    }
    parts.join(" ")
}

fn location(place: &Place) -> Value {
    json!({
        "locality": place.locality,
        "country": place.country,
        "lat": place.lat,
        "lon": place.lon,
    })
}

fn some(of: &[&'static str], random: &mut ChaCha8Rng) -> &'static str {
    of.choose(random).copied().unwrap_or_default()
}

fn create(folder: &Path, name: &str) -> std::io::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(folder.join(name))?))
}

fn write_line(output: &mut impl Write, line: &Value) -> Outcome {
    serde_json::to_writer(&mut *output, line)?;
    Ok(output.write_all(b"\n")?)
}
