//! Words that start like a word, or are spelled like it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use tantivy::query::FuzzyTermQuery;

use crate::error::Result;
use crate::snapshot::Snapshot;
use crate::words::{List, Term, weight};

/// An expansion keeps this many terms: those most records have, found among the
/// [`MAX_PER_SEGMENT`] commonest of each segment.
pub const MAX_EXPANSIONS: usize = 50;

/// Of each segment of the index, so many terms are compared with those of the other segments.
const MAX_PER_SEGMENT: usize = 4 * MAX_EXPANSIONS;

/// The commonest words that start with `prefix`.
pub(crate) fn with_prefix(prefix: &str, snapshot: &Snapshot) -> Result<Vec<Term>> {
    let mut commonest = Commonest::default();
    for segment in &snapshot.segments {
        let range = segment.words.terms().range().ge(prefix);
        let range = match after_prefix(prefix) {
            Some(end) => range.lt(end),
            None => range,
        };
        let mut stream = range.into_stream()?;
        let mut kept = Kept::default();
        while stream.advance() {
            kept.offer(stream.value().doc_freq, stream.key());
        }
        commonest.add(kept);
    }
    commonest.into_terms(weight::PREFIX, snapshot)
}

/// How many typos a word may have: one from four letters, two from eight. The first letter of a word
/// with two is taken to be right: people rarely miss it, and it keeps the search short.
pub(crate) fn max_typos(word: &str) -> u8 {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The commonest words up to `typos` edits away, where two letters swapped are one edit; as
/// whole words, or when `prefix` is set, as beginnings of words.
pub(crate) fn with_typos(
    word: &str,
    typos: u8,
    prefix: bool,
    snapshot: &Snapshot,
) -> Result<Vec<Term>> {
    let term = tantivy::Term::from_field_text(snapshot.fields.words, word);
    let query = if prefix {
        FuzzyTermQuery::new_prefix(term, typos, true)
    } else {
        FuzzyTermQuery::new(term, typos, true)
    };
    let mut commonest = Commonest::default();
    let first: String = word.chars().take(1).collect();
    for segment in &snapshot.segments {
        let mut range = segment.words.terms().search(query.automaton()?);
        if typos > 1 {
            range = range.ge(&first);
            if let Some(end) = after_prefix(&first) {
                range = range.lt(end);
            }
        }
        let mut stream = range.into_stream()?;
        let mut kept = Kept::default();
        while stream.advance() {
            kept.offer(stream.value().doc_freq, stream.key());
        }
        commonest.add(kept);
    }
    let weight = if typos > 1 {
        weight::TWO_TYPOS
    } else {
        weight::ONE_TYPO
    };
    commonest.into_terms(weight, snapshot)
}

/// The words nearest to `word`: those with one typo if there are any, else those with two.
pub(crate) fn nearest(word: &str, snapshot: &Snapshot) -> Result<Vec<Term>> {
    for typos in 1..=max_typos(word) {
        let terms = with_typos(word, typos, false, snapshot)?;
        if !terms.is_empty() {
            return Ok(terms);
        }
    }
    Ok(Vec::new())
}

/// Adds the terms that are not there yet, up to [`MAX_EXPANSIONS`].
pub(crate) fn add_new(terms: &mut Vec<Term>, more: Vec<Term>) {
    for term in more {
        if terms.len() < MAX_EXPANSIONS && terms.iter().all(|known| known.text != term.text) {
            terms.push(term);
        }
    }
}

/// The first key after all that start with `prefix`; `None` when there is no such key.
fn after_prefix(prefix: &str) -> Option<Vec<u8>> {
    let mut end = prefix.as_bytes().to_vec();
    // UTF-8 never contains 0xff, so the last byte can always be raised.
    let last = end.last_mut()?;
    *last = last.checked_add(1)?;
    Some(end)
}

/// The commonest terms of one segment, the rarest of them on top.
#[derive(Default)]
struct Kept(BinaryHeap<Reverse<(u32, String)>>);

impl Kept {
    fn offer(&mut self, records: u32, term: &[u8]) {
        if self.0.len() >= MAX_PER_SEGMENT {
            if self
                .0
                .peek()
                .is_some_and(|Reverse((fewest, _))| records <= *fewest)
            {
                return;
            }
            self.0.pop();
        }
        self.0.push(Reverse((
            records,
            String::from_utf8_lossy(term).into_owned(),
        )));
    }
}

/// The terms of most records, gathered segment by segment.
#[derive(Default)]
struct Commonest(HashMap<String, u64>);

impl Commonest {
    fn add(&mut self, kept: Kept) {
        for Reverse((records, term)) in kept.0 {
            *self.0.entry(term).or_default() += u64::from(records);
        }
    }

    fn into_terms(self, weight: u8, snapshot: &Snapshot) -> Result<Vec<Term>> {
        let mut all: Vec<(String, u64)> = self.0.into_iter().collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut terms = Vec::new();
        for (text, _) in all {
            if terms.len() == MAX_EXPANSIONS {
                break;
            }
            terms.extend(Term::find(List::Words, &text, weight, snapshot)?);
        }
        Ok(terms)
    }
}
