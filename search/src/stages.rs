//! The stages of a search: each reads the query more freely, and runs only if those before found nothing.

use std::cell::OnceCell;

use crate::error::Result;
use crate::expand;
use crate::parse::{Parsed, Part, Word};
use crate::plan::{self, Clause, Corrected, Plan};
use crate::snapshot::Snapshot;
use crate::words::{self, Choice};

/// In a query with more unknown words than this none is corrected, and more words than this are not tried for a
/// typo that makes them meet: each costs a walk through the dictionary.
const MAX_CORRECTED: usize = 6;

/// Runs plans.
pub(crate) trait Run {
    /// Runs a plan. Whether it found something, or no other plan can be run in time.
    fn run(&mut self, plan: &Plan) -> Result<bool>;

    /// Whether the plan would find something if there were no filters.
    fn finds_without_filters(&mut self, plan: &Plan) -> Result<bool>;

    /// Whether time is up: then what was found so far is all.
    fn is_late(&mut self) -> bool;
}

/// A part of the query, as it is and with typos.
struct Reading<'a> {
    /// `None` for a phrase, which is never corrected.
    word: Option<&'a Word>,
    exact: Clause,
    near: OnceCell<Choice>,
    far: OnceCell<Choice>,
}

impl Reading<'_> {
    /// Whether this is a word that no record has.
    fn is_missing(&self) -> bool {
        matches!(&self.exact, Clause::Word(word) if word.is_empty())
    }

    fn corrected(&self, clause: usize) -> Corrected {
        Corrected {
            clause,
            typed: self.word.map(|word| word.typed.clone()).unwrap_or_default(),
        }
    }

    fn max_typos(&self) -> u8 {
        self.word
            .map_or(0, |word| expand::max_typos(&word.token.folded))
    }
}

/// How far from a word its corrections may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typos {
    /// As few typos as lead to a word of some record.
    Near,
    /// As many as a word of this length may have.
    Far,
}

/// One query on its way through the stages.
pub(crate) struct Stages<'a> {
    parsed: &'a Parsed,
    prefix: bool,
    snapshot: &'a Snapshot,
    /// Every part by itself, without typos.
    readings: Vec<Reading<'a>>,
    excluded: Vec<Clause>,
}

