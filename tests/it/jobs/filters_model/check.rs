//! Comparing what a server lists with what it should.

use super::model::{Count, Expected, Job, expected, folded, kilometres};
use super::money::{Pay, Yearly};
use super::query::Query;
use super::world::World;
use crate::harness::{Answer, Server};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// At most so many values of a facet are shown.
const MAX_VALUES: usize = 100;

/// Queries of a server, and what came of them.
pub struct Comparison<'a> {
    server: &'a Server,
    world: &'a World,
    titles: HashMap<&'a str, &'a Job>,
    compared: usize,
    skipped: usize,
    /// Of the queries that were compared, those that find something, and those that do not find everything.
    telling: usize,
}

impl<'a> Comparison<'a> {
    pub fn new(server: &'a Server, world: &'a World) -> Self {
        let titles = world.jobs.iter().map(|job| (job.title.as_str(), job));
        Self {
            server,
            world,
            titles: titles.collect(),
            compared: 0,
            skipped: 0,
            telling: 0,
        }
    }

    /// Asks a query, and compares the whole answer, unless a job is too near to a border.
    pub async fn run(&mut self, query: &Query) {
        let now = self.server.state.clock.now();
        let Some(expected) = expected(&self.world.jobs, query, now) else {
            self.skipped += 1;
            return;
        };
        let pages = self.walk(query).await;
        let asked = format!("{:?} at {now}", query.pairs());
        let items: Vec<&Value> = pages
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .collect();
        let found: Vec<&Job> = items.iter().map(|item| self.job(item)).collect();
        self.check_set(query, &expected, &found, &asked);
        for page in &pages {
            assert_eq!(page["total"], expected.hits.len(), "{asked}");
            assert_eq!(page.get("partial"), None, "{asked}");
        }
        check_order(query, &found, &asked);
        let facets = &pages[0]["facets"];
        for (name, counts) in &expected.facets {
            check_facet(&facets[name], counts, &format!("{name} of {asked}"));
        }
        if let Some(currency) = query.histogram {
            self.check_salaries(&facets["salary"], &expected.salaries, currency, &asked);
        }
        self.compared += 1;
        let all = self.world.jobs.len();
        self.telling += usize::from((1..all / 2).contains(&expected.hits.len()));
    }

    /// What was tried was worth it.
    pub fn conclude(self) {
        let Self {
            compared,
            skipped,
            telling,
            ..
        } = self;
        assert!(skipped * 10 < compared, "{skipped} skipped, {compared} not");
        assert!(telling * 2 > compared, "{telling} of {compared} find some");
    }

    fn job(&self, item: &Value) -> &'a Job {
        let job = item["title"]
            .as_str()
            .and_then(|title| self.titles.get(title));
        job.unwrap_or_else(|| panic!("nobody posted {item}"))
    }

    /// All pages.
    async fn walk(&self, query: &Query) -> Vec<Value> {
        let pairs = query.pairs();
        let mut pages: Vec<Value> = Vec::new();
        loop {
            // Compressing takes a program without optimisation longer than searching.
            let request = self.server.request("GET", "/v1/jobs").query(&pairs);
            let mut request = request.header("accept-encoding", "identity");
            if let Some(last) = pages.last() {
                let Some(cursor) = last["next_cursor"].as_str() else {
                    return pages;
                };
                request = request.query(&[("cursor", cursor)]);
            }
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 200, "{pairs:?}: {}", answer.text());
            pages.push(answer.json());
            assert!(pages.len() <= self.world.jobs.len(), "{pairs:?} has no end");
        }
    }

    fn check_set(&self, query: &Query, expected: &Expected, found: &[&Job], asked: &str) {
        let jobs = &self.world.jobs;
        let expected: BTreeSet<_> = expected.hits.iter().map(|at| &jobs[*at].title).collect();
        let listed: BTreeSet<_> = found.iter().map(|job| &job.title).collect();
        assert_eq!(listed.len(), found.len(), "one comes twice: {asked}");
        let Some(wrong) = listed.symmetric_difference(&expected).next() else {
            return;
        };
        let job = jobs.iter().find(|job| job.title == **wrong).unwrap();
        let verdicts: Vec<_> = query
            .filters
            .iter()
            .map(|filter| (filter.name(), filter.passes(job)))
            .collect();
        panic!(
            "{asked}\n{}\nposted at {}, published: {}, {:?}\nthe list has it: {}, it should: {}, by filter: {verdicts:?}",
            job.sent,
            job.posted_at,
            job.is_published,
            job.facts,
            listed.contains(wrong),
            expected.contains(wrong),
        );
    }

    /// The ranges that are shown do not overlap, and hold all that is paid.
    fn check_salaries(&self, shown: &Value, paid: &[Yearly], currency: &'static str, asked: &str) {
        let yearly = |units: i64| {
            let pay = Pay {
                cents: units * 100,
                currency,
                period: "year",
            };
            self.world.rates.yearly(pay, None).unwrap()
        };
        let (mut end, mut sum) = (0, 0);
        for (value, count) in values(shown) {
            let (from, to) = value.split_once('-').unwrap();
            let from: i64 = from.parse().unwrap();
            assert!(from >= end, "{shown} of {asked}");
            end = to.parse().unwrap_or(i64::MAX / 1_000);
            assert!(end > from, "{shown} of {asked}");
            // Of pay that is within a cent of an end of the range nobody can say.
            let (mut least, mut most) = (0, 0);
            for pay in paid {
                let verdicts = [
                    pay.is_at_least(yearly(from)),
                    pay.compared(yearly(end)).map(Ordering::is_lt),
                ];
                least += u64::from(verdicts == [Some(true); 2]);
                most += u64::from(!verdicts.contains(&Some(false)));
            }
            assert!(
                (least..=most).contains(&count),
                "{count} are paid {value}, not {least} to {most}: {shown} of {asked}"
            );
            sum += count;
        }
        assert_eq!(sum, paid.len() as u64, "{shown} of {asked}");
    }
}

