//! Organizations and jobs at random, given to a server in every way there is.

use super::draw::{Drawn, often, pick, pick_some};
use super::model::{Job, Said};
use super::money::Rates;
use crate::changes::support::caught_up;
use crate::harness::{Role, Server, organization};
use crate::import::{counts, file, import, summary, told};
use crate::jobs::path;
use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

pub const TYPES: [&str; 5] = [
    "worker_cooperative",
    "platform_cooperative",
    "federation",
    "b_corp",
    "nonprofit",
];
pub const NETWORKS: [&str; 5] = ["cotech", "usfwc", "coops-uk", "scop", "patio"];

const EMPLOYERS: usize = 10;
const JOBS: usize = 320;
/// Those that are posted, not imported.
const POSTED: usize = 40;

/// An organization. The last of all is archived in the end.
pub struct Employer {
    pub id: String,
    organization_type: &'static str,
    networks: Vec<&'static str>,
}

/// The list of skills, by everything that they are called.
pub struct Skills {
    entries: HashMap<String, (String, Option<String>)>,
    codes: HashMap<String, String>,
}

/// Everything there is.
pub struct World {
    pub rates: Rates,
    pub skills: Skills,
    pub employers: Vec<Employer>,
    pub jobs: Vec<Job>,
}

impl Skills {
    async fn load(server: &Server) -> Self {
        let list = server.get("/v1/taxonomies/skills").await.json();
        let (mut entries, mut codes) = (HashMap::new(), HashMap::new());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        for skill in list["items"].as_array().unwrap() {
            let code = text(&skill["code"]).unwrap();
            let label = text(&skill["label"]).unwrap();
            let aliases = skill["aliases"].as_array().unwrap().iter();
            let names = aliases
                .filter_map(text)
                .chain([code.clone(), label.clone()]);
            codes.extend(names.map(|name| (name.to_lowercase(), code.clone())));
            entries.insert(code, (label, text(&skill["parent"])));
        }
        Self { entries, codes }
    }

    /// The name of a skill, and those of the wider ones; of one that is not in the list what was typed.
    pub fn with_wider(&self, typed: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut code = self.codes.get(&typed.to_lowercase());
        while let Some((label, parent)) = code.and_then(|code| self.entries.get(code)) {
            names.push(label.clone());
            code = parent.as_ref();
        }
        if names.is_empty() {
            names.push(typed.to_owned());
        }
        names
    }
}

impl World {
    /// Some jobs come from a file, others are posted; some are changed, closed, or never published.
    pub async fn load(server: &Server, random: &mut ChaCha8Rng) -> Self {
        let moderator = server.token(Role::Moderator).await;
        let mut world = Self {
            rates: Rates::shipped(),
            skills: Skills::load(server).await,
            employers: Vec::new(),
            jobs: Vec::new(),
        };
        for number in 0..EMPLOYERS {
            let employer = Employer::list(server, random, &moderator, number).await;
            world.employers.push(employer);
        }
        let now = server.state.clock.now();
        for number in 0..JOBS {
            let job = world.draw(random, number, now);
            world.jobs.push(job);
        }
        world.give(server, random, &moderator).await;
        caught_up(server).await;
        world
    }

