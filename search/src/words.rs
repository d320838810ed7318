//! What a word of a query matches.

use std::sync::Arc;

use tantivy::schema::IndexRecordOption;

use crate::docset::Docs;
use crate::document::Keyword;
use crate::encode::MAX_IMPACT;
use crate::error::Result;
use crate::known_words::KnownWord;
use crate::lists::Lists;
use crate::meant::Meant;
use crate::parse::Word;
use crate::snapshot::{Segment, Snapshot};
use crate::terms::{List, Term, weight};
use crate::text::synonyms::{self, Stemmed};
use crate::text::{Language, Token, languages, tokenize};
use crate::texts::{in_language, neighbours, strangers};

/// How much a word found as typed counts on top of one found by its stem or a synonym.
/// In tenths.
const EXACT_BONUS: u8 = 4;

/// Rarities are multiples of this. So they stay the same when a few records come or go, and all scores are
/// sums of multiples of 1/64, which `f32` keeps exactly: they do not depend on the order of the sum, nor on
/// how the index is split into segments.
const RARITY_STEP: f32 = 10.0 / 64.0;

/// No word tells more than this that a record has it.
const MAX_WEIGHT: f32 = 100.0;

/// A word that more than about a third of all records have tells little.
const COMMON: f32 = 1.0;

/// Of the spellings a word may have been meant in, so many are searched for in all their inflections.
const MAX_INFLECTED: usize = 3;

/// A word of fewer characters is not looked for as two words run together.
const MIN_JOINED_CHARS: usize = 4;

/// A word of a query with everything it may match.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// Shared: plans are copied from stage to stage.
    pub(crate) terms: Arc<[Term]>,
    /// What else some of the terms stand for, each with the place of its term.
    also: Arc<[(usize, Term)]>,
    /// The word as typed, when that is rarer than what its stems and synonyms match.
    exact: Option<Term>,
    rarity: f32,
}

impl Choice {
    pub(crate) fn new(terms: Vec<Term>, exact: Option<Term>, snapshot: &Snapshot) -> Choice {
        let records = terms
            .iter()
            .map(|term| term.records)
            .max()
            .unwrap_or_default();
        Choice {
            exact: exact.filter(|exact| exact.records < records),
            rarity: rarity(records, snapshot),
            terms: terms.into(),
            also: Arc::default(),
        }
    }

    /// Words that another may have been meant to be. The commonest are found by their stems and synonyms as
    /// well, as if they had been typed; for all of them that would be too many lists.
    pub(crate) fn corrected(
        terms: Vec<Term>,
        meant: &Meant<'_>,
        snapshot: &Snapshot,
    ) -> Result<Choice> {
        let mut also = Vec::new();
        for (place, term) in terms.iter().enumerate().take(MAX_INFLECTED) {
            for token in tokenize(&term.text) {
                for mut more in exact(&token, meant, snapshot)?.terms.iter().cloned() {
                    more.weight = term.weight;
                    also.push((place, more));
                }
            }
        }
        Ok(Choice {
            also: also.into(),
            ..Choice::new(terms, None, snapshot)
        })
    }

    /// All terms, each with the place of the one it belongs to.
    pub(crate) fn all_terms(&self) -> impl Iterator<Item = (usize, &Term)> {
        let also = self.also.iter().map(|(place, term)| (*place, term));
        self.terms.iter().enumerate().chain(also)
    }

    /// With further terms.
    pub(crate) fn with(&self, more: Vec<Term>, snapshot: &Snapshot) -> Choice {
        let terms = self.terms.iter().cloned().chain(more).collect();
        Choice {
            also: Arc::clone(&self.also),
            ..Choice::new(terms, self.exact.clone(), snapshot)
        }
    }

    /// How much it tells that a record has the word, as a whole number: the square of its rarity, so that one
    /// rare word tells more than many common ones.
    pub(crate) fn weight(&self) -> f32 {
        (self.rarity * self.rarity).round().clamp(1.0, MAX_WEIGHT)
    }

    /// How much the commonest of what the word matches tells.
    pub(crate) fn rarity(&self) -> f32 {
        self.rarity
    }

    /// Whether so many records have the word that it does not tell what is looked for.
    pub(crate) fn is_common(&self) -> bool {
        self.rarity < COMMON
    }

    /// Whether no record can match.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// What matches in one segment. Words that are not `scored` only say which records match.
    pub(crate) fn lists(&self, at: usize, segment: &Segment, scored: bool) -> Lists {
        let mut lists = Lists::new(if scored { self.rarity } else { 0.0 });
        for (place, term) in self.all_terms() {
            if let Some(info) = term.info(at) {
                let number = u8::try_from(place + 1).unwrap_or(u8::MAX);
                lists.add(term.list.of(segment), info, term.weight, number);
            }
        }
        lists
    }

