//! Posting lists by what they are of, looked up in every segment.

use std::sync::Arc;

use tantivy::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

use crate::error::Result;
use crate::snapshot::{Segment, Snapshot};

/// How much a match counts, in tenths.
pub(crate) mod weight {
    /// The word itself, or a word with the same stem.
    pub(crate) const WORD: u8 = 10;
    pub(crate) const SYNONYM: u8 = 5;
    /// Words that stand together where one was typed, or the other way round.
    pub(crate) const JOINED: u8 = 9;
    /// A word within a longer one, in a script where words are made of words.
    pub(crate) const WITHIN: u8 = 8;
    /// A longer word that starts with the one typed.
    pub(crate) const PREFIX: u8 = 8;
    pub(crate) const ONE_TYPO: u8 = 7;
    pub(crate) const TWO_TYPOS: u8 = 5;
}

/// Which of the word fields a term stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Words,
    Stems,
    /// Neighbours, run together.
    Joined,
    /// Whole names, run together.
    Names,
}

impl List {
    pub(crate) fn of(self, segment: &Segment) -> &Arc<InvertedIndexReader> {
        match self {
            List::Words => &segment.words,
            List::Stems => &segment.stems,
            List::Joined => &segment.joined,
            List::Names => &segment.names,
        }
    }
}

/// A term that some live record has.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) list: List,
    pub(crate) text: String,
    /// By segment.
    infos: Vec<Option<TermInfo>>,
    /// In how many records, deleted ones that are not yet cleared away included.
    pub(crate) records: u64,
    /// In tenths.
    pub(crate) weight: u8,
}

impl Term {
    /// Looks a term up. `None` when no live record has it.
    pub(crate) fn find(
        list: List,
        text: &str,
        weight: u8,
        snapshot: &Snapshot,
    ) -> Result<Option<Term>> {
        let mut infos = Vec::with_capacity(snapshot.segments.len());
        for segment in &snapshot.segments {
            infos.push(list.of(segment).terms().get(text)?);
        }
        Term::known(list, text.to_owned(), infos, weight, snapshot)
    }

    /// A term that was looked up in every segment. `None` when no live record has it.
    pub(crate) fn known(
        list: List,
        text: String,
        infos: Vec<Option<TermInfo>>,
        weight: u8,
        snapshot: &Snapshot,
    ) -> Result<Option<Term>> {
        let mut records = 0;
        let mut alive = false;
        for (segment, info) in snapshot.segments.iter().zip(&infos) {
            if let Some(info) = info {
                records += u64::from(info.doc_freq);
                alive = alive || has_live_record(list, segment, info)?;
            }
        }
        Ok(alive.then_some(Term {
            list,
            text,
            infos,
            records,
            weight,
        }))
    }

    /// How much a match counts, 1 for the word itself.
    pub(crate) fn share(&self) -> f32 {
        f32::from(self.weight) / 10.0
    }

    pub(crate) fn info(&self, segment: usize) -> Option<&TermInfo> {
        self.infos.get(segment)?.as_ref()
    }
}

fn has_live_record(list: List, segment: &Segment, info: &TermInfo) -> Result<bool> {
    let Some(alive) = &segment.alive else {
        return Ok(true);
    };
    let mut postings = list
        .of(segment)
        .read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    while !postings.docs().is_empty() {
        if postings.docs().iter().any(|&doc| alive.is_alive(doc)) {
            return Ok(true);
        }
        postings.advance();
    }
    Ok(false)
}
