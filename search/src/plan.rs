//! One way to read a query: what each of its parts may match.

use serde::Serialize;
use tantivy::query::{EnableScoring, PhraseQuery, Query as _};

use crate::docset::Docs;
use crate::error::Result;
use crate::interpret::Preference;
use crate::lists::{self, Lists, Part};
use crate::snapshot::{Segment, Snapshot};
use crate::terms::Term;
use crate::text::Token;
use crate::words::Choice;

/// What a phrase adds to a score: as much as a rare word in a summary.
const PHRASE_SCORE: f32 = 60.0;

/// How much it counts, beside the words themselves, that two stand together as typed.
const NEIGHBOURS: f32 = 0.5;

/// What each of the ten steps of a record's quality adds, as a share of what the commonest word tells.
const QUALITY: f32 = 1.0 / 32.0;

/// How many times more than another word a place tells, where a record has only some of the words.
const PLACE: f32 = 4.0;

/// What a word tells that is not the one typed.
const CORRECTED: f32 = 0.25;

/// What a record gains when its whole name is the query: more than any words can.
pub(crate) const NAME_BONUS: f32 = 10_000.0;

/// A part of a query.
#[derive(Debug, Clone)]
pub(crate) enum Clause {
    Word(Choice),
    /// Words that stand for something together: all of them, or what stands for them together, such as an entry
    /// of their synonym group.
    Together {
        words: Vec<Choice>,
        group: Choice,
        /// They are the pairs of one word: the first tells where it stands.
        are_pairs: bool,
    },
    /// These words in this order.
    Phrase(Vec<Token>),
}

impl Clause {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Clause::Word(word) => word.is_empty(),
            Clause::Together { words, group, .. } => {
                group.is_empty() && words.iter().any(Choice::is_empty)
            }
            Clause::Phrase(words) => words.is_empty(),
        }
    }

    fn part(&self, at: usize, snapshot: &Snapshot, scored: bool) -> Result<Part> {
        let segment = &snapshot.segments[at];
        Ok(match self {
            Clause::Word(word) => Part::Lists(word.lists(at, segment, scored)),
            Clause::Together {
                words,
                group,
                are_pairs,
            } => {
                let all = words.iter().enumerate().map(|(at_word, word)| {
                    let tells = scored && !(*are_pairs && at_word > 0);
                    word.lists(at, segment, tells)
                });
                let all: Vec<Lists> = all.collect();
                let fewest = all.iter().map(Lists::documents).min().unwrap_or_default();
                let all = all.into_iter().map(Part::Lists).collect();
                let all = lists::every(all, segment.max_doc)?;
                let group = group.lists(at, segment, scored);
                let documents = fewest + group.documents();
                let either = Docs::any(vec![all, group.into_docs(segment.max_doc)?]);
                Part::Docs(either, documents)
            }
            Clause::Phrase(words) => phrase(words, segment, snapshot)?,
        })
    }

    /// The records of a segment that match.
    pub(crate) fn docs(&self, at: usize, snapshot: &Snapshot, scored: bool) -> Result<Docs> {
        match self.part(at, snapshot, scored)? {
            Part::Lists(lists) => lists.into_docs(snapshot.segments[at].max_doc),
            Part::Docs(docs, _) => Ok(docs),
        }
    }

    pub(crate) fn choices(&self) -> impl Iterator<Item = &Choice> {
        let (words, group) = match self {
            Clause::Word(word) => (std::slice::from_ref(word), None),
            Clause::Together { words, group, .. } => (words.as_slice(), Some(group)),
            Clause::Phrase(_) => (&[][..], None),
        };
        words.iter().chain(group)
    }

    /// Whether so many records match that it does not tell what is looked for.
    pub(crate) fn is_common(&self) -> bool {
        let mut choices = self.choices().filter(|choice| !choice.is_empty());
        let is_phrase = matches!(self, Clause::Phrase(_));
        !is_phrase && !self.is_empty() && choices.all(Choice::is_common)
    }

    /// How much it tells that a record matches: see [`Choice::weight`].
    fn weight(&self) -> f32 {
        let weights = self.choices().filter(|choice| !choice.is_empty());
        weights.map(Choice::weight).fold(1.0, f32::max)
    }
}