    /// The records of one segment that have it, to be ranked higher by `share` of what the word is worth: with
    /// the most that this can add to a score.
    pub(crate) fn bonus(
        &self,
        at: usize,
        segment: &Segment,
        share: f32,
    ) -> Result<Vec<(Docs, f32)>> {
        let factor = self.rarity * share;
        let mut bonuses = Vec::new();
        for term in self.terms.iter() {
            if let Some(info) = term.info(at) {
                let index = term.list.of(segment);
                let postings =
                    index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
                let most = factor * f32::from(MAX_IMPACT);
                bonuses.push((Docs::term(postings, factor), most));
            }
        }
        Ok(bonuses)
    }

    /// The records of one segment that have the word as typed, to be ranked higher: with the most that
    /// this can add to a score. `None` when that would not change any rank.
    pub(crate) fn exact_docs(&self, at: usize, segment: &Segment) -> Result<Option<(Docs, f32)>> {
        let Some((term, info)) = self
            .exact
            .as_ref()
            .and_then(|term| Some((term, term.info(at)?)))
        else {
            return Ok(None);
        };
        let factor = self.rarity * f32::from(EXACT_BONUS) / 10.0;
        let index = term.list.of(segment);
        let postings = index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        Ok(Some((
            Docs::term(postings, factor),
            factor * f32::from(MAX_IMPACT),
        )))
    }
}

/// How much a word tells, from its number of records: the usual inverse document frequency, in steps. At
/// least one step, so that a word that every record has still ranks them by where it stands.
fn rarity(records: u64, snapshot: &Snapshot) -> f32 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio of counts: precision does not matter"
    )]
    let (all, records) = (snapshot.document_count() as f32, records as f32);
    let others = (all - records).max(0.0);
    let rarity = (1.0 + (others + 0.5) / (records + 0.5)).ln();
    (rarity / RARITY_STEP).round().max(1.0) * RARITY_STEP
}

/// What a word matches by itself, its forms and its synonyms.
pub(crate) fn exact(token: &Token, meant: &Meant<'_>, snapshot: &Snapshot) -> Result<Choice> {
    let word = meant.known(token)?;
    let find = || find(token, &word, meant, snapshot);
    if word.has_language() && meant.counts_in(snapshot) {
        word.choice(find).cloned()
    } else {
        find()
    }
}

fn find(token: &Token, word: &KnownWord, meant: &Meant<'_>, snapshot: &Snapshot) -> Result<Choice> {
    let mut terms = forms(token, meant, snapshot)?;
    let stemmed = [stemmed(token, word, meant)];
    for entry in synonyms::matches_at(&stemmed, 0, true) {
        terms.extend(group(entry.token, snapshot)?);
    }
    if token.folded.chars().count() >= MIN_JOINED_CHARS {
        for list in [List::Joined, List::Names] {
            terms.extend(Term::find(list, &token.folded, weight::JOINED, snapshot)?);
        }
    }
    if let Some(spelled) = token.spelled_out() {
        terms.extend(Term::find(List::Words, &spelled, weight::WORD, snapshot)?);
    }
    let is_itself = |term: &&Term| term.list == List::Words && term.text == token.folded;
    let typed = match terms.iter().find(is_itself) {
        Some(itself) => Some(itself.clone()),
        None if terms.is_empty() => None,
        None => as_typed(token, snapshot)?,
    };
    Ok(Choice::new(terms, typed, snapshot))
}

/// A word with its stems in the languages it is meant in, or with those that are near to it.
fn stemmed<'a>(token: &'a Token, word: &'a KnownWord, meant: &Meant<'_>) -> Stemmed<'a> {
    let stems = meant.stems(word);
    if word.has_language() {
        Stemmed::known(token, stems)
    } else {
        Stemmed::near(token, stems)
    }
}

