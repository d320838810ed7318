//! Completions as people type.

use std::time::Instant;

use serde::Serialize;

use crate::document::Kind;
use crate::error::Result;
use crate::expand;
use crate::merge;
use crate::parse::{Parsed, Part, Word, parse};
use crate::query::Sort;
use crate::run::{self, Task};
use crate::search::{SearchIndex, default_deadline};
use crate::snapshot::Snapshot;
use crate::stages::Stages;
use crate::stored::stored;
use crate::tally::Tally;
use crate::terms::Term;
use crate::text::{Token, tokenize};

/// There are never more suggestions than this.
pub const MAX_SUGGESTIONS: usize = 10;

/// Of so many records found by their names, those whose names do match are suggested.
const NAMES_LOOKED_AT: usize = 20;

/// A text to complete.
#[derive(Debug, Clone)]
pub struct SuggestQuery {
    /// What was typed so far. At most [`MAX_QUERY_CHARS`](crate::MAX_QUERY_CHARS) characters.
    pub text: String,
    /// Only for records of these kinds; empty means all.
    pub kinds: Vec<Kind>,
    /// The present, microseconds since 1970 UTC: what expires at or before it is not suggested.
    pub now: i64,
    /// At most this many, and never more than [`MAX_SUGGESTIONS`].
    pub limit: usize,
}

/// A text that finds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What to search for: the typed text with its last word completed, or the name of a record.
    pub text: String,
    /// The kind of the records it finds.
    pub kind: Kind,
    /// How many records of this kind a search for `text` finds.
    pub count: u64,
    /// The record, when `text` is a record's name.
    pub id: Option<String>,
}

impl SearchIndex {
    /// Completes a text: with words, by how many records the whole text then finds, and with names of
    /// records. When nothing completes it, with words spelled like the last one.
    pub fn suggest(&self, query: &SuggestQuery) -> Result<Vec<Suggestion>> {
        let snapshot = self.snapshot();
        let parsed = parse(&query.text)?;
        let limit = query.limit.min(MAX_SUGGESTIONS);
        let Some(Part::Word(last)) = parsed.wanted.last() else {
            return Ok(Vec::new());
        };
        let mut kinds = query.kinds.clone();
        if kinds.is_empty() {
            kinds = Kind::ALL.to_vec();
        }
        let suggester = Suggester {
            snapshot: &snapshot,
            kinds,
            now: query.now,
            deadline: default_deadline(),
        };
        let head = head(&query.text, last);
        // What is being typed is a word to leave out.
        let before_hyphen = head.strip_suffix('-');
        let is_excluded = before_hyphen
            .is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace));
        let is_last = last.characters.last().map(|token| token.folded.as_str());
        if is_excluded || Some(last_word(&query.text).as_str()) != is_last {
            return Ok(Vec::new());
        }
        let word = &last.token.folded;
        let mut words = suggester.words(head, &expand::with_prefix(word, &snapshot)?)?;
        let mut names = suggester.names(&parsed)?;
        if words.is_empty() && names.is_empty() {
            let typos = expand::max_typos(word);
            for typos in 1..=typos {
                if words.is_empty() {
                    words = suggester
                        .words(head, &expand::with_typos(word, typos, true, &snapshot)?)?;
                }
            }
        }
        // Names get up to a third of the room, more when there are few words.
        let for_names = (limit / 3).max(limit.saturating_sub(words.len()));
        names.truncate(for_names);
        words.truncate(limit.saturating_sub(names.len()));
        words.extend(names);
        let mut suggestions: Vec<Suggestion> = Vec::new();
        for suggestion in words {
            let known =
                |other: &Suggestion| other.kind == suggestion.kind && other.text == suggestion.text;
            if !suggestions.iter().any(known) {
                suggestions.push(suggestion);
            }
        }
        Ok(suggestions)
    }
}

fn last_word(text: &str) -> String {
    tokenize(text)
        .pop()
        .map(|token| token.folded)
        .unwrap_or_default()
}

