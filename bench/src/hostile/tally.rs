//! What was asked, and what came of it.

use crate::percentile::percentile;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// The answers to one kind of request.
pub struct Tally {
    /// What was asked.
    pub name: &'static str,
    times: Vec<Duration>,
    outcomes: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            times: Vec::new(),
            outcomes: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Notes what came of one request: its status, or what the connection did.
    pub fn note(&mut self, outcome: impl Into<String>) {
        *self.outcomes.entry(outcome.into()).or_default() += 1;
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: Self) {
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.times.extend(other.times);
        self.failures.extend(other.failures);
    }

    /// Sends a request that should be answered with `expected`, and gives its body.
    pub async fn ask(
        &mut self,
        request: reqwest::RequestBuilder,
        expected: u16,
    ) -> Option<(reqwest::header::HeaderMap, String)> {
        let begun = Instant::now();
        let answer = async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, answer.text().await?))
        };
        let answer = answer.await;
        self.times.push(begun.elapsed());
        match answer {
            Ok((status, headers, body)) if status == expected => Some((headers, body)),
            Ok((status, _, body)) => {
                let body: String = body.chars().take(200).collect();
                self.failures
                    .push(format!("{status} instead of {expected}: {body}"));
                None
            }
            Err(error) => {
                self.failures.push(format!("no answer: {error:?}"));
                None
            }
        }
    }

    /// Notes what should have happened and did not.
    pub fn fail(&mut self, failure: &str) {
        self.failures.push(failure.to_owned());
    }

    /// How many were asked.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// What went wrong.
    pub fn failures(&self) -> Vec<String> {
        self.failures.clone()
    }

    /// Of the times.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        percentile(&mut self.times, percent)
    }

    /// What was asked, how many there were, how long they took, and what else was noted.
    pub fn times(&mut self) -> String {
        let [p50, p99, most] = [50, 99, 100].map(|percent| self.percentile(percent).as_millis());
        format!(
            "{}\t{} requests, p50 / p99 / longest {p50} / {p99} / {most} ms, failed {} {}",
            self.name,
            self.count(),
            self.failures.len(),
            self.answers()
        )
    }

    /// How often which outcome.
    pub fn answers(&self) -> String {
        self.outcomes
            .iter()
            .fold(String::new(), |mut text, (outcome, count)| {
                let separator = if text.is_empty() { "" } else { ", " };
                // Writing to a string does not fail.
                let _ = write!(text, "{separator}{outcome}: {count}");
                text
            })
    }
}
