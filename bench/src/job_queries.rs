//! What people ask a job board, drawn from jobs so that it is found.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use rand::{SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use url::form_urlencoded;

use crate::{Outcome, queries::words};

/// Two words that so many of a hundred jobs share are no query.
const TOO_COMMON_PERCENT: usize = 1;

/// Parameters, and where a job has their values.
const FILTERS: [(&str, &str); 6] = [
    ("country", "/locations/0/country"),
    ("workplace", "/workplace"),
    ("employment_type", "/employment_types/0"),
    ("seniority", "/seniority"),
    ("skill", "/skills/0"),
    ("pay_policy", "/pay_policy"),
];
const FACETS: [&str; 8] = [
    "country",
    "locality",
    "skill",
    "workplace",
    "employment_type",
    "seniority",
    "membership_track",
    "pay_policy",
];

/// The words of jobs.
struct Texts {
    words: Vec<Vec<String>>,
    /// By word, the numbers of the jobs that have it.
    jobs: HashMap<String, HashSet<usize>>,
}

/// Writes a file of URL paths for each kind of question.
pub fn write(jobs: &[Value], count: usize, folder: &Path) -> Outcome {
    let texts = Texts::of(jobs);
    let mut random = ChaCha8Rng::seed_from_u64(5);
    write_distinct(folder, "two_words", count, || {
        let (number, job) = some_job(jobs, &mut random)?;
        let words = texts.two_words(number, &mut random)?;
        let count = *[1, 2].choose(&mut random)?;
        Some(path(
            Some(&words),
            &filters(job, count, &mut random),
            &facets(2, &mut random),
        ))
    })?;
    write_distinct(folder, "filters", count, || {
        let (_, job) = some_job(jobs, &mut random)?;
        let count = *[1, 2].choose(&mut random)?;
        Some(path(
            None,
            &filters(job, count, &mut random),
            &facets(3, &mut random),
        ))
    })?;
    write_distinct(folder, "landing", count, || {
        Some(path(None, &[], &facets(3, &mut random)))
    })
}

/// As many different ones as `draw` gives, `count` at most.
fn write_distinct(
    folder: &Path,
    kind: &str,
    count: usize,
    mut draw: impl FnMut() -> Option<String>,
) -> Outcome {
    let mut output = BufWriter::new(File::create(folder.join(format!("{kind}.paths")))?);
    let mut seen = HashSet::new();
    for _ in 0..count.saturating_mul(20) {
        if seen.len() == count {
            break;
        }
        if let Some(path) = draw()
            && seen.insert(path.clone())
        {
            writeln!(output, "{path}")?;
        }
    }
    Ok(output.flush()?)
}

impl Texts {
    fn of(jobs: &[Value]) -> Self {
        let mut texts = Self {
            words: Vec::with_capacity(jobs.len()),
            jobs: HashMap::new(),
        };
        for (number, job) in jobs.iter().enumerate() {
            let text = format!("{} {}", text(job, "/title"), text(job, "/description"));
            let words: Vec<String> = words(&text).collect();
            for word in &words {
                texts.jobs.entry(word.clone()).or_default().insert(number);
            }
            texts.words.push(words);
        }
        texts
    }

    /// Two words of a job as they come in its text, the common ones more often.
    fn two_words(&self, job: usize, random: &mut ChaCha8Rng) -> Option<String> {
        let chosen: Vec<&String> = self.words.get(job)?.choose_multiple(random, 2).collect();
        let [first, second] = chosen.as_slice() else {
            return None;
        };
        let with_both = self.jobs.get(*first)?.intersection(self.jobs.get(*second)?);
        let is_common = with_both.count() * 100 >= self.words.len() * TOO_COMMON_PERCENT;
        (first != second && !is_common).then(|| format!("{first} {second}"))
    }
}

fn some_job<'a>(jobs: &'a [Value], random: &mut ChaCha8Rng) -> Option<(usize, &'a Value)> {
    let numbered: Vec<usize> = (0..jobs.len()).collect();
    let number = *numbered.choose(random)?;
    Some((number, jobs.get(number)?))
}

fn text<'a>(job: &'a Value, pointer: &str) -> &'a str {
    job.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Filters that the job passes, so many of those it has values for.
fn filters<'a>(
    job: &'a Value,
    count: usize,
    random: &mut ChaCha8Rng,
) -> Vec<(&'static str, &'a str)> {
    let possible = FILTERS.map(|(filter, pointer)| (filter, text(job, pointer)));
    let possible: Vec<_> = possible
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    possible.choose_multiple(random, count).copied().collect()
}

fn facets(count: usize, random: &mut ChaCha8Rng) -> String {
    let facets: Vec<&str> = FACETS.choose_multiple(random, count).copied().collect();
    facets.join(",")
}

fn path(words: Option<&str>, filters: &[(&str, &str)], facets: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    if let Some(words) = words {
        parameters.append_pair("q", words);
    }
    parameters
        .extend_pairs(filters)
        .append_pair("facets", facets);
    format!("/v1/jobs?{}", parameters.finish())
}
