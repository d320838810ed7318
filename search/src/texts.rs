//! The texts of one record, taken apart into the words it is found by.
//!
//! Each word gets one number, its impact, from 1 to [`MAX_IMPACT`]: high when it stands in the name, lower in what
//! sums the record up, lowest in running text; a little higher in a short field and when it occurs often. The
//! ranges of the three do not overlap, so a name always beats a summary and a summary a description. The number
//! is stored where the library keeps a word's frequency.

use std::collections::{BTreeSet, HashMap};

use crate::document::{TextField, Weight};
use crate::encode::{MAX_IMPACT, run_together, whole_name};
use crate::text::encoded::mark;
use crate::text::scripts::Script;
use crate::text::synonyms::Stemmed;
use crate::text::{Language, Token, compounds, connectives, scripts, synonyms, tokenize};

/// Room between two texts of a record, so that no phrase spans them. At most 64.
const GAP: u32 = 32;

/// A part of a compound counts as if it stood in a text of at least so many words.
const PART_WORDS: usize = 7;

/// Of words joined by hyphens, apostrophes and the like, so many are also found run together.
const MAX_JOINED: usize = 3;

/// What separates a word from its language in a term.
const IN: char = '\u{1}';

/// The language of words whose language is not known, or has no stemmer.
pub(crate) const NO_LANGUAGE: &str = "-";

/// The term of a stem, or of a word, in a language: `None` for one that is not known, or has no stemmer.
pub(crate) fn in_language(word: &str, language: Option<Language>) -> String {
    let code = language.as_ref().map_or(NO_LANGUAGE, Language::as_str);
    format!("{word}{IN}{code}")
}

/// Stands before the language of a word that a record has within a longer one, or as a code.
pub(crate) const WITHIN_OTHERS: char = '+';

/// The term that tells that a record has a word in a language, but not as a word of its own.
fn within_others(word: &str, language: Option<Language>) -> String {
    let code = language.as_ref().map_or(NO_LANGUAGE, Language::as_str);
    format!("{word}{IN}{WITHIN_OTHERS}{code}")
}

/// The start of all terms of a word, whatever its language.
pub(crate) fn in_any_language(word: &str) -> String {
    format!("{word}{IN}")
}

/// The term of two neighbours in a script without spaces, which are of one word, as far as a dictionary knows.
pub(crate) fn neighbours(pair: &str) -> String {
    format!("\u{2}{pair}")
}

/// The term of two neighbours that a dictionary takes for parts of two words.
pub(crate) fn strangers(pair: &str) -> String {
    format!("\u{3}{pair}")
}

#[derive(Default)]
struct Impact {
    base: u8,
    cap: u8,
    occurrences: u8,
}

impl Impact {
    /// `words` is the length of the field the word stands in.
    fn add(&mut self, weight: Weight, words: usize) {
        let (base, cap) = match (weight, words) {
            (Weight::Name, 0..=3) => (13, MAX_IMPACT),
            (Weight::Name, 4..=6) => (12, MAX_IMPACT),
            (Weight::Name, _) => (11, MAX_IMPACT),
            (Weight::Head, 0..=6) => (7, 9),
            (Weight::Head, _) => (6, 9),
            (Weight::Body, 0..=50) => (3, 5),
            (Weight::Body, 51..=200) => (2, 5),
            (Weight::Body, _) => (1, 5),
            (Weight::Code, _) => (1, 1),
        };
        if base > self.base {
            (self.base, self.cap) = (base, cap);
        }
        self.occurrences = self.occurrences.saturating_add(1);
    }

    fn value(&self) -> u8 {
        (self.base + self.occurrences.saturating_sub(1).min(3)).min(self.cap)
    }
}

/// The words of a record with their impacts.
#[derive(Default)]
pub(crate) struct Impacts(HashMap<String, Impact>);