/// A word that is searched for in another spelling.
#[derive(Debug, Clone)]
pub(crate) struct Corrected {
    /// Its place among the clauses.
    pub(crate) clause: usize,
    /// As typed.
    pub(crate) typed: String,
}

/// How freely a query is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// All words, as they are, inflected or by synonym.
    #[default]
    AllWords,
    /// The last word as the beginning of one.
    LastWordBegun,
    /// Some words in another spelling.
    OtherSpellings,
    /// Some of the words.
    SomeWords,
}

/// A query as it is searched for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) stage: Stage,
    /// What a record must have, or, when `relaxed`, any of which it must have.
    pub(crate) clauses: Vec<Clause>,
    pub(crate) excluded: Vec<Clause>,
    pub(crate) relaxed: bool,
    /// The clauses that stand for corrected words.
    pub(crate) corrected: Vec<Corrected>,
    /// The whole query as a name.
    pub(crate) name: Option<String>,
    /// Words of the query that stand together: records where they do as well are ranked higher.
    pub(crate) neighbours: Vec<Choice>,
    /// Each clause as typed.
    pub(crate) typed: Vec<String>,
    /// Values that words of the query stand for.
    pub(crate) preferences: Vec<Preference>,
    /// When relaxed: words that too many records have to look for them, as typed.
    pub(crate) common: Vec<(Clause, String)>,
    /// When relaxed: the clauses that are names of places.
    pub(crate) places: Vec<usize>,
}

/// A plan for one segment.
pub(crate) struct Prepared {
    /// What is found; the score is that of the words.
    pub(crate) docs: Docs,
    pub(crate) excluded: Vec<Docs>,
    /// Raise the score of a record they have; with the most each can add.
    pub(crate) bonuses: Vec<(Docs, f32)>,
    /// Records whose name is the whole query: they gain [`NAME_BONUS`].
    pub(crate) name: Option<Docs>,
    /// What each step of a record's quality adds to its score.
    pub(crate) per_quality: f32,
    /// Per corrected clause, the term that each document matches best, counted from 1; 0 for none.
    pub(crate) corrected: Vec<Vec<u8>>,
}

impl Plan {
    /// Whether some part matches no record at all.
    pub(crate) fn is_hopeless(&self) -> bool {
        if self.relaxed {
            self.clauses.iter().all(Clause::is_empty)
        } else {
            self.clauses.iter().any(Clause::is_empty)
        }
    }

    /// Adds a clause.
    pub(crate) fn add(&mut self, clause: Clause, typed: &str) {
        self.clauses.push(clause);
        self.typed.push(typed.to_owned());
    }

    /// What a corrected word may have been meant to be.
    pub(crate) fn terms_of(&self, clause: usize) -> &[Term] {
        match self.clauses.get(clause) {
            Some(Clause::Word(word)) => &word.terms,
            _ => &[],
        }
    }

    /// Looks the plan up in one segment. `filters` are further conditions, which do not score.
    pub(crate) fn prepare(
        &self,
        at: usize,
        snapshot: &Snapshot,
        filters: Vec<Part>,
        scored: bool,
    ) -> Result<Prepared> {
        let segment = &snapshot.segments[at];
        let mut corrected = Vec::new();
        let mut parts = Vec::new();
        for (number, clause) in self.clauses.iter().enumerate() {
            let is_corrected = self.corrected.iter().any(|word| word.clause == number);
            parts.push(match clause {
                Clause::Word(word) if is_corrected => {
                    let mut best = vec![0; segment.max_doc as usize];
                    let lists = word.lists(at, segment, true);
                    let documents = lists.documents();
                    let docs = lists.gathered(segment.max_doc, Some(&mut best))?;
                    corrected.push(best);
                    Part::Docs(docs, documents)
                }
                _ => clause.part(at, snapshot, scored)?,
            });
        }
        if self.relaxed {
            let weights = self.weights();
            parts = vec![most(parts.into_iter().zip(weights), segment.max_doc)?];
        }
        parts.extend(filters);
        let mut excluded = Vec::new();
        for clause in &self.excluded {
            excluded.push(clause.docs(at, snapshot, false)?);
        }
        Ok(Prepared {
            docs: lists::every(parts, segment.max_doc)?,
            excluded,
            bonuses: if scored {
                self.bonuses(at, snapshot)?
            } else {
                Vec::new()
            },
            name: if scored { self.named(segment)? } else { None },
            per_quality: QUALITY * self.least(),
            corrected,
        })
    }

