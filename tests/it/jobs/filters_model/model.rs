//! What a list should be.

use super::money::Yearly;
use super::query::Query;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// Latitude and longitude in millionths of a degree.
pub type Spot = (i64, i64);

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// As somebody wrote it.
    pub form: String,
    /// Without case, accents and superfluous space.
    pub value: String,
}

impl Said {
    pub fn new(form: &str) -> Self {
        Self {
            form: form.to_owned(),
            value: folded(form),
        }
    }
}

/// What a job says.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Of its description.
    pub words: Vec<&'static str>,
    /// By the name of the parameter: the values that a filter finds it by.
    pub values: BTreeMap<&'static str, Vec<Said>>,
    /// Where it is.
    pub spots: Vec<Spot>,
    /// Quarters of hours from UTC.
    pub offsets: Option<(i64, i64)>,
    /// The top of its range, if it says so in a currency that can be converted.
    pub yearly: Option<Yearly>,
}

/// A job.
pub struct Job {
    /// No other has it.
    pub title: String,
    /// As it was sent.
    pub sent: Value,
    pub facts: Facts,
    pub posted_at: DateTime<Utc>,
    pub valid_through: DateTime<Utc>,
    /// Neither a draft nor closed, and its employer is public.
    pub is_published: bool,
}

/// How many jobs have a value, and how it is written.
#[derive(Debug, Default)]
pub struct Count {
    pub jobs: u64,
    pub forms: BTreeMap<String, u64>,
}

/// A page that has everything.
pub struct Expected {
    /// By their places in the list of all jobs.
    pub hits: Vec<usize>,
    /// By facet, then by the value without case and accents.
    pub facets: BTreeMap<&'static str, BTreeMap<String, Count>>,
    /// Of the jobs that the histogram counts.
    pub salaries: Vec<Yearly>,
}

/// A value without case, accents and superfluous space.
pub fn folded(value: &str) -> String {
    let lower = value.to_lowercase();
    let plain: String = lower
        .chars()
        .map(|char| match char {
            'é' => "e".to_owned(),
            'ã' => "a".to_owned(),
            'ö' | 'ø' => "o".to_owned(),
            'ü' => "u".to_owned(),
            'ß' => "ss".to_owned(),
            other => other.to_string(),
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The kilometres between two spots on a sphere of the earth's mean radius (IUGG).
pub fn kilometres(a: Spot, b: Spot) -> f64 {
    let radians = |millionths: i64| {
        let millionths = i32::try_from(millionths).unwrap();
        (f64::from(millionths) / 1e6).to_radians()
    };
    let (lat_a, lat_b) = (radians(a.0), radians(b.0));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(radians(b.1 - a.1));
    2.0 * 6371.0088 * h.sqrt().min(1.0).asin()
}

/// The answer to a query at a moment. `None` when a job is so near to a border that rounding may decide.
pub fn expected(jobs: &[Job], query: &Query, now: DateTime<Utc>) -> Option<Expected> {
    let mut expected = Expected {
        hits: Vec::new(),
        facets: query
            .facets
            .iter()
            .map(|name| (*name, BTreeMap::new()))
            .collect(),
        salaries: Vec::new(),
    };
    for (at, job) in jobs.iter().enumerate() {
        let is_asked_for = query.q.is_none_or(|word| job.facts.words.contains(&word));
        if !job.is_published || job.valid_through <= now || !is_asked_for {
            continue;
        }
        let mut failed = Vec::new();
        for filter in &query.filters {
            if !filter.passes(job)? {
                failed.push(filter.name());
            }
        }
        if failed.is_empty() {
            expected.hits.push(at);
        }
        // A facet's counts ignore that facet's own filter.
        let counts_for = |name: &str| failed.iter().all(|failed| *failed == name);
        for (name, counts) in &mut expected.facets {
            if counts_for(name) {
                count(counts, job.facts.values.get(name));
            }
        }
        if counts_for("salary") {
            expected.salaries.extend(job.facts.yearly);
        }
    }
    Some(expected)
}

/// A job counts once for a value, however often and in however many ways it says it.
fn count(counts: &mut BTreeMap<String, Count>, said: Option<&Vec<Said>>) {
    let mut seen = Vec::new();
    for Said { form, value } in said.into_iter().flatten() {
        if seen.contains(&value) {
            continue;
        }
        let count = counts.entry(value.clone()).or_default();
        count.jobs += 1;
        *count.forms.entry(form.clone()).or_default() += 1;
        seen.push(value);
    }
}
