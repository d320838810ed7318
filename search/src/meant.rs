//! Which languages the words of a query are meant in: those of the records that have them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::error::Result;
use crate::known_words::KnownWord;
use crate::snapshot::Snapshot;
use crate::text::{Language, Stems, Token, function_words};
use crate::texts::{NO_LANGUAGE, WITHIN_OTHERS, in_any_language};

/// Of a word's records so many, counted from all, make a language one the word is meant in: one in so many.
const SHARE: u64 = 20;

/// The languages of a word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spoken {
    /// Those it is meant in, the commonest first. Empty when no record says.
    pub(crate) languages: Vec<Language>,
    /// Those, and `None` where records of no known language have it; with how many records of each.
    pub(crate) meant: Vec<(Option<Language>, u64)>,
    /// A few records of other languages have it too.
    pub(crate) has_others: bool,
    /// Some records have it only within a longer word, or as a code.
    pub(crate) is_within_others: bool,
    /// In how many records of each language.
    counts: Vec<(Option<Language>, u64)>,
}

/// The languages of a query.
pub(crate) struct Meant<'a> {
    /// The records whose words tell: those of the second only of words that the first does not have, and so on.
    vocabulary: Vec<&'a Snapshot>,
    /// Those of its words, the commonest first; empty when no record has a word.
    pub(crate) languages: Vec<Language>,
    /// Its words that were looked up.
    known: RefCell<Vec<Arc<KnownWord>>>,
}

impl<'a> Meant<'a> {
    /// The languages of these words together, as the records of `vocabulary` have them.
    pub(crate) fn of(words: &[Token], vocabulary: Vec<&'a Snapshot>) -> Result<Meant<'a>> {
        let meant = Meant {
            vocabulary,
            languages: Vec::new(),
            known: RefCell::default(),
        };
        let mut counts: HashMap<Language, u64> = HashMap::new();
        for word in words {
            let known = meant.known(word)?;
            let spoken = &known.spoken;
            let all: u64 = spoken.counts.iter().map(|(_, records)| records).sum();
            for &(language, records) in &spoken.counts {
                if let Some(language) = language {
                    // Each word has the same say, in thousandths.
                    *counts.entry(language).or_default() += 1000 * records / all.max(1);
                }
            }
        }
        let mut counts: Vec<(Language, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let most = counts.first().map_or(0, |(_, count)| *count);
        let languages = counts
            .into_iter()
            .filter(|(_, count)| count * SHARE >= most)
            .map(|(language, _)| language)
            .collect();
        Ok(Meant { languages, ..meant })
    }

    /// A word, looked up.
    pub(crate) fn known(&self, token: &Token) -> Result<Arc<KnownWord>> {
        let known = self.known.borrow();
        if let Some(known) = known.iter().find(|known| known.is(token)) {
            return Ok(Arc::clone(known));
        }
        drop(known);
        let known = self.look_up(token)?;
        self.known.borrow_mut().push(Arc::clone(&known));
        Ok(known)
    }

    fn look_up(&self, token: &Token) -> Result<Arc<KnownWord>> {
        let spoken = || spoken(&token.folded, &self.vocabulary);
        match self.vocabulary[..] {
            [only] => only.known_words.get(token, spoken),
            _ => Ok(Arc::new(KnownWord::new(token, spoken()?))),
        }
    }

    /// The stems of a word in the languages it may be of.
    pub(crate) fn stems<'w>(&self, word: &'w KnownWord) -> &'w Stems {
        word.stems(|| self.languages_of(&word.spoken))
    }

    /// Whether the records that tell are those of `snapshot`, so that a word's counts are of them.
    pub(crate) fn counts_in(&self, snapshot: &Snapshot) -> bool {
        matches!(self.vocabulary[..], [only] if std::ptr::eq(only, snapshot))
    }

    /// The languages a word may be of: those it is meant in; where no record has it, those of the query, and
    /// where they are not known either, all that records are in.
    fn languages_of(&self, word: &Spoken) -> Vec<Language> {
        if !word.languages.is_empty() {
            word.languages.clone()
        } else if !self.languages.is_empty() {
            self.languages.clone()
        } else {
            let all = self
                .vocabulary
                .iter()
                .flat_map(|records| &records.languages);
            let all: BTreeSet<Language> = all.copied().collect();
            all.into_iter().collect()
        }
    }

    /// Whether a word of some record can be what was meant by `typed`: it is of a language of the query.
    pub(crate) fn allows(&self, typed: &Token, word: &str) -> Result<bool> {
        let of_typed = self.known(typed)?;
        let languages = match &of_typed.spoken.languages[..] {
            [] => &self.languages[..],
            languages => languages,
        };
        if languages.is_empty() {
            return Ok(true);
        }
        let word = self.look_up(&Token {
            folded: word.to_owned(),
            lower: word.to_owned(),
            ..Token::default()
        })?;
        let is_of = |(language, _): &(Option<Language>, u64)| {
            language.is_none_or(|language| languages.contains(&language))
        };
        Ok(word.spoken.counts.iter().any(is_of))
    }

    /// Whether some record has a term among the stems.
    pub(crate) fn knows(&self, stem: &str) -> Result<bool> {
        for segment in self.vocabulary.iter().flat_map(|records| &records.segments) {
            if segment.stems.terms().get(stem)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a word only holds the query together, in the language most of it is in.
    pub(crate) fn is_function_word(&self, token: &Token) -> bool {
        let languages = self.languages.iter().take(1);
        languages
            .copied()
            .any(|language| function_words::is_function_word(&token.folded, language))
    }
}

fn spoken(folded: &str, vocabulary: &[&Snapshot]) -> Result<Spoken> {
    for records in vocabulary {
        let spoken = spoken_in(folded, records)?;
        if !spoken.counts.is_empty() {
            return Ok(spoken);
        }
    }
    Ok(Spoken::default())
}

fn spoken_in(folded: &str, snapshot: &Snapshot) -> Result<Spoken> {
    let start = in_any_language(folded);
    let end = format!("{folded}\u{2}");
    let mut counts: Vec<(Option<Language>, u64)> = Vec::new();
    let mut is_within_others = false;
    for segment in &snapshot.segments {
        let terms = segment.spoken.terms().range();
        let mut stream = terms.ge(&start).lt(&end).into_stream()?;
        while stream.advance() {
            let code = stream.key().get(start.len()..).unwrap_or_default();
            let code = std::str::from_utf8(code).unwrap_or(NO_LANGUAGE);
            let code = match code.strip_prefix(WITHIN_OTHERS) {
                Some(code) => {
                    is_within_others = true;
                    code
                }
                None => code,
            };
            let language = Language::parse(code);
            let records = u64::from(stream.value().doc_freq);
            match counts.iter_mut().find(|(known, _)| *known == language) {
                Some((_, count)) => *count += records,
                None => counts.push((language, records)),
            }
        }
    }
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = counts.first().map_or(0, |(_, records)| *records);
    let (meant, others): (Vec<_>, Vec<_>) = counts
        .iter()
        .filter(|(language, _)| language.is_some())
        .partition(|(_, records)| records * SHARE >= most);
    let unmarked = counts.iter().filter(|(language, _)| language.is_none());
    Ok(Spoken {
        languages: meant.iter().filter_map(|(language, _)| *language).collect(),
        meant: meant.into_iter().chain(unmarked.copied()).collect(),
        has_others: !others.is_empty(),
        is_within_others,
        counts,
    })
}
