//! How fast a search is, beside the least a search could do: `cargo run --release -p toadlane-search
//! --example speed [records]`. With `jobs [records]`: see `jobs.rs`.
//!
//! The other side of the comparison is the bare index library with a name and a description field: an AND
//! of two words ranked by BM25 with a count; the same with a filter and a facet; the 50 commonest words with
//! a prefix, or with one typo, over both fields. One thread, no HTTP, every query different.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement, not a product"
)]

mod bare;
mod corpus;
mod jobs;

use std::time::{Duration, Instant};

use corpus::{Corpus, Random};
use search::{Filter, Keyword, Query, SearchIndex, Sort};

const QUERIES: usize = 4000;

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let is_jobs = arguments.next_if_eq("jobs").is_some();
    let records: usize = arguments
        .next()
        .map_or(100_000, |text| text.parse().unwrap());
    if is_jobs {
        return jobs::main(records);
    }
    let corpus = Corpus::new(records);
    let dir = tempfile::tempdir().unwrap();
    let mut opened = SearchIndex::open(dir.path(), "speed").unwrap();
    let start = Instant::now();
    for (i, record) in corpus.records.iter().enumerate() {
        opened.writer.put(&record.document(i)).unwrap();
        if i % 500 == 499 {
            opened.writer.commit(1).unwrap();
        }
    }
    opened.writer.commit(2).unwrap();
    println!(
        "{records} records in {:?}, a commit every 500",
        start.elapsed()
    );
    let start = Instant::now();
    while opened.index.segment_count() > 1 && start.elapsed().as_secs() < 60 {
        opened.writer.tidy().unwrap();
        std::thread::park_timeout(Duration::from_millis(100));
    }
    println!("put in order in {:?}", start.elapsed());
    let bytes = opened.index.size_in_bytes().unwrap() as f64 / 1e6;
    println!(
        "{bytes:.0} MB on disk, {} segments",
        opened.index.segment_count()
    );
    let start = Instant::now();
    for i in 0..20 {
        opened.writer.put(&corpus.records[i].document(i)).unwrap();
        opened.writer.commit(3).unwrap();
    }
    println!("{:?} for a commit of one record", start.elapsed() / 20);

    compare_all(&corpus, &opened.index);
}

/// Each kind of search, beside a bare index where that has one.
fn compare_all(corpus: &Corpus, index: &SearchIndex) {
    let bare = bare::Bare::new(corpus);
    let text = |text: String| Query {
        text: Some(text),
        sort: Sort::Relevance,
        limit: 10,
        time_budget: Duration::from_secs(10),
        ..Query::default()
    };
    let two_words = |random: &mut Random| corpus.two_words(random);
    compare(
        "two words",
        |random| index.search(&text(two_words(random))).unwrap().total,
        |random| bare.two_words(&two_words(random), None),
    );
    compare(
        "two words, country, facets",
        |random| {
            let mut query = text(two_words(random));
            query.filters = vec![Filter::Keyword {
                field: Keyword::Country,
                any_of: vec![corpus::COUNTRIES[random.below(8)].to_owned()],
                or_missing: false,
            }];
            query.facets = vec![Keyword::Country, Keyword::Sector];
            index.search(&query).unwrap().total
        },
        |random| {
            let words = two_words(random);
            bare.two_words(&words, Some(corpus::COUNTRIES[random.below(8)]))
        },
    );
    compare(
        "prefix as you type",
        |random| {
            let mut query = text(corpus.prefix(random));
            query.prefix = true;
            index.search(&query).unwrap().total
        },
        |random| bare.prefix(&corpus.prefix(random)),
    );
    compare(
        "one typo",
        |random| index.search(&text(corpus.typo(random))).unwrap().total,
        |random| bare.typo(&corpus.typo(random)),
    );
    compare(
        "everything by name",
        |_| index.search(&Query::default()).unwrap().total,
        |_| 0,
    );
    compare(
        "highlights",
        |random| {
            let mut query = text(two_words(random));
            query.highlight = Some(&["name", "description"]);
            index.search(&query).unwrap().total
        },
        |_| 0,
    );
    compare(
        "suggestions",
        |random| suggest(index, corpus.prefix(random)),
        |_| 0,
    );
}

fn suggest(index: &SearchIndex, text: String) -> u64 {
    let query = search::SuggestQuery {
        text,
        kinds: Vec::new(),
        now: i64::MIN,
        limit: 10,
    };
    index.suggest(&query).unwrap().len() as u64
}

/// Runs both over the same queries and prints, per query, the mean of the processor time, which is the
/// same on a busy machine, and how many records were found.
fn compare(
    what: &str,
    mut ours: impl FnMut(&mut Random) -> u64,
    mut bare: impl FnMut(&mut Random) -> u64,
) {
    let measure = |search: &mut dyn FnMut(&mut Random) -> u64| {
        let mut random = Random::new(7);
        let start = processor_time();
        let found: u64 = (0..QUERIES).map(|_| search(&mut random)).sum();
        let time = processor_time() - start;
        (time / QUERIES as f64, found as f64 / QUERIES as f64)
    };
    let (time, found) = measure(&mut ours);
    let (bare_time, bare_found) = measure(&mut bare);
    println!(
        "{what:28} {time:6.0} µs, {found:8.1} found   bare {bare_time:6.0} µs, {bare_found:8.1} found"
    );
}

/// Microseconds this thread has run, as Linux counts them.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u64 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds as f64 / 1000.0
}