    /// How much each clause tells: places more than other words, what may have been meant less.
    fn weights(&self) -> Vec<f32> {
        let weight = |(number, clause): (usize, &Clause)| {
            let is_corrected = self.corrected.iter().any(|word| word.clause == number);
            let weight = clause.weight();
            match self.places.contains(&number) {
                true => weight * PLACE,
                false if is_corrected => (weight * CORRECTED).ceil(),
                false => weight,
            }
        };
        self.clauses.iter().enumerate().map(weight).collect()
    }

    /// How much the word tells that tells least: nothing beside the words counts as much.
    fn least(&self) -> f32 {
        let choices = self.clauses.iter().flat_map(Clause::choices);
        let told = choices.filter(|choice| !choice.is_empty());
        let least = told.map(Choice::rarity).fold(f32::MAX, f32::min);
        if least < f32::MAX { least } else { 0.0 }
    }

    fn bonuses(&self, at: usize, snapshot: &Snapshot) -> Result<Vec<(Docs, f32)>> {
        let segment = &snapshot.segments[at];
        let mut bonuses = Vec::new();
        for word in self.clauses.iter().flat_map(Clause::choices) {
            bonuses.extend(word.exact_docs(at, segment)?);
        }
        for pair in &self.neighbours {
            bonuses.extend(pair.bonus(at, segment, NEIGHBOURS)?);
        }
        for preference in &self.preferences {
            bonuses.extend(preference.bonuses(self.least(), segment)?);
        }
        Ok(bonuses)
    }

    /// Everything that can raise the score of a record of a segment, the whole name included.
    pub(crate) fn all_bonuses(&self, at: usize, snapshot: &Snapshot) -> Result<Vec<(Docs, f32)>> {
        let mut bonuses = self.bonuses(at, snapshot)?;
        let named = self.named(&snapshot.segments[at])?;
        bonuses.extend(named.map(|docs| (docs, NAME_BONUS)));
        Ok(bonuses)
    }

    fn named(&self, segment: &Segment) -> Result<Option<Docs>> {
        let Some(name) = &self.name else {
            return Ok(None);
        };
        let Some(info) = segment.names.terms().get(name)? else {
            return Ok(None);
        };
        let option = tantivy::schema::IndexRecordOption::Basic;
        let postings = segment.names.read_postings_from_terminfo(&info, option)?;
        Ok(Some(Docs::term(postings, NAME_BONUS)))
    }
}

/// Any of the parts, ranked by how much those tell that a record has.
fn most(parts: impl Iterator<Item = (Part, f32)>, max_doc: u32) -> Result<Part> {
    let mut documents = 0;
    let mut docs = Vec::new();
    for (part, weight) in parts {
        documents += part.documents();
        let part = match part {
            Part::Lists(lists) => lists.into_docs(max_doc)?,
            Part::Docs(docs, _) => docs,
        };
        docs.push((part, weight));
    }
    Ok(Part::Docs(Docs::most(docs), documents))
}

fn phrase(words: &[Token], segment: &Segment, snapshot: &Snapshot) -> Result<Part> {
    let first = words.first().map_or(0, |word| word.position);
    let terms: Vec<(usize, tantivy::Term)> = words
        .iter()
        .map(|word| {
            let term = tantivy::Term::from_field_text(snapshot.fields.phrases, &word.folded);
            ((word.position - first) as usize, term)
        })
        .collect();
    let scoring = EnableScoring::disabled_from_searcher(&snapshot.searcher);
    let weight = PhraseQuery::new_with_offset(terms).weight(scoring)?;
    let scorer = weight.scorer(&segment.reader, 1.0)?;
    let documents = u64::from(scorer.size_hint());
    let score = PHRASE_SCORE;
    Ok(Part::Docs(Docs::Library { scorer, score }, documents))
}
