//! Sets of records within one segment, walked in order of document number.
//!
//! The library's own scorers are made for BM25 and boxed at every level. Here a query is a small tree
//! whose leaves are posting lists; a word's stored frequency is its impact in the record, and a score is
//! a weighted sum of impacts.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::Scorer;
use tantivy::{DocSet, TERMINATED};

/// More than any sum of scores: which words are found always counts more than where.
pub(crate) const PART_BONUS: f32 = 1000.0;

/// A set of documents with a score for each. [`TERMINATED`] comes after the last document.
pub(crate) enum Docs {
    /// All documents up to, not including, `end`.
    All { doc: u32, end: u32 },
    /// A posting list; the score is `factor` times the impact.
    Term {
        postings: Box<SegmentPostings>,
        factor: f32,
    },
    /// One byte per document, zero for those that are not in the set; the score is `factor` times the byte.
    Dense {
        values: Vec<u8>,
        doc: u32,
        factor: f32,
    },
    /// Any of the parts; the score is the best part's.
    Any { parts: Vec<Docs>, doc: u32 },
    /// All of the parts; the score is their sum. The first part is the shortest.
    Every { parts: Vec<Docs>, doc: u32 },
    /// Any of the parts; the more of them, the better: each adds its score and, times its weight, [`PART_BONUS`].
    Most {
        parts: Vec<Docs>,
        weights: Vec<f32>,
        doc: u32,
    },
    /// A set that the library walks, such as a phrase; the score is the same for each.
    Library { scorer: Box<dyn Scorer>, score: f32 },
}

impl Docs {
    pub(crate) fn none() -> Docs {
        Docs::All {
            doc: TERMINATED,
            end: 0,
        }
    }

    pub(crate) fn all(max_doc: u32) -> Docs {
        Docs::All {
            doc: if max_doc == 0 { TERMINATED } else { 0 },
            end: max_doc,
        }
    }

    pub(crate) fn term(postings: SegmentPostings, factor: f32) -> Docs {
        Docs::Term {
            postings: Box::new(postings),
            factor,
        }
    }

    pub(crate) fn dense(values: Vec<u8>, factor: f32) -> Docs {
        let doc = next_set(&values, 0);
        Docs::Dense {
            values,
            doc,
            factor,
        }
    }

    /// The union of the parts.
    pub(crate) fn any(mut parts: Vec<Docs>) -> Docs {
        parts.retain(|part| part.doc() != TERMINATED);
        if parts.len() > 1 {
            let doc = first_doc(&parts);
            Docs::Any { parts, doc }
        } else {
            parts.pop().unwrap_or_else(Docs::none)
        }
    }

    /// The union of the parts, ranked by the weights of those that have a document. Weights are whole numbers.
    pub(crate) fn most(parts: Vec<(Docs, f32)>) -> Docs {
        let parts = parts.into_iter();
        let (parts, weights): (Vec<Docs>, Vec<f32>) =
            parts.filter(|(part, _)| part.doc() != TERMINATED).unzip();
        let doc = first_doc(&parts);
        Docs::Most {
            parts,
            weights,
            doc,
        }
    }

    /// The intersection of the parts, shortest first; everything up to `max_doc` when there are none.
    pub(crate) fn every(mut parts: Vec<Docs>, max_doc: u32) -> Docs {
        if parts.iter().any(|part| part.doc() == TERMINATED) {
            return Docs::none();
        }
        if parts.len() > 1 {
            let doc = align(&mut parts);
            Docs::Every { parts, doc }
        } else {
            parts.pop().unwrap_or_else(|| Docs::all(max_doc))
        }
    }

    /// The present document.
    #[inline]
    pub(crate) fn doc(&self) -> u32 {
        match self {
            Docs::Term { postings, .. } => postings.doc(),
            Docs::All { doc, .. }
            | Docs::Dense { doc, .. }
            | Docs::Any { doc, .. }
            | Docs::Most { doc, .. }
            | Docs::Every { doc, .. } => *doc,
            Docs::Library { scorer, .. } => scorer.doc(),
        }
    }

    /// Goes to the next document. Not to be called at the end.
    #[inline]
    pub(crate) fn advance(&mut self) -> u32 {
        match self {
            Docs::Term { postings, .. } => postings.advance(),
            Docs::All { doc, end } => {
                *doc = if *doc + 1 < *end {
                    *doc + 1
                } else {
                    TERMINATED
                };
                *doc
            }
            Docs::Dense { values, doc, .. } => {
                *doc = next_set(values, *doc as usize + 1);
                *doc
            }
            Docs::Any { parts, doc } | Docs::Most { parts, doc, .. } => {
                for part in parts.iter_mut() {
                    if part.doc() == *doc {
                        part.advance();
                    }
                }
                *doc = first_doc(parts);
                *doc
            }
            Docs::Every { parts, doc } => {
                if let Some(first) = parts.first_mut() {
                    first.advance();
                }
                *doc = align(parts);
                *doc
            }
            Docs::Library { scorer, .. } => scorer.advance(),
        }
    }

