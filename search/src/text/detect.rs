//! Which language a text of a record is in: from the text itself, from what the record says, from its country.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::function_words;
use super::languages::Language;
use crate::document::{Document, Keyword, TextField, Weight};

/// A text of so many letters is looked at by itself.
const OWN_LETTERS: usize = 60;

/// Texts of fewer letters together are not enough to tell a language by.
const MIN_LETTERS: usize = 24;

/// Of longer texts the beginning tells enough.
const MAX_BYTES: usize = 1200;

/// What names are written in, by country; the file says how to read it.
const COUNTRIES: &str = include_str!("country_languages.txt");

static BY_COUNTRY: LazyLock<HashMap<&str, Vec<Language>>> = LazyLock::new(|| {
    let mut by_country: HashMap<&str, Vec<Language>> = HashMap::new();
    let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    for (language, countries) in lines.filter_map(|line| line.split_once(':')) {
        for country in countries.split_whitespace() {
            by_country
                .entry(country)
                .or_default()
                .extend(Language::parse(language));
        }
    }
    by_country
});

/// The languages of each text of a record, in the order of its texts. More than one where a text is too short
/// to tell which of the record's languages it is in; none where nothing is known.
pub(crate) fn languages(document: &Document) -> Vec<Vec<Language>> {
    let declared = declared(document);
    let likely = if declared.is_empty() {
        spoken(document)
    } else {
        declared
    };
    let prose: Vec<&str> = document
        .text
        .iter()
        .filter(|field| is_prose(field))
        .map(|field| beginning(&field.text))
        .collect();
    let of_prose = detect(&prose.join("\n"), &likely);
    // Names, tags and places are too short to tell.
    let mut others = likely.clone();
    others.extend(of_prose.filter(|language| !likely.contains(language)));
    let of_field = |field: &TextField| match field.language {
        Some(language) => Language::parse(language).into_iter().collect(),
        None if is_prose(field) => match detect(&field.text, &likely).or(of_prose) {
            Some(language) => vec![language],
            None => others.clone(),
        },
        None => others.clone(),
    };
    document.text.iter().map(of_field).collect()
}

/// Whether a text is sentences rather than names and labels.
fn is_prose(field: &TextField) -> bool {
    field.language.is_none()
        && match field.weight {
            Weight::Body | Weight::Head => letters(&field.text) >= MIN_LETTERS,
            Weight::Name | Weight::Code => false,
        }
}

/// What the record says.
fn declared(document: &Document) -> Vec<Language> {
    let mut declared = Vec::new();
    for language in document
        .languages
        .iter()
        .filter_map(|tag| Language::parse(tag))
    {
        if !declared.contains(&language) {
            declared.push(language);
        }
    }
    declared
}

/// What is spoken in the record's country.
fn spoken(document: &Document) -> Vec<Language> {
    let country = document
        .keywords
        .iter()
        .find(|(keyword, _)| *keyword == Keyword::Country);
    country
        .and_then(|(_, country)| BY_COUNTRY.get(country.as_str()))
        .cloned()
        .unwrap_or_default()
}

/// The language of a text: any, where the text is long enough to leave no doubt, otherwise one of those that
/// are likely.
fn detect(text: &str, likely: &[Language]) -> Option<Language> {
    let text = beginning(text);
    let letters = letters(text);
    if letters < MIN_LETTERS {
        return None;
    }
    if let Some(language) = function_words::language_of(text) {
        return Some(language);
    }
    let of = |lang: whatlang::Lang| Language::parse(lang.code());
    let freely = whatlang::detect(text).filter(whatlang::Info::is_reliable);
    if let Some(language) = freely.and_then(|info| of(info.lang()))
        && (letters >= OWN_LETTERS || likely.contains(&language))
    {
        return Some(language);
    }
    if likely.len() < 2 {
        return likely.first().copied();
    }
    let among = whatlang::Lang::all().iter().copied();
    let among = among.filter(|lang| of(*lang).is_some_and(|language| likely.contains(&language)));
    let info = whatlang::Detector::with_allowlist(among.collect()).detect(text)?;
    of(info.lang())
}

fn letters(text: &str) -> usize {
    text.chars()
        .filter(|c| c.is_alphabetic())
        .take(OWN_LETTERS)
        .count()
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_BYTES))
        .unwrap_or(text)
}