impl<'a> Stages<'a> {
    pub(crate) fn new(
        parsed: &'a Parsed,
        prefix: bool,
        snapshot: &'a Snapshot,
    ) -> Result<Stages<'a>> {
        let mut readings = Vec::new();
        for part in &parsed.wanted {
            let (word, exact) = match part {
                Part::Word(word) => (
                    Some(word),
                    Clause::Word(words::exact(&word.token, snapshot)?),
                ),
                Part::Phrase(words) => (None, plan::quoted(words, snapshot)?),
            };
            readings.push(Reading {
                word,
                exact,
                near: OnceCell::new(),
                far: OnceCell::new(),
            });
        }
        Ok(Stages {
            parsed,
            prefix,
            snapshot,
            readings,
            excluded: plan::excluded(parsed, snapshot)?,
        })
    }

    /// Tries one stage after the other until one finds something.
    pub(crate) fn try_each(&mut self, runner: &mut impl Run) -> Result<()> {
        let last_is_word = matches!(self.parsed.wanted.last(), Some(Part::Word(_)));
        let exact = self.exact()?;
        if !(self.prefix && last_is_word) && runner.run(&exact)? {
            return Ok(());
        }
        let worth_it = self.prefix || self.rest_is_known();
        if last_is_word && worth_it && runner.run(&self.with_prefix(exact)?)? {
            return Ok(());
        }
        if self.with_typos(runner)? {
            return Ok(());
        }
        if let Some(plan) = self.relaxed()? {
            runner.run(&plan)?;
        }
        Ok(())
    }

    /// Stage 1: all words, as they are, stemmed or by synonym.
    pub(crate) fn exact(&self) -> Result<Plan> {
        let clauses = self
            .readings
            .iter()
            .map(|reading| reading.exact.clone())
            .collect();
        Ok(Plan {
            clauses: plan::with_synonyms(clauses, self.parsed, self.snapshot)?,
            ..self.empty_plan()
        })
    }

    /// Whether some record has each part but the last: without that a prefix is no help.
    fn rest_is_known(&self) -> bool {
        let rest = self.readings.split_last().map_or(&[][..], |(_, rest)| rest);
        !rest.iter().any(Reading::is_missing)
    }

    /// Stage 2 alone, for a text that is still being typed.
    pub(crate) fn begun(&mut self) -> Result<Plan> {
        let exact = self.exact()?;
        self.with_prefix(exact)
    }

    /// Stage 2: the last word as the beginning of a word.
    fn with_prefix(&mut self, mut plan: Plan) -> Result<Plan> {
        let Some(Reading {
            word: Some(word),
            exact,
            ..
        }) = self.readings.last()
        else {
            return Ok(plan);
        };
        let mut terms = match exact {
            Clause::Word(choice) => choice.terms.to_vec(),
            Clause::Together { .. } | Clause::Phrase(_) => Vec::new(),
        };
        terms.extend(expand::with_prefix(&word.token.folded, self.snapshot)?);
        let typed = words::as_typed(&word.token, self.snapshot)?;
        let clause = Clause::Word(Choice::new(terms, typed, self.snapshot));
        if matches!(plan.clauses.last(), Some(Clause::Together { .. })) {
            // The last words stood for something together. With one of them unfinished they do not.
            plan.clauses = self
                .readings
                .iter()
                .map(|reading| reading.exact.clone())
                .collect();
        }
        if let Some(last) = plan.clauses.last_mut() {
            *last = clause.clone();
        }
        if self.prefix
            && let Some(last) = self.readings.last_mut()
        {
            last.exact = clause;
        }
        Ok(plan)
    }

    /// Stage 3. Words that no record has are corrected, to the nearest spelling first. Words that some
    /// record has are corrected only when all are there but never meet: one at a time, then all.
    fn with_typos(&self, runner: &mut impl Run) -> Result<bool> {
        let missing: Vec<usize> = self.positions(Reading::is_missing);
        if missing.len() > MAX_CORRECTED {
            return Ok(false);
        }
        if missing.iter().any(|&i| self.readings[i].max_typos() == 0) {
            return Ok(false);
        }
        for &i in &missing {
            if runner.is_late() {
                return Ok(true);
            }
            if self.misspelt(&self.readings[i], Typos::Near)?.is_empty() {
                return Ok(false);
            }
        }
        let nearest = self.corrected(&missing, Typos::Near)?;
        if !missing.is_empty() {
            if runner.run(&nearest)? {
                return Ok(true);
            }
            let far = missing.iter().any(|&i| self.readings[i].max_typos() > 1);
            if far && runner.run(&self.corrected(&missing, Typos::Far)?)? {
                return Ok(true);
            }
        }
        let others: Vec<usize> =
            self.positions(|reading| !reading.is_missing() && reading.max_typos() > 0);
        // One word alone, or words that do meet: they are right, it is the filters that leave nothing.
        if others.is_empty() || self.readings.len() < 2 || runner.finds_without_filters(&nearest)? {
            return Ok(false);
        }
        if missing.len() + others.len() > MAX_CORRECTED {
            return Ok(false);
        }
        for &other in &others {
            if runner.is_late() {
                return Ok(true);
            }
            let which: Vec<usize> = missing.iter().copied().chain([other]).collect();
            if runner.run(&self.corrected(&which, Typos::Far)?)? {
                return Ok(true);
            }
        }
        if runner.is_late() {
            return Ok(true);
        }
        let which: Vec<usize> = missing.iter().chain(&others).copied().collect();
        runner.run(&self.corrected(&which, Typos::Far)?)
    }

    /// Stage 4: any of the words. `None` when there is only one.
    fn relaxed(&self) -> Result<Option<Plan>> {
        let mut clauses = Vec::new();
        let mut corrected = Vec::new();
        let correct = self.positions(Reading::is_missing).len() <= MAX_CORRECTED;
        for reading in &self.readings {
            if correct && reading.is_missing() && reading.max_typos() > 0 {
                corrected.push(reading.corrected(clauses.len()));
                clauses.push(Clause::Word(self.misspelt(reading, Typos::Near)?));
            } else if let Clause::Phrase(tokens) = &reading.exact {
                for token in tokens {
                    clauses.push(Clause::Word(words::exact(token, self.snapshot)?));
                }
            } else {
                clauses.push(reading.exact.clone());
            }
        }
        Ok((clauses.len() > 1).then(|| Plan {
            clauses,
            corrected,
            relaxed: true,
            ..self.empty_plan()
        }))
    }

    fn empty_plan(&self) -> Plan {
        Plan {
            clauses: Vec::new(),
            excluded: self.excluded.clone(),
            relaxed: false,
            corrected: Vec::new(),
            name: self.parsed.name.clone(),
        }
    }

    fn positions(&self, which: impl Fn(&Reading<'a>) -> bool) -> Vec<usize> {
        let numbered = self.readings.iter().enumerate();
        numbered
            .filter(|(_, reading)| which(reading))
            .map(|(i, _)| i)
            .collect()
    }

    /// The plan in which the parts `which` may be misspelt.
    fn corrected(&self, which: &[usize], typos: Typos) -> Result<Plan> {
        let mut clauses = Vec::new();
        for (i, reading) in self.readings.iter().enumerate() {
            clauses.push(if which.contains(&i) {
                Clause::Word(self.misspelt(reading, typos)?)
            } else {
                reading.exact.clone()
            });
        }
        Ok(Plan {
            clauses,
            corrected: which
                .iter()
                .map(|&i| self.readings[i].corrected(i))
                .collect(),
            ..self.empty_plan()
        })
    }

    /// What a word may have been meant to be.
    fn misspelt(&self, reading: &Reading<'a>, typos: Typos) -> Result<Choice> {
        let slot = match typos {
            Typos::Near => &reading.near,
            Typos::Far => &reading.far,
        };
        if let Some(choice) = slot.get() {
            return Ok(choice.clone());
        }
        let mut terms = Vec::new();
        if let Some(word) = reading.word {
            let typed = &word.token.folded;
            terms = expand::nearest(typed, self.snapshot)?;
            if typos == Typos::Far && reading.max_typos() > 1 {
                expand::add_new(
                    &mut terms,
                    expand::with_typos(typed, 2, false, self.snapshot)?,
                );
            }
            let unfinished = self.prefix
                && self
                    .readings
                    .last()
                    .is_some_and(|last| last.word == Some(word));
            if unfinished && terms.is_empty() {
                terms = expand::with_typos(typed, 1, true, self.snapshot)?;
            }
        }
        let choice = Choice::corrected(terms, self.snapshot)?;
        Ok(slot.get_or_init(|| choice).clone())
    }
}