impl Impacts {
    fn add(&mut self, word: &str, weight: Weight, words: usize) {
        if let Some(impact) = self.0.get_mut(word) {
            impact.add(weight, words);
        } else {
            self.0
                .entry(word.to_owned())
                .or_default()
                .add(weight, words);
        }
    }

    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        for (word, impact) in &self.0 {
            text.push(mark(impact.value()));
            text.push_str(word);
            text.push('\n');
        }
        text
    }
}

/// The words of a record, by what they are found by.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) words: Impacts,
    pub(crate) stems: Impacts,
    pub(crate) joined: Impacts,
    pub(crate) phrases: String,
    /// The place of the last word written to `phrases`.
    last_place: u32,
    pub(crate) spoken: BTreeSet<String>,
    pub(crate) names: BTreeSet<String>,
    pub(crate) forms: BTreeSet<String>,
    pub(crate) languages: BTreeSet<Language>,
}

/// A text being added.
struct Text<'a> {
    weight: Weight,
    languages: &'a [Language],
    tokens: &'a [Token],
}

impl Texts {
    /// Adds a text that is in one of `languages`.
    pub(crate) fn add(&mut self, field: &TextField, languages: &[Language]) {
        let tokens = tokenize(&field.text);
        let is_code = field.weight == Weight::Code;
        let text = Text {
            weight: field.weight,
            languages: if is_code { &[] } else { languages },
            tokens: &tokens,
        };
        if is_code {
            self.add_code(&text);
            return;
        }
        if field.weight == Weight::Name {
            self.names.extend(whole_name(&tokens));
            self.names.extend(run_together(&field.text));
        }
        self.languages.extend(languages);
        self.add_words(&text);
        self.add_joined(&text);
        self.add_neighbours(&field.text, &text);
        self.add_places(&tokens);
    }

    /// Adds the token of a synonym group.
    pub(crate) fn add_group(&mut self, token: &str, weight: Weight) {
        self.stems.add(token, weight, PART_WORDS);
    }

    fn add_code(&mut self, text: &Text<'_>) {
        for token in text.tokens {
            self.add_word(&Stemmed::new(token, text.languages), text);
        }
        if text.tokens.len() > 1
            && let Some(whole) = whole_name(text.tokens)
        {
            self.add_form(&whole, text);
        }
    }

    fn add_words(&mut self, text: &Text<'_>) {
        let stemmed = |token| Stemmed::new(token, text.languages);
        let stemmed: Vec<Stemmed<'_>> = text.tokens.iter().map(stemmed).collect();
        for (at, word) in stemmed.iter().enumerate() {
            self.add_word(word, text);
            for form in word.token.parts.iter().chain(&word.token.spelled_out()) {
                self.add_form(form, text);
            }
            for &language in text.languages {
                for part in compounds::parts(&word.token.folded, language) {
                    self.add_part(part, language, text.weight);
                }
            }
            for entry in synonyms::matches_at(&stemmed, at, false) {
                self.stems.add(entry.token, text.weight, text.tokens.len());
            }
            if word.token.lower != word.token.folded {
                self.forms
                    .insert(format!("{}\0{}", word.token.folded, word.token.lower));
            }
        }
    }

    fn add_word(&mut self, word: &Stemmed<'_>, text: &Text<'_>) {
        let (folded, words) = (&word.token.folded, text.tokens.len());
        let is_code = text.weight == Weight::Code;
        if !is_code {
            // A code is no word that another begins, or is misspelt: there is one for each record.
            self.words.add(folded, text.weight, words);
        }
        let mut any = false;
        for (language, stems) in word.stems.iter().filter(|(known, _)| known.has_stemmer()) {
            any = true;
            for stem in stems {
                let stem = in_language(stem, Some(*language));
                self.stems.add(&stem, text.weight, words);
            }
            self.spoken.insert(in_language(folded, Some(*language)));
        }
        if !any {
            let unmarked = in_language(folded, None);
            self.stems.add(&unmarked, text.weight, words);
            self.spoken.insert(if is_code {
                within_others(folded, None)
            } else {
                unmarked
            });
        }
    }

