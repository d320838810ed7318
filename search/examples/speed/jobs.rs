//! Searches of job posts: `speed jobs [records]`. Eight threads at once, every query different; and saved
//! searches, one batch of new posts at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use search::{
    Batch, Document, Filter, Histogram, Keyword, Kind, Query, SearchIndex, Sort, TextField, Weight,
    Writer,
};

use crate::corpus::{COUNTRIES, Corpus, Random, Record};

const THREADS: u64 = 8;
const TIME_PER_MEASURE: Duration = Duration::from_secs(6);
const SAVED_SEARCHES: usize = 10_000;
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
const NOW: i64 = 20_000 * DAY;
const WORKPLACES: &[&str] = &["remote", "hybrid", "on_site", "on_site"];
const EMPLOYMENT_TYPES: &[&str] = &["full_time", "part_time", "contractor", "temporary"];
const SENIORITIES: &[&str] = &["junior", "mid", "senior", "lead"];

pub fn main(records: usize) {
    let corpus = Corpus::new(records);
    let dir = tempfile::tempdir().unwrap();
    let mut opened = SearchIndex::open(dir.path(), "speed").unwrap();
    let start = Instant::now();
    let mut random = Random::new(3);
    for (i, record) in corpus.records.iter().enumerate() {
        opened
            .writer
            .put(&document(record, i, &mut random))
            .unwrap();
        if i % 10_000 == 9_999 {
            opened.writer.commit(1).unwrap();
        }
    }
    opened.writer.commit(2).unwrap();
    println!("{records} jobs in {:?}", start.elapsed());
    let start = Instant::now();
    while opened.index.segment_count() > 1 && start.elapsed().as_secs() < 150 {
        opened.writer.tidy().unwrap();
        std::thread::park_timeout(Duration::from_millis(100));
    }
    println!(
        "{} segments after {:?}, {} MB",
        opened.index.segment_count(),
        start.elapsed(),
        opened.index.size_in_bytes().unwrap() / 1_000_000
    );
    println!("{} MB of memory", resident_megabytes());
    searches(&corpus, &opened.index);
    println!("{} MB of memory", resident_megabytes());
    println!("while a post is saved every 200 ms:");
    let writer = &mut opened.writer;
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| write(&corpus, writer, &is_done));
        searches(&corpus, &opened.index);
        is_done.store(true, Ordering::Relaxed);
    });
    saved_searches(&corpus);
}

fn searches(corpus: &Corpus, index: &SearchIndex) {
    let landing = |_: &mut Random| Query {
        kinds: vec![Kind::Job],
        sort: Sort::PostedAt,
        facets: vec![
            Keyword::Country,
            Keyword::Workplace,
            Keyword::Skill,
            Keyword::EmploymentType,
        ],
        histogram: Some(histogram()),
        now: NOW,
        ..Query::default()
    };
    measure("landing page", index, landing);
    let two_words = |random: &mut Random| Query {
        text: Some(corpus.two_words(random)),
        filters: vec![
            keyword(Keyword::Country, COUNTRIES[random.below(8)]),
            keyword(Keyword::Workplace, WORKPLACES[random.below(3)]),
        ],
        sort: Sort::Relevance,
        facets: vec![Keyword::Country, Keyword::Seniority],
        ..landing(random)
    };
    measure("two words, filters, facets", index, |random| Query {
        histogram: None,
        ..two_words(random)
    });
    measure("the same, with histogram", index, two_words);
    measure("the same, collapsed", index, |random| Query {
        collapse: true,
        ..two_words(random)
    });
    measure("one filter, facets", index, |random| Query {
        filters: vec![keyword(Keyword::Workplace, WORKPLACES[random.below(3)])],
        ..landing(random)
    });
}

fn write(corpus: &Corpus, writer: &mut Writer, is_done: &AtomicBool) {
    let mut random = Random::new(4);
    let mut slowest = Duration::ZERO;
    while !is_done.load(Ordering::Relaxed) {
        let number = random.below(corpus.records.len());
        let start = Instant::now();
        writer
            .put(&document(&corpus.records[number], number, &mut random))
            .unwrap();
        writer.commit(3).unwrap();
        slowest = slowest.max(start.elapsed());
        std::thread::park_timeout(Duration::from_millis(200));
    }
    println!("slowest commit {slowest:?}");
}

fn histogram() -> Histogram {
    Histogram {
        edges: (1..10).map(|step| step * 1_000_000).collect(),
    }
}