/// What a word matches without synonyms: for exclusions.
pub(crate) fn without_synonyms(
    token: &Token,
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Choice> {
    Ok(Choice::new(forms(token, meant, snapshot)?, None, snapshot))
}

/// A word exactly as written, accents and case aside.
pub(crate) fn as_typed(token: &Token, snapshot: &Snapshot) -> Result<Option<Term>> {
    Term::find(List::Words, &token.folded, weight::WORD, snapshot)
}

/// What a word in quotes matches: itself.
pub(crate) fn literal(token: &Token, snapshot: &Snapshot) -> Result<Choice> {
    let term = as_typed(token, snapshot)?;
    Ok(Choice::new(term.into_iter().collect(), None, snapshot))
}

/// The records that use any entry of a synonym group.
pub(crate) fn group(name: &str, snapshot: &Snapshot) -> Result<Option<Term>> {
    Term::find(List::Stems, name, weight::SYNONYM, snapshot)
}

/// Two neighbours in a script without spaces: of one word, or, where no record has them so or the pair is `part`
/// of something longer, of two.
pub(crate) fn pair(
    pair: &str,
    weight: u8,
    is_part: bool,
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Choice> {
    let within = neighbours(pair);
    let mut terms: Vec<Term> = Vec::new();
    terms.extend(Term::find(List::Stems, &within, weight, snapshot)?);
    if is_part || !meant.knows(&within)? {
        terms.extend(Term::find(List::Stems, &strangers(pair), weight, snapshot)?);
    }
    Ok(Choice::new(terms, None, snapshot))
}

/// The word and its forms, in the languages it is meant in.
fn forms(token: &Token, meant: &Meant<'_>, snapshot: &Snapshot) -> Result<Vec<Term>> {
    let known = meant.known(token)?;
    let spoken = &known.spoken;
    let stems = meant.stems(&known);
    let mut terms = Vec::new();
    let mut as_it_is = spoken.has_others;
    for &(language, records) in &spoken.meant {
        let of_language = stems.iter().find(|(known, _)| Some(*known) == language);
        let unmarked = std::slice::from_ref(&token.folded);
        let of_language = of_language.map_or(unmarked, |(_, stems)| stems);
        let forms = forms_in(language, of_language, snapshot)?;
        // Where the records have no other form, all languages share the one list of the word as it is.
        let is_only_form = forms.iter().all(|form| form.records <= records);
        if is_only_form && !spoken.is_within_others && meant.counts_in(snapshot) {
            as_it_is = true;
        } else {
            terms.extend(forms);
        }
    }
    if spoken.languages.is_empty() {
        // No record says which language the word is of. Forms that are far from it would be chance.
        for (language, stems) in stems {
            let near = |stem: &&String| languages::is_plausible(&token.folded, stem);
            let near = stems.iter().filter(near);
            terms.extend(forms_in(Some(*language), near, snapshot)?);
        }
    }
    if as_it_is {
        terms.extend(as_typed(token, snapshot)?);
    }
    Ok(terms)
}

fn forms_in<'a>(
    language: Option<Language>,
    stems: impl IntoIterator<Item = &'a String>,
    snapshot: &Snapshot,
) -> Result<Vec<Term>> {
    let mut terms = Vec::new();
    for stem in stems {
        let stem = in_language(stem, language);
        terms.extend(Term::find(List::Stems, &stem, weight::WORD, snapshot)?);
    }
    Ok(terms)
}

/// The entries of the synonyms that start with the first of these words, longest first.
pub(crate) fn entries(words: &[&Word], meant: &Meant<'_>) -> Result<Vec<synonyms::Match>> {
    let tokens = words.iter().flat_map(|word| &word.characters);
    let tokens: Vec<&Token> = tokens.collect();
    let known = tokens.iter().map(|token| meant.known(token));
    let known: Vec<Arc<KnownWord>> = known.collect::<Result<_>>()?;
    let words = tokens.iter().zip(&known);
    let words = words.map(|(token, word)| stemmed(token, word, meant));
    let words: Vec<Stemmed<'_>> = words.collect();
    Ok(synonyms::matches_at(&words, 0, true))
}

/// What the words match as one word that somebody wrote apart: its forms.
pub(crate) fn run_together(
    words: &[&Word],
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Vec<Term>> {
    if words.iter().any(|word| word.token.is_ideographic()) {
        return Ok(Vec::new());
    }
    let whole: String = words
        .iter()
        .map(|word| word.token.folded.as_str())
        .collect();
    let lower = words.iter().map(|word| word.token.lower.as_str()).collect();
    let token = Token {
        folded: whole,
        lower,
        ..Token::default()
    };
    // Only words that are there: what would be near to it is no reason to take words together.
    if as_typed(&token, snapshot)?.is_none() {
        return Ok(Vec::new());
    }
    forms(&token, meant, snapshot)
}

/// Two words that stand together, where some record has them so in a name, a tag or a summary.
pub(crate) fn neighbours_of(
    one: &Token,
    other: &Token,
    snapshot: &Snapshot,
) -> Result<Option<Term>> {
    if !one.is_ideographic() || !other.is_ideographic() {
        let whole = format!("{}{}", one.folded, other.folded);
        return Term::find(List::Joined, &whole, weight::WORD, snapshot);
    }
    let (Some(last), Some(first)) = (one.folded.chars().last(), other.folded.chars().next()) else {
        return Ok(None);
    };
    let both = format!("{last}{first}");
    Term::find(List::Stems, &strangers(&both), weight::WORD, snapshot)
}

/// Whether a word is the name of a place some record is at.
pub(crate) fn is_place(token: &Token, snapshot: &Snapshot) -> Result<bool> {
    let known = snapshot.fields_with(&token.folded)?;
    Ok(known.contains(&Keyword::Locality) || known.contains(&Keyword::Region))
}

/// The records of the country that a word is the code of.
pub(crate) fn country(typed: &str, snapshot: &Snapshot) -> Result<Vec<Term>> {
    let group = match synonyms::country_of_code(typed) {
        Some(token) => group(&token, snapshot)?,
        None => None,
    };
    Ok(group.into_iter().collect())
}
