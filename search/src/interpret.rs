//! What words of a query may stand for beside themselves: a place, a skill, a way to work.
//!
//! Only a preference: records that have the value come a little before those that match as well without it. None
//! is dropped for it, and none is hidden that has the words in a better place.

use serde::Serialize;
use tantivy::schema::IndexRecordOption;

use crate::docset::Docs;
use crate::document::{Keyword, Kind};
use crate::error::Result;
use crate::meant::Meant;
use crate::parse::{Parsed, Part, Word};
use crate::snapshot::{Segment, Snapshot};
use crate::text::synonyms::{self, Stemmed};

/// What a record gains that has a value that words of the query stand for, as a share of what the commonest word
/// of the query tells. With all that quality adds it is less than a step of a word's impact: it hides nothing that
/// has the words in a better place.
const PREFERENCE: f32 = 0.5;

/// A value has at most so many words.
const MAX_WORDS: usize = 3;

/// Words of a query and what they were taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interpretation {
    /// As typed.
    pub words: String,
    /// The field they are a value of.
    pub field: Keyword,
    /// The value, as most records write it, or its code.
    pub value: String,
}

/// Records of this value are preferred.
#[derive(Debug, Clone)]
pub(crate) struct Preference {
    pub(crate) interpretation: Interpretation,
    /// The ways the value is written.
    terms: Vec<String>,
}

impl Preference {
    /// The records of a segment that have the value, with what they gain. `least` is how much the word tells that
    /// tells least.
    pub(crate) fn bonuses(&self, least: f32, segment: &Segment) -> Result<Vec<(Docs, f32)>> {
        let index = &segment.value_lists[self.interpretation.field.index()];
        let mut bonuses = Vec::new();
        for term in &self.terms {
            if let Some(info) = index.terms().get(term)? {
                let postings =
                    index.read_postings_from_terminfo(&info, IndexRecordOption::Basic)?;
                let gain = PREFERENCE * least;
                bonuses.push((Docs::term(postings, gain), gain));
            }
        }
        Ok(bonuses)
    }
}

/// What the words of a query stand for, the longest runs of words first, from the left.
pub(crate) fn interpret(
    parsed: &Parsed,
    kinds: &[Kind],
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Vec<Preference>> {
    let mut found = Vec::new();
    for run in parsed
        .wanted
        .split(|part| matches!(part, Part::Phrase(_)))
        .map(words_of)
    {
        let mut at = 0;
        while at < run.len() {
            let longest = MAX_WORDS.min(run.len() - at);
            let mut taken = 1;
            for count in (1..=longest).rev() {
                if count == 1 && meant.is_function_word(&run[at].token) {
                    break;
                }
                if let Some(preference) = stands_for(&run[at..at + count], kinds, snapshot)? {
                    found.push(preference);
                    taken = count;
                    break;
                }
            }
            at += taken;
        }
    }
    Ok(found)
}

fn words_of(parts: &[Part]) -> Vec<&Word> {
    let words = parts.iter().filter_map(|part| match part {
        Part::Word(word) => Some(word),
        Part::Phrase(_) => None,
    });
    words.collect()
}

fn stands_for(words: &[&Word], kinds: &[Kind], snapshot: &Snapshot) -> Result<Option<Preference>> {
    let join = |part: fn(&Word) -> &str| {
        let words: Vec<&str> = words.iter().map(|word| part(word)).collect();
        words.join(" ")
    };
    let folded = join(|word| &word.token.folded);
    let preference = |field, value: String, terms| {
        let words = join(|word| &word.typed);
        let interpretation = Interpretation {
            words,
            field,
            value,
        };
        Some(Preference {
            interpretation,
            terms,
        })
    };
    let known = snapshot.fields_with(&folded)?.into_iter();
    let (texts, codes): (Vec<Keyword>, Vec<Keyword>) = known
        .filter(|field| is_of(*field, kinds))
        .partition(|field| field.typed_freely());
    for field in texts {
        let terms = snapshot.typed(field, &folded)?;
        if let Some(first) = terms.first() {
            let value = first.split('\0').nth(1).unwrap_or_default().to_owned();
            return Ok(preference(field, value, terms));
        }
    }
    if let Some(code) = country(words) {
        return Ok(preference(Keyword::Country, code.clone(), vec![code]));
    }
    let code = folded.replace(' ', "_");
    let field = codes.first();
    Ok(field.and_then(|field| preference(*field, code.clone(), vec![code])))
}

/// Whether records of these kinds have the field.
fn is_of(field: Keyword, kinds: &[Kind]) -> bool {
    let only = |kind: Kind| kinds == [kind];
    match field {
        Keyword::Skill | Keyword::Workplace | Keyword::EmploymentType | Keyword::Seniority => {
            !only(Kind::Organization)
        }
        Keyword::Technology => !only(Kind::Job),
        _ => true,
    }
}

/// The code of the country that the words are a name of.
fn country(words: &[&Word]) -> Option<String> {
    let tokens = words.iter().flat_map(|word| &word.characters);
    let stemmed: Vec<Stemmed<'_>> = tokens.map(|token| Stemmed::new(token, &[])).collect();
    let entries = synonyms::matches_at(&stemmed, 0, true);
    let whole = entries.iter().filter(|entry| entry.words == stemmed.len());
    whole
        .filter_map(|entry| synonyms::code_of_country(entry.token))
        .map(str::to_owned)
        .next()
}