    /// When the jobs of the next day end.
    pub fn ends(&self) -> Vec<DateTime<Utc>> {
        let first = self.jobs.iter().map(|job| job.valid_through).min().unwrap();
        let published = self.jobs.iter().filter(|job| job.is_published);
        let mut ends: Vec<_> = published
            .map(|job| job.valid_through)
            .filter(|end| *end < first + TimeDelta::days(1))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn draw(&self, random: &mut ChaCha8Rng, number: usize, now: DateTime<Utc>) -> Job {
        let Drawn {
            mut members,
            mut facts,
        } = Drawn::new(random, &self.rates, &self.skills);
        let employer = &self.employers[random.random_range(0..EMPLOYERS)];
        employer.show(&mut facts.values);
        let days = TimeDelta::days(random.random_range(0..150));
        let valid_through = match random.random_range(0..4) {
            0 => now + TimeDelta::seconds(random.random_range(3_600..80_000)),
            _ => now + days + TimeDelta::milliseconds(random.random_range(90_000_000..100_000_000)),
        };
        // Some at the same time.
        let posted_at = now - TimeDelta::hours(random.random_range(1..2_000));
        let title = format!("Job {number:03}");
        let sent = members.as_object_mut().unwrap();
        sent.insert("organization_id".to_owned(), json!(employer.id));
        sent.insert("title".to_owned(), json!(title));
        sent.insert("valid_through".to_owned(), json!(valid_through));
        Job {
            title,
            sent: members,
            facts,
            posted_at,
            valid_through,
            is_published: true,
        }
    }

    async fn give(&mut self, server: &Server, random: &mut ChaCha8Rng, moderator: &str) {
        let (posted, imported) = self.jobs.split_at_mut(POSTED);
        let lines: Vec<_> = imported
            .iter()
            .map(|job| {
                let mut line = job.sent.clone();
                line["external_id"] = json!(job.title);
                line["posted_at"] = json!(job.posted_at);
                line.to_string()
            })
            .collect();
        let args = ["--format", "jobs_ndjson", "--source", "board"];
        let output = import(server, &args, &[file(&lines.join("\n")).path()]);
        let all = counts(lines.len(), 0, 0, 0);
        assert_eq!(summary(&output), all, "{}", told(&output));
        for job in posted {
            post(server, random, moderator, job).await;
        }
        self.change(server, random, moderator).await;
        let last = self.employers.last().unwrap();
        let archive = format!("/v1/organizations/{}/archive", last.id);
        let archived = server.post(&archive, Some(moderator), &json!({})).await;
        assert_eq!(archived.status, 200, "{}", archived.text());
        for job in &mut self.jobs {
            job.is_published &= job.sent["organization_id"] != last.id.as_str();
        }
    }

    /// Some jobs say something else in the end.
    async fn change(&mut self, server: &Server, random: &mut ChaCha8Rng, moderator: &str) {
        let page = server.get("/v1/jobs?limit=30").await.json();
        for item in page["items"].as_array().unwrap() {
            let drawn = Drawn::new(random, &self.rates, &self.skills);
            let path = path(item["id"].as_str().unwrap());
            let changed = server.patch(&path, moderator, "*", &drawn.members).await;
            assert_eq!(changed.status, 200, "{}", changed.text());
            let mut jobs = self.jobs.iter_mut();
            let job = jobs
                .find(|job| item["title"] == job.title.as_str())
                .unwrap();
            let members = drawn.members.as_object().unwrap().clone();
            job.sent.as_object_mut().unwrap().extend(members);
            job.facts = drawn.facts;
            let employer = &job.sent["organization_id"];
            let mut employers = self.employers.iter();
            let employer = employers.find(|one| *employer == one.id.as_str()).unwrap();
            employer.show(&mut job.facts.values);
        }
    }
}

/// Posts a job; some stay drafts, some are closed at once.
async fn post(server: &Server, random: &mut ChaCha8Rng, moderator: &str, job: &mut Job) {
    if often(random, 2) {
        job.sent["status"] = json!("draft");
        job.is_published = false;
    }
    let answer = server.post("/v1/jobs", Some(moderator), &job.sent).await;
    assert_eq!(answer.status, 201, "{}\n{}", job.sent, answer.text());
    job.posted_at = server.state.clock.now();
    if job.is_published && often(random, 2) {
        let close = format!("{}/close", path(&answer.id()));
        let reason = json!({"reason": pick(random, &["filled", "withdrawn"])});
        let closed = server.post(&close, Some(moderator), &reason).await;
        assert_eq!(closed.status, 200, "{}", closed.text());
        job.is_published = false;
    }
}

impl Employer {
    async fn list(
        server: &Server,
        random: &mut ChaCha8Rng,
        moderator: &str,
        number: usize,
    ) -> Self {
        let organization_type = pick(random, &TYPES);
        let networks = pick_some(random, &NETWORKS, 3);
        let mut body = organization(&format!("Employer {number}"));
        body["organization_type"] = json!(organization_type);
        body["networks"] = json!(networks);
        let listed = server
            .post("/v1/organizations", Some(moderator), &body)
            .await;
        assert_eq!(listed.status, 201, "{}", listed.text());
        Self {
            id: listed.id(),
            organization_type,
            networks,
        }
    }

    /// What its jobs say of it.
    fn show(&self, values: &mut BTreeMap<&'static str, Vec<Said>>) {
        values.insert("organization_id", vec![Said::new(&self.id)]);
        values.insert("organization_type", vec![Said::new(self.organization_type)]);
        let networks = self.networks.iter().map(|code| Said::new(code));
        values.insert("network", networks.collect());
    }
}