    /// Adds another form of a word, or of several, that stands in a text.
    fn add_form(&mut self, form: &str, text: &Text<'_>) {
        if let [token] = &tokenize(form)[..] {
            self.add_word(&Stemmed::new(token, text.languages), text);
        }
    }

    fn add_part(&mut self, part: &str, language: Language, weight: Weight) {
        let tokens = tokenize(part);
        let stemmed: Vec<Stemmed<'_>> = tokens
            .iter()
            .map(|token| Stemmed::new(token, &[language]))
            .collect();
        for stem in stemmed.iter().flat_map(|word| word.stems.iter()) {
            for stem in &stem.1 {
                self.stems
                    .add(&in_language(stem, Some(language)), weight, PART_WORDS);
            }
        }
        self.spoken.insert(within_others(part, Some(language)));
        for entry in synonyms::matches_at(&stemmed, 0, false) {
            self.stems.add(entry.token, weight, PART_WORDS);
        }
    }

    /// Adds words that stand together as one: in running text where a hyphen or the like joins them, in names,
    /// tags and summaries wherever they do.
    fn add_joined(&mut self, text: &Text<'_>) {
        for at in 0..text.tokens.len() {
            let mut whole = text.tokens[at].folded.clone();
            let following = text.tokens.iter().skip(at + 1).take(MAX_JOINED - 1);
            for next in following {
                if !next.is_joined || scripts::script_of(&next.folded) != Script::Spaced {
                    break;
                }
                whole.push_str(&next.folded);
                self.add_form(&whole, text);
            }
        }
        if text.weight < Weight::Head {
            return;
        }
        let folded = || text.tokens.iter().map(|token| token.folded.as_str());
        let telling = connectives::telling(folded());
        let pairs = telling.windows(2).map(|pair| (pair[0], pair[1]));
        let all = (1..text.tokens.len()).map(|at| (at - 1, at));
        let pairs: BTreeSet<(usize, usize)> = pairs.chain(all).collect();
        for (one, other) in pairs {
            let (one, other) = (&text.tokens[one], &text.tokens[other]);
            if !one.is_ideographic() && !other.is_ideographic() {
                let pair = format!("{}{}", one.folded, other.folded);
                self.joined.add(&pair, text.weight, text.tokens.len());
            }
        }
    }

    /// Adds the neighbours in scripts without spaces.
    fn add_neighbours(&mut self, typed: &str, text: &Text<'_>) {
        let words = text.tokens.len();
        for token in text.tokens.iter().filter(|token| !token.is_ideographic()) {
            for pair in scripts::pairs(&token.folded) {
                self.stems.add(&neighbours(&pair), text.weight, words);
            }
        }
        let is_run = |one: &Token, other: &Token| {
            other.is_joined && other.is_ideographic() == one.is_ideographic()
        };
        for run in text.tokens.chunk_by(is_run) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            if !first.is_ideographic() || run.len() < 2 {
                continue;
            }
            let Some(written) = typed.get(first.range.start..last.range.end) else {
                continue;
            };
            let seams = scripts::seams(written);
            for pair in run.windows(2) {
                let both = format!("{}{}", pair[0].folded, pair[1].folded);
                let middle = pair[1].range.start - first.range.start;
                let term = if seams.binary_search(&middle).is_ok() {
                    strangers(&both)
                } else {
                    neighbours(&both)
                };
                self.stems.add(&term, text.weight, words);
            }
        }
    }

    fn add_places(&mut self, tokens: &[Token]) {
        let start = self.last_place + GAP;
        for token in tokens {
            self.place(&token.folded, start + token.position);
            for (place, part) in (start + token.position..).zip(&token.parts) {
                self.place(part, place);
            }
        }
    }

    fn place(&mut self, word: &str, place: u32) {
        let steps = place.saturating_sub(self.last_place);
        self.phrases
            .push(mark(u8::try_from(steps).unwrap_or(u8::MAX)));
        self.phrases.push_str(word);
        self.phrases.push('\n');
        self.last_place = place;
    }
}
