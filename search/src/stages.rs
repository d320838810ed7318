//! The stages of a search: each reads the query more freely, and runs only if those before found nothing.

use crate::clauses;
use crate::document::Kind;
use crate::error::Result;
use crate::expand;
use crate::interpret::{Preference, interpret};
use crate::meant::Meant;
use crate::parse::{Parsed, Part};
use crate::plan::{Clause, Plan, Stage};
use crate::reading::{Reading, Typos};
use crate::snapshot::Snapshot;
use crate::terms::{List, Term, weight};
use crate::text::Language;
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

/// One query on its way through the stages.
pub(crate) struct Stages<'a> {
    parsed: &'a Parsed,
    prefix: bool,
    snapshot: &'a Snapshot,
    meant: Meant<'a>,
    neighbours: Vec<Choice>,
    preferences: Vec<Preference>,
    /// Every part by itself, without typos.
    readings: Vec<Reading<'a>>,
    excluded: Vec<Clause>,
}

impl<'a> Stages<'a> {
    /// Reads a query as one for the records of `snapshot`.
    pub(crate) fn new(
        parsed: &'a Parsed,
        prefix: bool,
        snapshot: &'a Snapshot,
    ) -> Result<Stages<'a>> {
        Stages::read_by(vec![snapshot], parsed, prefix, snapshot)
    }

    /// Reads a query as the records of `vocabulary` have its words.
    pub(crate) fn read_by(
        vocabulary: Vec<&'a Snapshot>,
        parsed: &'a Parsed,
        prefix: bool,
        snapshot: &'a Snapshot,
    ) -> Result<Stages<'a>> {
        let meant = Meant::of(&parsed.wanted_tokens(), vocabulary)?;
        let mut readings = Vec::new();
        for part in &parsed.wanted {
            let (exact, is_optional) = match part {
                Part::Word(word) => {
                    let exact = clauses::word(word, &meant, snapshot)?;
                    (exact, meant.is_function_word(&word.token))
                }
                Part::Phrase(words) => (clauses::quoted(words, snapshot)?, false),
            };
            readings.push(Reading::new(part, exact, is_optional));
        }
        if prefix && let Some(last) = readings.last_mut() {
            // It may become another word.
            last.is_optional = false;
        }
        if readings.iter().all(|reading| reading.is_optional) {
            for reading in &mut readings {
                reading.is_optional = false;
            }
        }
        Ok(Stages {
            parsed,
            prefix,
            snapshot,
            readings,
            excluded: clauses::excluded(parsed, &meant, snapshot)?,
            neighbours: clauses::neighbours(parsed, snapshot)?,
            preferences: Vec::new(),
            meant,
        })
    }

    /// Records that have what words of the query stand for come first among those that match as well.
    pub(crate) fn interpret(&mut self, kinds: &[Kind]) -> Result<()> {
        self.preferences = interpret(self.parsed, kinds, &self.meant, self.snapshot)?;
        Ok(())
    }

    /// The languages the words are meant in, the likeliest first.
    pub(crate) fn languages(&self) -> Vec<Language> {
        self.meant.languages.clone()
    }

    /// Tries one stage after the other until one finds something.
    pub(crate) fn try_each(&mut self, runner: &mut impl Run) -> Result<()> {
        let last = self.readings.last();
        let last_is_word = last.is_some_and(|last| last.word.is_some() && !last.is_optional);
        let exact = self.exact()?;
        if !(self.prefix && last_is_word) && runner.run(&exact)? {
            return Ok(());
        }
        if !self.prefix
            && let Some(plan) = self.whole_name()?
            && runner.run(&plan)?
        {
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

    /// Stage 1: all words, as they are, stemmed or by synonym. Words that stand for something together are taken
    /// together, from the left.
    pub(crate) fn exact(&self) -> Result<Plan> {
        let mut clauses = Vec::new();
        let mut typed = Vec::new();
        let mut at = 0;
        while let Some(reading) = self.readings.get(at) {
            let together = clauses::together(self.parsed, at, &self.meant, self.snapshot)?;
            if let Some((parts, group)) = together {
                let parts = self.readings.iter().skip(at).take(parts);
                let parts: Vec<&Reading<'a>> = parts.collect();
                at += parts.len();
                if parts.iter().all(|part| part.is_optional) {
                    continue;
                }
                let all: Vec<&str> = parts.iter().map(|part| part.typed.as_str()).collect();
                typed.push(all.join(" "));
                let words = parts.iter().filter(|part| !part.is_optional);
                let words: Vec<Choice> = words
                    .flat_map(|part| part.exact.choices().cloned())
                    .collect();
                clauses.push(Clause::Together {
                    words,
                    group,
                    are_pairs: false,
                });
                continue;
            }
            at += 1;
            if !reading.is_optional {
                clauses.push(reading.exact.clone());
                typed.push(reading.typed.clone());
            }
        }
        Ok(Plan {
            clauses,
            typed,
            ..self.empty_plan()
        })
    }

    /// Stage 1 as well: the whole text as a name that somebody typed without its spaces. `None` when it is none.
    fn whole_name(&self) -> Result<Option<Plan>> {
        let mut terms = Vec::new();
        for name in self.parsed.name.iter().chain(&self.parsed.run_together) {
            terms.extend(Term::find(List::Names, name, weight::WORD, self.snapshot)?);
        }
        if terms.is_empty() {
            return Ok(None);
        }
        Ok(Some(Plan {
            clauses: vec![Clause::Word(Choice::new(terms, None, self.snapshot))],
            typed: vec![self.all_typed()],
            ..self.empty_plan()
        }))
    }

    fn all_typed(&self) -> String {
        let typed: Vec<&str> = self
            .readings
            .iter()
            .map(|part| part.typed.as_str())
            .collect();
        typed.join(" ")
    }

    /// The parts that a record must have.
    fn needed(&self) -> impl Iterator<Item = &Reading<'a>> {
        self.readings.iter().filter(|part| !part.is_optional)
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
        let begun = expand::with_prefix(&word.token.folded, self.snapshot)?;
        let clause = match exact {
            Clause::Word(choice) => {
                let terms = choice.terms.iter().cloned().chain(begun).collect();
                let typed = words::as_typed(&word.token, self.snapshot)?;
                Clause::Word(Choice::new(terms, typed, self.snapshot))
            }
            Clause::Together {
                words,
                group,
                are_pairs,
            } => Clause::Together {
                words: words.clone(),
                group: group.with(begun, self.snapshot),
                are_pairs: *are_pairs,
            },
            Clause::Phrase(_) => return Ok(plan),
        };
        plan.stage = Stage::LastWordBegun;
        if plan.clauses.len() < self.needed().count() {
            // The last words may have stood for something together. With one of them unfinished they do not.
            plan.clauses = self.needed().map(|part| part.exact.clone()).collect();
            plan.typed = self.needed().map(|part| part.typed.clone()).collect();
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
        let others: Vec<usize> = self.positions(|reading| {
            !reading.is_optional && !reading.is_missing() && reading.max_typos() > 0
        });
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

    /// Stage 4: any of the words that tell what is looked for. `None` when there is only one.
    fn relaxed(&self) -> Result<Option<Plan>> {
        let correct = self.positions(Reading::is_missing).len() <= MAX_CORRECTED;
        let mut plan = Plan {
            stage: Stage::SomeWords,
            relaxed: true,
            ..self.empty_plan()
        };
        // Words that most records have tell nothing, as long as some record has another.
        let tells = |part: &Reading<'a>| !part.exact.is_empty() && !part.exact.is_common();
        let some_tell = self.needed().any(tells);
        for reading in self.needed() {
            let number = plan.clauses.len();
            if some_tell && reading.exact.is_common() {
                plan.common
                    .push((reading.exact.clone(), reading.typed.clone()));
            } else if correct && reading.is_missing() && reading.max_typos() > 0 {
                plan.corrected.push(reading.corrected(number));
                let word = self.misspelt(reading, Typos::Near)?;
                plan.add(Clause::Word(word), &reading.typed);
            } else if let Clause::Phrase(tokens) = &reading.exact {
                for token in tokens {
                    let word = words::exact(token, &self.meant, self.snapshot)?;
                    plan.add(Clause::Word(word), &token.lower);
                }
            } else {
                plan.add(reading.exact.clone(), &reading.typed);
            }
            if let Some(word) = reading.word
                && plan.clauses.len() > number
                && words::is_place(&word.token, self.snapshot)?
            {
                plan.places.push(number);
            }
        }
        Ok((plan.clauses.len() + plan.common.len() > 1).then_some(plan))
    }

    fn empty_plan(&self) -> Plan {
        Plan {
            clauses: Vec::new(),
            excluded: self.excluded.clone(),
            relaxed: false,
            corrected: Vec::new(),
            name: self.parsed.name.clone(),
            stage: Stage::AllWords,
            neighbours: self.neighbours.clone(),
            preferences: self.preferences.clone(),
            typed: Vec::new(),
            places: Vec::new(),
            common: Vec::new(),
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
        let mut corrected = Vec::new();
        let mut typed = Vec::new();
        for (i, reading) in self.readings.iter().enumerate() {
            if which.contains(&i) || !reading.is_optional {
                typed.push(reading.typed.clone());
            }
            if which.contains(&i) {
                corrected.push(reading.corrected(clauses.len()));
                clauses.push(Clause::Word(self.misspelt(reading, typos)?));
            } else if !reading.is_optional {
                clauses.push(reading.exact.clone());
            }
        }
        Ok(Plan {
            stage: Stage::OtherSpellings,
            clauses,
            typed,
            corrected,
            ..self.empty_plan()
        })
    }

    /// What a word may have been meant to be.
    fn misspelt(&self, reading: &Reading<'a>, typos: Typos) -> Result<Choice> {
        let last = self.readings.last().and_then(|last| last.word);
        let unfinished = self.prefix && last == reading.word;
        reading.misspelt(typos, unfinished, &self.meant, self.snapshot)
    }
}