/// What stands before the last word.
fn head<'a>(text: &'a str, last: &Word) -> &'a str {
    let start = text.rfind(&last.typed).unwrap_or_default();
    text.get(..start).unwrap_or_default().trim_start()
}

struct Suggester<'a> {
    snapshot: &'a Snapshot,
    kinds: Vec<Kind>,
    now: i64,
    deadline: Instant,
}

impl Suggester<'_> {
    /// `head` followed by each of the terms, as far as that finds something; the best first.
    fn words(&self, head: &str, terms: &[Term]) -> Result<Vec<Suggestion>> {
        // With nothing before it a term finds at least its own records: the commonest will do.
        let there: Vec<String> = tokenize(head).into_iter().map(|word| word.folded).collect();
        let tried = if head.is_empty() {
            2 * MAX_SUGGESTIONS
        } else {
            terms.len()
        };
        let mut suggestions = Vec::new();
        let new = terms.iter().filter(|term| !there.contains(&term.text));
        for term in new.take(tried) {
            if Instant::now() >= self.deadline {
                break;
            }
            let text = format!("{head}{}", self.snapshot.as_people_write(&term.text)?);
            for (kind, count) in self.counts(&text)? {
                suggestions.push(Suggestion {
                    text: text.clone(),
                    kind,
                    count,
                    id: None,
                });
            }
        }
        // Stable: of words that find as many, the one most records have comes first.
        suggestions.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.count));
        Ok(suggestions)
    }

    /// Records whose names have all the words, the last one begun.
    fn names(&self, parsed: &Parsed) -> Result<Vec<Suggestion>> {
        let wanted = parsed.wanted_tokens();
        let mut suggestions = Vec::new();
        for (segment, doc) in self.best(parsed)? {
            let record = stored(segment, doc, self.snapshot)?;
            if !name_has(&tokenize(&record.name), &wanted) {
                continue;
            }
            let count = self
                .counts(&record.name)?
                .into_iter()
                .find(|(kind, _)| *kind == record.kind);
            if let Some((kind, count)) = count {
                suggestions.push(Suggestion {
                    text: record.name,
                    kind,
                    count,
                    id: Some(record.id),
                });
            }
            if suggestions.len() == MAX_SUGGESTIONS {
                break;
            }
        }
        Ok(suggestions)
    }

    /// The best records for the text with its last word begun.
    fn best(&self, parsed: &Parsed) -> Result<Vec<(usize, u32)>> {
        let task = Task {
            sort: Sort::Relevance,
            keep: NAMES_LOOKED_AT,
            ..Task::counting(&self.kinds, self.now, self.deadline)
        };
        let plan = Stages::new(parsed, true, self.snapshot)?.begun()?;
        let outcome = run::run(&task, &plan, Tally::default(), self.snapshot)?;
        let found = merge::merge(task.keep, &outcome.best, self.snapshot)?;
        Ok(found
            .iter()
            .map(|found| (found.segment, found.ranked.doc))
            .collect())
    }

    /// How many records of each kind a search for `text` finds, in the first stage that finds any; kinds
    /// with none are left out.
    fn counts(&self, text: &str) -> Result<Vec<(Kind, u64)>> {
        let Ok(parsed) = parse(text) else {
            return Ok(Vec::new());
        };
        let mut counts = Vec::new();
        for &kind in &self.kinds {
            let plan = Stages::new(&parsed, false, self.snapshot)?.exact()?;
            let count = run::count(&[kind], &plan, self.now, self.deadline, self.snapshot)?;
            // What is cut off is not counted in full: better to suggest less.
            if Instant::now() >= self.deadline {
                return Ok(Vec::new());
            }
            if count > 0 {
                counts.push((kind, count));
            }
        }
        Ok(counts)
    }
}

/// Whether a name has all the words, the last one at least as a beginning.
fn name_has(name: &[Token], wanted: &[Token]) -> bool {
    let Some((last, before)) = wanted.split_last() else {
        return false;
    };
    before
        .iter()
        .all(|word| name.iter().any(|token| token.folded == word.folded))
        && name
            .iter()
            .any(|token| token.folded.starts_with(&last.folded))
}
