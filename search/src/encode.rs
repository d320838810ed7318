//! From a [`Document`] to what the index stores: see [`crate::texts`] for its words.

use std::collections::BTreeSet;

use tantivy::TantivyDocument;

use crate::document::{Document, Keyword, MAX_QUALITY, Weight};
use crate::packed;
use crate::schema::Fields;
use crate::stored::about;
use crate::text::{Language, Token, connectives, detect, fold, fold_value, synonyms};
use crate::texts::Texts;

/// The highest impact a word can have in a record.
pub(crate) const MAX_IMPACT: u8 = 16;

/// Longer names sort by their beginning only, then by id: cursors carry it, and their length is limited.
/// Counted in bytes, as one character may fold to many.
const MAX_ORDER_BYTES: usize = 500;

/// What unites `kind` and `id` to the index's unique key.
pub(crate) fn key(kind: crate::Kind, id: &str) -> String {
    format!("{}:{id}", kind.as_str())
}

/// The value of [`Fields::order`].
pub(crate) fn order(document: &Document) -> String {
    // Quotes and dashes in front of a name are not where people look for it.
    let name = fold_value(&document.sort_name);
    let bare = name.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut order = if bare.is_empty() {
        name
    } else {
        bare.to_owned()
    };
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

/// A name as one term: its words, folded and run together, without those that only stand for "and". `None` when
/// it has none.
pub(crate) fn whole_name(tokens: &[Token]) -> Option<String> {
    let telling = connectives::telling(tokens.iter().map(|token| token.folded.as_str()));
    let whole: String = telling
        .iter()
        .map(|&at| tokens[at].folded.as_str())
        .collect();
    (!whole.is_empty()).then_some(whole)
}

/// A name as one term with all its letters and digits, for those who type it without spaces. `None` when it has
/// none.
pub(crate) fn run_together(name: &str) -> Option<String> {
    let mut whole = fold(name);
    whole.retain(char::is_alphanumeric);
    (!whole.is_empty()).then_some(whole)
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
    out.add_u64(fields.quality, u64::from(document.quality.min(MAX_QUALITY)));
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
    let mut texts = Texts::default();
    for (field, languages) in document.text.iter().zip(detect::languages(document)) {
        texts.add(field, &languages);
    }
    for (keyword, value) in &document.keywords {
        if *keyword == Keyword::Country {
            texts.add_group(&synonyms::country(value), Weight::Head);
        }
    }
    let codes: BTreeSet<&str> = texts.languages.iter().map(Language::as_str).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    out.add_text(fields.about, about(document, &codes.join(" ")));
    for language in texts.languages.iter().filter(|known| known.has_stemmer()) {
        out.add_text(fields.languages, language.as_str());
    }
    out.add_text(fields.words, texts.words.encode());
    out.add_text(fields.stems, texts.stems.encode());
    out.add_text(fields.joined, texts.joined.encode());
    out.add_text(fields.phrases, &texts.phrases);
    for word in &texts.spoken {
        out.add_text(fields.spoken, word);
    }
    for name in &texts.names {
        out.add_text(fields.names, name);
    }
    for form in &texts.forms {
        out.add_text(fields.forms, form);
    }
    out.add_text(fields.view, &document.view);
}
