//! From a [`Document`] to what the index stores.
//!
//! Each word of a record gets one number, its impact, from 1 to [`MAX_IMPACT`]: high when it stands in
//! the name, lower in what sums the record up, lowest in running text; a little higher in a short field
//! and when it occurs often. The ranges of the three do not overlap, so a name always beats a summary
//! and a summary a description. The number is stored where the library keeps a word's frequency.

use std::collections::{BTreeSet, HashMap};

use tantivy::TantivyDocument;

use crate::document::{Document, Keyword, TextField, Weight};
use crate::packed;
use crate::schema::Fields;
use crate::stored::about;
use crate::text::encoded::mark;
use crate::text::{Token, fold_value, languages, synonyms, tokenize};

/// The highest impact a word can have in a record.
pub(crate) const MAX_IMPACT: u8 = 16;

/// Room between two texts of a record, so that no phrase spans them. At most 64.
const GAP: u32 = 32;

/// Longer names sort by their beginning only, then by id: cursors carry it, and their length is limited.
/// Counted in bytes, as one character may fold to many.
const MAX_ORDER_BYTES: usize = 500;

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
struct Impacts(HashMap<String, Impact>);

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

    fn encode(&self) -> String {
        let mut text = String::new();
        for (word, impact) in &self.0 {
            text.push(mark(impact.value()));
            text.push_str(word);
            text.push('\n');
        }
        text
    }
}

/// What unites `kind` and `id` to the index's unique key.
pub(crate) fn key(kind: crate::Kind, id: &str) -> String {
    format!("{}:{id}", kind.as_str())
}

/// The value of [`Fields::order`].
pub(crate) fn order(document: &Document) -> String {
    let mut order = fold_value(&document.sort_name);
    order.truncate(order.floor_char_boundary(MAX_ORDER_BYTES));
    order.push('\0');
    order.push_str(&key(document.kind, &document.id));
    order
}

/// The value of [`Fields::order_start`].
fn order_start(order: &str) -> u64 {
    let mut start = [0; 8];
    for (to, from) in start.iter_mut().zip(order.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(start)
}

/// A name as one term: its words, folded, with one space between. `None` when it has none.
pub(crate) fn whole_name(tokens: &[Token]) -> Option<String> {
    let words: Vec<&str> = tokens.iter().map(|token| token.folded.as_str()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The term of a keyword: the value, and before it, when people type it freely, its folded form.
fn keyword_term(keyword: Keyword, value: &str) -> Option<String> {
    if !keyword.typed_freely() {
        return (!value.is_empty()).then(|| value.to_owned());
    }
    let folded = fold_value(value);
    let typed = value.split(['\0']).collect::<String>();
    (!folded.is_empty()).then(|| format!("{folded}\0{}", typed.trim()))
}

/// Everything of a document, in the library's terms.
pub(crate) fn encode(document: &Document, fields: &Fields) -> TantivyDocument {
    let mut out = TantivyDocument::new();
    let key = key(document.kind, &document.id);
    out.add_text(fields.kind, document.kind.as_str());
    out.add_text(fields.key, &key);
    let order = order(document);
    out.add_u64(fields.order_start, order_start(&order));
    out.add_text(fields.order, order);
    out.add_i64(fields.created_at, document.created_at);
    out.add_i64(fields.updated_at, document.updated_at);
    add_numbers(&mut out, document, fields);
    add_keywords(&mut out, document, fields);
    add_texts(&mut out, document, fields);
    out
}

fn add_numbers(out: &mut TantivyDocument, document: &Document, fields: &Fields) {
    for (field, value) in [
        (fields.posted_at, document.posted_at),
        (fields.expires_at, document.expires_at),
        (fields.salary, document.salary),
    ] {
        if let Some(value) = value {
            out.add_i64(field, value);
        }
    }
    if let Some((from, to)) = document.utc_offsets {
        out.add_u64(fields.utc_offsets, packed::offsets(from, to));
    }
    for location in document.locations.iter().copied().filter_map(packed::place) {
        out.add_u64(fields.locations, location);
    }
    if let Some(group) = &document.group {
        out.add_u64(fields.group, packed::group(group));
    }
}

fn add_keywords(out: &mut TantivyDocument, document: &Document, fields: &Fields) {
    let mut seen = BTreeSet::new();
    for (keyword, value) in &document.keywords {
        let Some(term) = keyword_term(*keyword, value) else {
            continue;
        };
        let unique = term.split('\0').next().unwrap_or_default().to_owned();
        if seen.insert((*keyword, unique)) {
            out.add_text(fields.keywords[keyword.index()], term);
        }
    }
}

fn add_texts(out: &mut TantivyDocument, document: &Document, fields: &Fields) {
    let algorithms = languages::algorithms(&document.languages);
    let mut texts = Texts::default();
    for field in &document.text {
        texts.add(field, &algorithms);
    }
    out.add_text(fields.words, texts.words.encode());
    out.add_text(fields.stems, texts.stems.encode());
    out.add_text(fields.phrases, &texts.phrases);
    for name in &texts.names {
        out.add_text(fields.names, name);
    }
    for form in &texts.forms {
        out.add_text(fields.forms, form);
    }
    for algorithm in &algorithms {
        out.add_text(fields.stemmers, algorithm.name());
    }
    let names: Vec<&str> = algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    out.add_text(fields.about, about(document, &names.join(" ")));
    out.add_text(fields.view, &document.view);
}

/// The texts of one record, being taken apart.
#[derive(Default)]
struct Texts {
    words: Impacts,
    stems: Impacts,
    phrases: String,
    /// The place of the last word written to `phrases`.
    last_place: u32,
    names: BTreeSet<String>,
    forms: BTreeSet<String>,
}

impl Texts {
    fn add(&mut self, field: &TextField, algorithms: &[frostem::Algorithm]) {
        let tokens = tokenize(&field.text);
        if field.weight == Weight::Name {
            self.names.extend(whole_name(&tokens));
        }
        let start = self.last_place + GAP;
        let mut stems = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            self.words.add(&token.folded, field.weight, tokens.len());
            for part in &token.parts {
                self.words.add(part, field.weight, tokens.len());
            }
            stems.clear();
            stem(token, algorithms, &mut stems);
            stems.extend(synonyms::matches_at(&tokens, at).map(|m| m.token.to_owned()));
            for stem in &stems {
                self.stems.add(stem, field.weight, tokens.len());
            }
            if token.lower != token.folded {
                self.forms
                    .insert(format!("{}\0{}", token.folded, token.lower));
            }
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

/// What a word of a record is found by: its stems, or the word itself when no stemmer is known.
fn stem(token: &Token, algorithms: &[frostem::Algorithm], out: &mut Vec<String>) {
    if algorithms.is_empty() {
        out.push(token.folded.clone());
    } else {
        languages::stems(token, algorithms, out);
    }
    for part in &token.parts {
        if !out.contains(part) {
            out.push(part.clone());
        }
    }
}
