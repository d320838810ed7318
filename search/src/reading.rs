//! A part of a query: as it is, and in other spellings.

use std::cell::OnceCell;

use crate::error::Result;
use crate::expand;
use crate::meant::Meant;
use crate::parse::{Part, Word};
use crate::plan::{Clause, Corrected};
use crate::snapshot::Snapshot;
use crate::terms::Term;
use crate::words::Choice;

/// How far from a word its corrections may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typos {
    /// As few typos as lead to a word of some record.
    Near,
    /// As many as a word of this length may have.
    Far,
}

/// A part of the query, as it is and with typos.
pub(crate) struct Reading<'a> {
    /// `None` for a phrase, which is never corrected.
    pub(crate) word: Option<&'a Word>,
    /// As typed; a phrase without its signs.
    pub(crate) typed: String,
    /// It only holds the query together: a record need not have it.
    pub(crate) is_optional: bool,
    pub(crate) exact: Clause,
    near: OnceCell<Choice>,
    far: OnceCell<Choice>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(part: &'a Part, exact: Clause, is_optional: bool) -> Reading<'a> {
        let (word, typed) = match part {
            Part::Word(word) => (Some(word), word.typed.clone()),
            Part::Phrase(words) => {
                let words: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
                (None, words.join(" "))
            }
        };
        Reading {
            word,
            typed,
            is_optional,
            exact,
            near: OnceCell::new(),
            far: OnceCell::new(),
        }
    }

    /// Whether this is a word that no record has.
    pub(crate) fn is_missing(&self) -> bool {
        !self.is_optional && !matches!(self.exact, Clause::Phrase(_)) && self.exact.is_empty()
    }

    pub(crate) fn corrected(&self, clause: usize) -> Corrected {
        Corrected {
            clause,
            typed: self.typed.clone(),
        }
    }

    pub(crate) fn max_typos(&self) -> u8 {
        self.word
            .map_or(0, |word| expand::max_typos(&word.token.folded))
    }

    /// What the word may have been meant to be. The word of a query that is `unfinished` may be the beginning of
    /// one as well.
    pub(crate) fn misspelt(
        &self,
        typos: Typos,
        unfinished: bool,
        meant: &Meant<'_>,
        snapshot: &Snapshot,
    ) -> Result<Choice> {
        let slot = match typos {
            Typos::Near => &self.near,
            Typos::Far => &self.far,
        };
        if let Some(choice) = slot.get() {
            return Ok(choice.clone());
        }
        let mut allowed = Vec::new();
        if let Some(word) = self.word {
            for term in self.spellings(word, typos, unfinished, snapshot)? {
                if meant.allows(&word.token, &term.text)? {
                    allowed.push(term);
                }
            }
        }
        let choice = Choice::corrected(allowed, meant, snapshot)?;
        Ok(slot.get_or_init(|| choice).clone())
    }

    fn spellings(
        &self,
        word: &Word,
        typos: Typos,
        unfinished: bool,
        snapshot: &Snapshot,
    ) -> Result<Vec<Term>> {
        let typed = &word.token.folded;
        let mut terms = expand::nearest(typed, snapshot)?;
        if typos == Typos::Far && self.max_typos() > 1 {
            expand::add_new(&mut terms, expand::with_typos(typed, 2, false, snapshot)?);
        }
        if unfinished && terms.is_empty() {
            terms = expand::with_typos(typed, 1, true, snapshot)?;
        }
        Ok(terms)
    }
}
