//! One way to read a query: what each of its parts may match.

use tantivy::query::{EnableScoring, PhraseQuery, Query as _};

use crate::docset::Docs;
use crate::error::Result;
use crate::lists::{self, Part};
use crate::parse::{self, Parsed};
use crate::snapshot::{Segment, Snapshot};
use crate::text::{Token, synonyms};
use crate::words::{self, Choice, Term};

/// What a phrase adds to a score: as much as a rare word in a summary.
const PHRASE_SCORE: f32 = 60.0;

/// What a record gains when its whole name is the query: more than any words can.
pub(crate) const NAME_BONUS: f32 = 10_000.0;

/// A part of a query.
#[derive(Debug, Clone)]
pub(crate) enum Clause {
    Word(Choice),
    /// Words that stand for something together: all of them, or an entry of their synonym group.
    Together {
        words: Vec<Choice>,
        group: Choice,
    },
    /// These words in this order.
    Phrase(Vec<Token>),
}

impl Clause {
    fn is_empty(&self) -> bool {
        match self {
            Clause::Word(word) => word.is_empty(),
            Clause::Together { words, group } => {
                group.is_empty() && words.iter().any(Choice::is_empty)
            }
            Clause::Phrase(words) => words.is_empty(),
        }
    }

    fn part(&self, at: usize, snapshot: &Snapshot, scored: bool) -> Result<Part> {
        let segment = &snapshot.segments[at];
        Ok(match self {
            Clause::Word(word) => Part::Lists(word.lists(at, segment, scored)),
            Clause::Together { words, group } => {
                let all = words
                    .iter()
                    .map(|word| Part::Lists(word.lists(at, segment, scored)));
                let all = lists::every(all.collect(), segment.max_doc)?;
                let group = group.lists(at, segment, scored);
                let documents = group.documents();
                let either = Docs::any(vec![all, group.into_docs(segment.max_doc)?]);
                // Those with all the words are as a rule not more than those with an entry.
                Part::Docs(either, 2 * documents)
            }
            Clause::Phrase(words) => phrase(words, segment, snapshot)?,
        })
    }

    fn docs(&self, at: usize, snapshot: &Snapshot, scored: bool) -> Result<Docs> {
        match self.part(at, snapshot, scored)? {
            Part::Lists(lists) => lists.into_docs(snapshot.segments[at].max_doc),
            Part::Docs(docs, _) => Ok(docs),
        }
    }

    fn words(&self) -> &[Choice] {
        match self {
            Clause::Word(word) => std::slice::from_ref(word),
            Clause::Together { words, .. } => words,
            Clause::Phrase(_) => &[],
        }
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

/// A query as it is searched for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// What a record must have, or, when `relaxed`, any of which it must have.
    pub(crate) clauses: Vec<Clause>,
    pub(crate) excluded: Vec<Clause>,
    pub(crate) relaxed: bool,
    /// The clauses that stand for corrected words.
    pub(crate) corrected: Vec<Corrected>,
    /// The whole query as a name.
    pub(crate) name: Option<String>,
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
            parts = vec![most(parts, segment.max_doc)?];
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
                self.bonuses(at, segment)?
            } else {
                Vec::new()
            },
            name: if scored { self.named(segment)? } else { None },
            corrected,
        })
    }

    fn bonuses(&self, at: usize, segment: &Segment) -> Result<Vec<(Docs, f32)>> {
        let mut bonuses = Vec::new();
        for word in self.clauses.iter().flat_map(Clause::words) {
            bonuses.extend(word.exact_docs(at, segment)?);
        }
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

/// Any of the parts, ranked by how many.
fn most(parts: Vec<Part>, max_doc: u32) -> Result<Part> {
    let mut documents = 0;
    let mut docs = Vec::new();
    for part in parts {
        documents += part.documents();
        docs.push(match part {
            Part::Lists(lists) => lists.into_docs(max_doc)?,
            Part::Docs(docs, _) => docs,
        });
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

/// Takes words together that stand for something together: the longest synonym entries from the left.
/// There is one clause for each part of the query.
pub(crate) fn with_synonyms(
    clauses: Vec<Clause>,
    parsed: &Parsed,
    snapshot: &Snapshot,
) -> Result<Vec<Clause>> {
    let mut out = Vec::new();
    let mut clauses = clauses.into_iter();
    let mut at = 0;
    while let Some(clause) = clauses.next() {
        let run: Vec<Token> = plain_words(parsed, at);
        let entry = synonyms::matches_at(&run, 0).find(|entry| entry.words > 1);
        let Some(entry) = entry else {
            out.push(clause);
            at += 1;
            continue;
        };
        let mut words = Vec::new();
        for clause in std::iter::once(clause).chain(clauses.by_ref().take(entry.words - 1)) {
            words.extend(clause.words().iter().cloned());
        }
        out.push(Clause::Together {
            words,
            group: words::group(entry.token, snapshot)?,
        });
        at += entry.words;
    }
    Ok(out)
}

/// The plain words from part `at` on, up to the next phrase.
fn plain_words(parsed: &Parsed, at: usize) -> Vec<Token> {
    let word = |part: &parse::Part| match part {
        parse::Part::Word(word) => Some(word.token.clone()),
        parse::Part::Phrase(_) => None,
    };
    parsed.wanted.iter().skip(at).map_while(word).collect()
}

/// A quoted word or phrase.
pub(crate) fn quoted(words: &[Token], snapshot: &Snapshot) -> Result<Clause> {
    Ok(match words {
        [word] => Clause::Word(words::literal(word, snapshot)?),
        words => Clause::Phrase(words.to_vec()),
    })
}

/// What must not be there.
pub(crate) fn excluded(parsed: &Parsed, snapshot: &Snapshot) -> Result<Vec<Clause>> {
    parsed
        .excluded
        .iter()
        .map(|part| match part {
            parse::Part::Word(word) => Ok(Clause::Word(words::without_synonyms(
                &word.token,
                snapshot,
            )?)),
            parse::Part::Phrase(words) => quoted(words, snapshot),
        })
        .collect()
}