/// What a facet shows.
fn values(shown: &Value) -> Vec<(String, u64)> {
    let shown = shown.as_array().unwrap().iter();
    let pair = |value: &Value| {
        let count = value["count"].as_u64().unwrap();
        (value["value"].as_str().unwrap().to_owned(), count)
    };
    shown.map(pair).collect()
}

fn check_facet(shown: &Value, expected: &BTreeMap<String, Count>, asked: &str) {
    let shown = values(shown);
    let in_order = |pair: &[(String, u64)]| (pair[1].1, &pair[0].0) < (pair[0].1, &pair[1].0);
    assert!(shown.windows(2).all(in_order), "{shown:?} of {asked}");
    assert_eq!(
        shown.len(),
        expected.len().min(MAX_VALUES),
        "{shown:?} of {asked}\n{expected:?}"
    );
    let mut left: BTreeMap<_, _> = expected.iter().collect();
    for (value, count) in &shown {
        let expected = left.remove(&folded(value));
        let expected = expected.unwrap_or_else(|| panic!("{value} of {asked}"));
        assert_eq!(*count, expected.jobs, "{value} of {asked}");
        // The commonest of the ways people write it.
        let written = expected.forms.get(value);
        let commonest = expected.forms.values().max();
        assert_eq!(written, commonest, "{value} of {asked}: {expected:?}");
    }
    let least = shown.last().map_or(0, |(_, count)| *count);
    for (value, count) in left {
        assert!(count.jobs <= least, "{value} is not in {asked}");
    }
}

/// Whether each comes before the next, as it is sorted.
fn check_order(query: &Query, found: &[&Job], asked: &str) {
    let distance = |job: &Job| {
        let spots = job.facts.spots.iter();
        let distances = spots.map(|spot| kilometres(query.origin().unwrap(), *spot));
        distances.min_by(f64::total_cmp).unwrap()
    };
    for pair in found.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        let is_right = match query.sort.unwrap_or("-posted_at") {
            "-posted_at" => one.posted_at >= next.posted_at,
            "valid_through" => one.valid_through <= next.valid_through,
            // To a tenth of a millimetre.
            "distance" => distance(one) <= distance(next) + 1e-7,
            // Those that do not say come last; a cent is nothing.
            "-salary" => match (one.facts.yearly, next.facts.yearly) {
                (Some(one), Some(next)) => one.is_at_least(next) != Some(false),
                (one, next) => one.is_some() || next.is_none(),
            },
            other => panic!("{other} is no order"),
        };
        assert!(
            is_right,
            "{asked}\n{}\ncomes before\n{}",
            one.sent, next.sent
        );
    }
}
