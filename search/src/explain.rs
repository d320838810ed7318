//! Why a query found what it found, for those who look after the records.

use serde::Serialize;

use crate::error::Result;
use crate::merge::Found;
use crate::plan::{Clause, Plan, Stage};
use crate::snapshot::Snapshot;
use crate::stored::stored;
use crate::terms::{List, Term};
use crate::text::Language;
use crate::words::Choice;

/// How a query was read, and what matched where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The stage that answered.
    pub stage: Stage,
    /// The languages the words are meant in, by code (ISO 639), the likeliest first.
    pub languages: Vec<String>,
    /// The parts of the query, in the order typed. Words that only hold it together are left out.
    pub words: Vec<ExplainedWord>,
    /// The hits of the page.
    pub hits: Vec<ExplainedHit>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedWord {
    /// As typed.
    pub word: String,
    /// What it matches, any of these.
    pub matches: Vec<ExplainedTerm>,
}

/// Something a part of a query matches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedTerm {
    /// As it stands in the index: a word, a stem, the name of a synonym group, a pair of characters.
    pub term: String,
    /// What kind of match it is: `word`, `stem`, `pair`, `synonym`, `joined`, `name`.
    pub by: &'static str,
    /// The language of a stem.
    pub language: Option<String>,
    /// How much a match counts, 1 for the word itself.
    pub weight: f32,
    /// In how many records.
    pub records: u64,
}

/// What matched in one hit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedHit {
    /// The record.
    pub id: String,
    /// What each part of the query adds to the score; absent when the record does not have it.
    pub words: Vec<Option<f32>>,
    /// What is added for the whole name, for words as typed, for neighbours, and for what words stand for.
    pub bonuses: f32,
}

/// Explains a page.
pub(crate) fn explain(
    plan: &Plan,
    languages: &[Language],
    page: &[Found],
    snapshot: &Snapshot,
) -> Result<Explanation> {
    let words = plan.clauses.iter().zip(&plan.typed);
    let mut hits = Vec::with_capacity(page.len());
    for found in page {
        hits.push(hit(plan, found, snapshot)?);
    }
    Ok(Explanation {
        stage: plan.stage,
        languages: languages.iter().map(|l| l.as_str().to_owned()).collect(),
        words: words.map(|(clause, typed)| word(clause, typed)).collect(),
        hits,
    })
}

fn word(clause: &Clause, typed: &str) -> ExplainedWord {
    let choices = clause.choices();
    ExplainedWord {
        word: typed.to_owned(),
        matches: choices
            .flat_map(Choice::all_terms)
            .map(|(_, t)| term(t))
            .collect(),
    }
}

fn term(term: &Term) -> ExplainedTerm {
    let (text, language) = match term.text.split_once('\u{1}') {
        Some((stem, code)) => (stem, Some(code).filter(|code| *code != "-")),
        None => (term.text.as_str(), None),
    };
    let by = match (term.list, text.chars().next()) {
        (List::Words, _) => "word",
        (List::Joined, _) => "joined",
        (List::Names, _) => "name",
        (List::Stems, Some('~')) => "synonym",
        (List::Stems, Some('\u{2}' | '\u{3}')) => "pair",
        (List::Stems, _) => "stem",
    };
    ExplainedTerm {
        term: text.trim_start_matches(['~', '\u{2}', '\u{3}']).to_owned(),
        by,
        language: language.map(str::to_owned),
        weight: term.share(),
        records: term.records,
    }
}

fn hit(plan: &Plan, found: &Found, snapshot: &Snapshot) -> Result<ExplainedHit> {
    let doc = found.ranked.doc;
    let mut words = Vec::new();
    for clause in &plan.clauses {
        let mut docs = clause.docs(found.segment, snapshot, true)?;
        words.push((docs.seek(doc) == doc).then(|| docs.score()));
    }
    let mut bonuses = 0.0;
    for (mut docs, _) in plan.all_bonuses(found.segment, snapshot)? {
        if docs.seek(doc) == doc {
            bonuses += docs.score();
        }
    }
    Ok(ExplainedHit {
        id: stored(found.segment, doc, snapshot)?.id,
        words,
        bonuses,
    })
}