    /// Goes to the first document at or after `target`, which may be the present one.
    #[inline]
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        if self.doc() >= target {
            return self.doc();
        }
        match self {
            Docs::Term { postings, .. } => postings.seek(target),
            Docs::All { doc, end } => {
                *doc = if target < *end { target } else { TERMINATED };
                *doc
            }
            Docs::Dense { values, doc, .. } => {
                *doc = next_set(values, target as usize);
                *doc
            }
            Docs::Any { parts, doc } | Docs::Most { parts, doc, .. } => {
                for part in parts.iter_mut() {
                    part.seek(target);
                }
                *doc = first_doc(parts);
                *doc
            }
            Docs::Every { parts, doc } => {
                if let Some(first) = parts.first_mut() {
                    first.seek(target);
                }
                *doc = align(parts);
                *doc
            }
            Docs::Library { scorer, .. } => scorer.seek(target),
        }
    }

    /// Whether `doc` is in the set, for documents asked for in rising order.
    #[inline]
    pub(crate) fn contains(&mut self, doc: u32) -> bool {
        match self {
            // A look at the byte; the walk's own position does not matter here.
            Docs::Dense { values, .. } => values.get(doc as usize).is_some_and(|&value| value != 0),
            _ => self.seek(doc) == doc,
        }
    }

    /// The present document's score.
    #[inline]
    pub(crate) fn score(&self) -> f32 {
        match self {
            Docs::All { .. } => 0.0,
            // Frequencies are impacts, at most 16 by construction and always exact as f32.
            Docs::Term { postings, factor } => factor * small(postings.term_freq()),
            Docs::Dense {
                values,
                doc,
                factor,
            } => factor * f32::from(values.get(*doc as usize).copied().unwrap_or_default()),
            Docs::Any { parts, doc } => parts
                .iter()
                .filter(|part| part.doc() == *doc)
                .map(Docs::score)
                .fold(0.0, f32::max),
            Docs::Most {
                parts,
                weights,
                doc,
            } => parts
                .iter()
                .zip(weights)
                .filter(|(part, _)| part.doc() == *doc)
                .map(|(part, weight)| PART_BONUS * weight + part.score())
                .sum(),
            Docs::Every { parts, .. } => parts.iter().map(Docs::score).sum(),
            Docs::Library { score, .. } => *score,
        }
    }
}

#[inline]
fn small(impact: u32) -> f32 {
    f32::from(u16::try_from(impact).unwrap_or(u16::MAX))
}

fn first_doc(parts: &[Docs]) -> u32 {
    parts.iter().map(Docs::doc).min().unwrap_or(TERMINATED)
}

/// Moves all parts to the first document they share, at or after the first part's present one.
#[inline]
fn align(parts: &mut [Docs]) -> u32 {
    let Some((first, rest)) = parts.split_first_mut() else {
        return TERMINATED;
    };
    let mut doc = first.doc();
    'candidates: while doc != TERMINATED {
        for part in rest.iter_mut() {
            let found = part.seek_or_probe(doc);
            if found > doc {
                if found == TERMINATED {
                    return TERMINATED;
                }
                doc = first.seek(found);
                continue 'candidates;
            }
        }
        return doc;
    }
    TERMINATED
}

impl Docs {
    /// As [`Docs::seek`], but a dense set that lacks `target` only says so, without a walk to its next
    /// document: the next candidate comes from the shorter part.
    #[inline]
    fn seek_or_probe(&mut self, target: u32) -> u32 {
        if let Docs::Dense { values, doc, .. } = self {
            let present = values.get(target as usize).is_some_and(|&value| value != 0);
            *doc = target;
            return if present { target } else { target + 1 };
        }
        self.seek(target)
    }
}

/// The first document at or after `from` whose byte is not zero.
#[inline]
fn next_set(values: &[u8], from: usize) -> u32 {
    if values.get(from).is_some_and(|&value| value != 0) {
        return u32::try_from(from).unwrap_or(TERMINATED);
    }
    next_set_far(values, from)
}

fn next_set_far(values: &[u8], from: usize) -> u32 {
    let rest = values.get(from..).unwrap_or_default();
    let mut at = from;
    // Eight at a time: most stretches of a dense set are empty.
    for chunk in rest.chunks(8) {
        let word = match <[u8; 8]>::try_from(chunk) {
            Ok(bytes) => u64::from_le_bytes(bytes),
            Err(_) => u64::from(chunk.iter().any(|&value| value != 0)),
        };
        if word != 0 {
            let within = chunk
                .iter()
                .position(|&value| value != 0)
                .unwrap_or_default();
            return u32::try_from(at + within).unwrap_or(TERMINATED);
        }
        at += chunk.len();
    }
    TERMINATED
}