/// A number below `end`, the low ones more often.
fn skewed(end: usize, random: &mut Random) -> usize {
    let end = random.below(end) + 1;
    random.below(end)
}

fn keyword(field: Keyword, value: &str) -> Filter {
    Filter::Keyword {
        field,
        any_of: vec![value.to_owned()],
        or_missing: false,
    }
}

fn document(record: &Record, number: usize, random: &mut Random) -> Document {
    let age = i64::try_from(random.below(90)).unwrap() * DAY + i64::try_from(number).unwrap();
    let employer = format!("employer {}", skewed(50_000, random));
    let mut document = record.document(number);
    document.kind = Kind::Job;
    document.text[0].weight = Weight::Name;
    document.text.push(TextField {
        name: "employer",
        weight: Weight::Head,
        language: None,
        text: employer.clone(),
    });
    let mut add = |field, value: String| document.keywords.push((field, value));
    add(Keyword::Employer, employer.clone());
    add(
        Keyword::Workplace,
        WORKPLACES[random.below(WORKPLACES.len())].to_owned(),
    );
    add(
        Keyword::EmploymentType,
        EMPLOYMENT_TYPES[random.below(EMPLOYMENT_TYPES.len())].to_owned(),
    );
    add(
        Keyword::Seniority,
        SENIORITIES[random.below(SENIORITIES.len())].to_owned(),
    );
    for _ in 0..random.below(6) {
        add(Keyword::Skill, format!("skill-{}", skewed(2000, random)));
    }
    document.posted_at = Some(NOW - age);
    document.expires_at = Some(NOW - age + 100 * DAY);
    if random.below(2) == 0 {
        document.salary = Some(i64::try_from(random.below(12_000_000)).unwrap());
    }
    document.utc_offsets = (random.below(4) == 0).then_some((-4, 12));
    document.group = Some(employer);
    document
}

/// Prints how long searches take by the clock, with all threads searching at once.
fn measure(what: &str, index: &SearchIndex, query: impl Fn(&mut Random) -> Query + Sync) {
    let mut times: Vec<Duration> = Vec::new();
    let partial = AtomicU64::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|seed| {
                let (query, partial) = (&query, &partial);
                scope.spawn(move || {
                    let mut random = Random::new(100 + seed);
                    let mut times = Vec::new();
                    while begun.elapsed() < TIME_PER_MEASURE {
                        let query = query(&mut random);
                        let start = Instant::now();
                        if index.search(&query).unwrap().partial {
                            partial.fetch_add(1, Ordering::Relaxed);
                        }
                        times.push(start.elapsed());
                    }
                    times
                })
            })
            .collect();
        for thread in threads {
            times.extend(thread.join().unwrap());
        }
    });
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{what:28} {:6.0} a second; p50 {:.1?}, p99 {:.1?}, slowest {:.1?}, {} cut off",
        times.len() as f64 / begun.elapsed().as_secs_f64(),
        at(50),
        at(99),
        at(100),
        partial.load(Ordering::Relaxed),
    );
}

fn saved_searches(corpus: &Corpus) {
    let mut random = Random::new(5);
    let saved: Vec<Query> = (0..SAVED_SEARCHES)
        .map(|_| Query {
            text: Some(corpus.two_words(&mut random)),
            kinds: vec![Kind::Job],
            filters: vec![
                keyword(Keyword::Workplace, WORKPLACES[random.below(3)]),
                Filter::SalaryAtLeast {
                    cents: 3_000_000,
                    unspecified: true,
                },
            ],
            now: NOW,
            ..Query::default()
        })
        .collect();
    for records in [1, 20, 500] {
        let documents: Vec<Document> = (0..records.min(corpus.records.len()))
            .map(|i| document(&corpus.records[i], i, &mut random))
            .collect();
        let start = Instant::now();
        let batch = Batch::new(&documents).unwrap();
        let made = start.elapsed();
        let start = Instant::now();
        let found: usize = saved
            .iter()
            .map(|query| batch.matching(query, None).unwrap().len())
            .sum();
        println!(
            "a batch of {records}: {made:.1?} to make, {:.1?} for {SAVED_SEARCHES} saved searches, {found} found",
            start.elapsed()
        );
    }
}

fn resident_megabytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("RssAnon"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes.unwrap().parse::<u64>().unwrap() / 1000
}
