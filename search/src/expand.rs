//! Words that start like a word, or are spelled like it.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;

use crate::error::Result;
use crate::snapshot::Snapshot;
use crate::terms::{List, Term, weight};
use crate::text::scripts::{self, Script};

/// An expansion keeps this many terms: those most records have, found among the
/// [`MAX_PER_SEGMENT`] commonest of each segment.
pub const MAX_EXPANSIONS: usize = 50;

/// Of each segment of the index, so many terms are compared with those of the other segments.
const MAX_PER_SEGMENT: usize = 4 * MAX_EXPANSIONS;

/// The commonest words that start with `prefix`.
pub(crate) fn with_prefix(prefix: &str, snapshot: &Snapshot) -> Result<Vec<Term>> {
    let mut kept = Vec::with_capacity(snapshot.segments.len());
    for segment in &snapshot.segments {
        let range = segment.words.terms().range().ge(prefix);
        let range = match after_prefix(prefix) {
            Some(end) => range.lt(end),
            None => range,
        };
        let mut stream = range.into_stream()?;
        let mut of_segment = Kept::new(snapshot);
        while stream.advance() {
            of_segment.offer(stream.value(), stream.key());
        }
        kept.push(of_segment);
    }
    commonest(kept, weight::PREFIX, snapshot)
}

/// How many typos a word may have: one from four letters, two from eight. None in a number or a code, where
/// another is not nearly the same, nor in a script whose characters are whole words.
pub(crate) fn max_typos(word: &str) -> u8 {
    let is_code = word.contains(|c: char| c.is_numeric());
    if is_code || scripts::script_of(word) == Script::Ideographic {
        return 0;
    }
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
    let mut kept = Vec::with_capacity(snapshot.segments.len());
    let automaton = query.automaton()?;
    for segment in &snapshot.segments {
        let mut stream = segment.words.terms().search(&automaton).into_stream()?;
        let mut of_segment = Kept::new(snapshot);
        while stream.advance() {
            of_segment.offer(stream.value(), stream.key());
        }
        kept.push(of_segment);
    }
    let weight = if typos > 1 {
        weight::TWO_TYPOS
    } else {
        weight::ONE_TYPO
    };
    commonest(kept, weight, snapshot)
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

/// A term of one segment. Terms of fewer records are less, of as many those later in the alphabet.
#[derive(PartialEq, Eq)]
struct Seen {
    term: String,
    info: TermInfo,
}

impl Ord for Seen {
    fn cmp(&self, other: &Seen) -> Ordering {
        let by_records = self.info.doc_freq.cmp(&other.info.doc_freq);
        by_records.then_with(|| other.term.cmp(&self.term))
    }
}

impl PartialOrd for Seen {
    fn partial_cmp(&self, other: &Seen) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The commonest terms of one segment, the rarest of them on top.
struct Kept {
    heap: BinaryHeap<Reverse<Seen>>,
    most: usize,
    /// Whether there were more.
    overflowed: bool,
}

impl Kept {
    fn new(snapshot: &Snapshot) -> Kept {
        Kept {
            heap: BinaryHeap::new(),
            // A single segment's commonest are the commonest.
            most: if snapshot.segments.len() > 1 {
                MAX_PER_SEGMENT
            } else {
                MAX_EXPANSIONS
            },
            overflowed: false,
        }
    }

    fn offer(&mut self, info: &TermInfo, term: &[u8]) {
        if self.heap.len() >= self.most {
            self.overflowed = true;
            let rarest = self.heap.peek();
            if rarest.is_some_and(|Reverse(rarest)| info.doc_freq <= rarest.info.doc_freq) {
                return;
            }
            self.heap.pop();
        }
        self.heap.push(Reverse(Seen {
            term: String::from_utf8_lossy(term).into_owned(),
            info: info.clone(),
        }));
    }
}

/// The terms of most records over all segments, from those kept of each.
fn commonest(kept: Vec<Kept>, weight: u8, snapshot: &Snapshot) -> Result<Vec<Term>> {
    let overflowed: Vec<bool> = kept.iter().map(|kept| kept.overflowed).collect();
    let mut infos: HashMap<String, Vec<Option<TermInfo>>> = HashMap::new();
    for (segment, kept) in kept.into_iter().enumerate() {
        for Reverse(seen) in kept.heap {
            let of_term = infos
                .entry(seen.term)
                .or_insert_with(|| vec![None; overflowed.len()]);
            of_term[segment] = Some(seen.info);
        }
    }
    let records = |infos: &[Option<TermInfo>]| -> u64 {
        infos
            .iter()
            .flatten()
            .map(|info| u64::from(info.doc_freq))
            .sum()
    };
    let mut all: Vec<(u64, String, Vec<Option<TermInfo>>)> = infos
        .into_iter()
        .map(|(term, infos)| (records(&infos), term, infos))
        .collect();
    all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut terms = Vec::new();
    for (_, text, mut infos) in all {
        if terms.len() == MAX_EXPANSIONS {
            break;
        }
        // Where a segment had more terms than were kept of it, this one may be among the others.
        for (segment, info) in infos.iter_mut().enumerate() {
            if info.is_none() && overflowed[segment] {
                *info = List::Words
                    .of(&snapshot.segments[segment])
                    .terms()
                    .get(&text)?;
            }
        }
        terms.extend(Term::known(List::Words, text, infos, weight, snapshot)?);
    }
    Ok(terms)
}
