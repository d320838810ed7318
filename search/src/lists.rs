//! Posting lists of one segment, and how best to walk them.
//!
//! Lists can be walked side by side, each with its own decoder, or gathered first: written into one byte
//! per document, after which looking into them costs next to nothing. Walking is right for a few documents,
//! gathering for many; [`every`] and [`Lists::into_docs`] choose by what the lists' lengths promise.

use std::sync::Arc;

use tantivy::InvertedIndexReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

use crate::docset::Docs;
use crate::encode::MAX_IMPACT;
use crate::error::Result;

/// Posting lists that count as one set: a word with its stems and synonyms, or a filter with its values.
#[derive(Default)]
pub(crate) struct Lists {
    lists: Vec<List>,
    /// What a score is multiplied with; 0 for sets that do not score.
    factor: f32,
}

struct List {
    index: Arc<InvertedIndexReader>,
    info: TermInfo,
    /// In tenths.
    weight: u8,
    /// Which of the terms it stands for, counted from 1.
    number: u8,
}

impl Lists {
    /// No lists yet. `factor` is what their scores are multiplied with, 0 when they do not score.
    pub(crate) fn new(factor: f32) -> Lists {
        Lists {
            lists: Vec::new(),
            factor,
        }
    }

    /// Adds a list whose impacts count `weight` tenths, for the term `number`, counted from 1.
    pub(crate) fn add(
        &mut self,
        index: &Arc<InvertedIndexReader>,
        info: &TermInfo,
        weight: u8,
        number: u8,
    ) {
        self.lists.push(List {
            index: Arc::clone(index),
            info: info.clone(),
            weight,
            number,
        });
    }

    /// Takes in the lists of another set that does not score.
    pub(crate) fn or(&mut self, other: Lists) {
        self.lists.extend(other.lists);
    }

    /// At most how many documents there are.
    pub(crate) fn documents(&self) -> u64 {
        self.lists
            .iter()
            .map(|list| u64::from(list.info.doc_freq))
            .sum()
    }

    /// The set, to be walked from one end to the other.
    pub(crate) fn into_docs(self, max_doc: u32) -> Result<Docs> {
        // A step side by side looks at each list, and decodes one.
        let walk = 4 * self.documents() * self.lists.len() as u64;
        let gather = self.documents() + u64::from(max_doc) / 16;
        if self.lists.len() > 1 && gather < walk {
            self.gathered(max_doc, None)
        } else {
            self.side_by_side()
        }
    }

    /// The set, to be looked into at about `looks` places.
    fn into_docs_looked_into(self, looks: u64, max_doc: u32) -> Result<Docs> {
        let walk = 16 * looks * self.lists.len() as u64;
        let gather = self.documents() + u64::from(max_doc) / 32;
        if gather < walk {
            self.gathered(max_doc, None)
        } else {
            self.side_by_side()
        }
    }

    fn option(&self) -> IndexRecordOption {
        if self.factor > 0.0 {
            IndexRecordOption::WithFreqs
        } else {
            IndexRecordOption::Basic
        }
    }

    fn side_by_side(self) -> Result<Docs> {
        let option = self.option();
        let mut parts = Vec::with_capacity(self.lists.len());
        for list in &self.lists {
            let postings = list.index.read_postings_from_terminfo(&list.info, option)?;
            parts.push(Docs::term(
                postings,
                self.factor * f32::from(list.weight) / 10.0,
            ));
        }
        Ok(Docs::any(parts))
    }

    /// The set as one byte per document. `best`, one byte per document as well, is told the number of the
    /// term that counts most there.
    pub(crate) fn gathered(self, max_doc: u32, mut best: Option<&mut [u8]>) -> Result<Docs> {
        let option = self.option();
        let mut values = vec![0_u8; max_doc as usize];
        for list in &self.lists {
            let postings = list
                .index
                .read_block_postings_from_terminfo(&list.info, option)?;
            match &mut best {
                None => gather(postings, list.weight, &mut values),
                Some(best) => gather_best(postings, list.weight, list.number, &mut values, best),
            }
        }
        Ok(Docs::dense(values, self.factor / 10.0))
    }
}

/// A document's byte: its impact times the list's weight, at most 16 times 10.
#[inline]
fn value(impact: u32, weight: u8) -> u8 {
    u8::try_from(impact).unwrap_or(MAX_IMPACT).min(MAX_IMPACT) * weight
}

fn gather(mut postings: BlockSegmentPostings, weight: u8, values: &mut [u8]) {
    while !postings.docs().is_empty() {
        let (docs, freqs) = (postings.docs(), postings.freqs());
        if freqs.len() == docs.len() {
            for (&doc, &freq) in docs.iter().zip(freqs) {
                if let Some(slot) = values.get_mut(doc as usize) {
                    *slot = (*slot).max(value(freq, weight));
                }
            }
        } else {
            for &doc in docs {
                if let Some(slot) = values.get_mut(doc as usize) {
                    *slot = (*slot).max(weight);
                }
            }
        }
        postings.advance();
    }
}

fn gather_best(
    mut postings: BlockSegmentPostings,
    weight: u8,
    number: u8,
    values: &mut [u8],
    best: &mut [u8],
) {
    while !postings.docs().is_empty() {
        for (at, &doc) in postings.docs().iter().enumerate() {
            let value = value(postings.freqs().get(at).copied().unwrap_or(1), weight);
            if let (Some(slot), Some(best)) =
                (values.get_mut(doc as usize), best.get_mut(doc as usize))
                && value > *slot
            {
                *slot = value;
                *best = number;
            }
        }
        postings.advance();
    }
}

/// A set that is to be intersected with others.
pub(crate) enum Part {
    Lists(Lists),
    /// A set that is ready, with about how many documents it has.
    Docs(Docs, u64),
}

impl Part {
    pub(crate) fn documents(&self) -> u64 {
        match self {
            Part::Lists(lists) => lists.documents(),
            Part::Docs(_, documents) => *documents,
        }
    }
}

/// The documents that are in every part; all up to `max_doc` when there are no parts.
pub(crate) fn every(mut parts: Vec<Part>, max_doc: u32) -> Result<Docs> {
    parts.sort_by_key(Part::documents);
    let mut first = None;
    let mut docs = Vec::with_capacity(parts.len());
    for part in parts {
        let documents = part.documents();
        docs.push(match (part, first) {
            (Part::Docs(docs, _), _) => docs,
            (Part::Lists(lists), None) => lists.into_docs(max_doc)?,
            (Part::Lists(lists), Some(looks)) => lists.into_docs_looked_into(looks, max_doc)?,
        });
        first = first.or(Some(documents));
    }
    Ok(Docs::every(docs, max_doc))
}
