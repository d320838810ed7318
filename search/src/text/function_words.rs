//! Words that hold a sentence together and say nothing about what is looked for: articles, prepositions.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold;
use super::languages::Language;

/// The words; the file says how to read it.
const FILE: &str = include_str!("function_words.txt");

static WORDS: LazyLock<HashMap<Language, HashSet<String>>> = LazyLock::new(|| {
    let lines = FILE.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(language, words)| {
            let words = words.split(',').map(|word| fold(word.trim()));
            Some((Language::parse(language)?, words.collect()))
        })
        .collect()
});

/// A text with so many words more of one language than of any other is in that language.
const LEAD: usize = 2;

static LANGUAGES: LazyLock<HashMap<&str, Vec<Language>>> = LazyLock::new(|| {
    let mut languages: HashMap<&str, Vec<Language>> = HashMap::new();
    for (language, words) in &*WORDS {
        for word in words {
            languages.entry(word).or_default().push(*language);
        }
    }
    languages
});

/// The language whose function words a text has, if it has those of one rather than of others. A few tell more
/// than all other words of a short text.
pub(crate) fn language_of(text: &str) -> Option<Language> {
    let mut counts: HashMap<Language, usize> = HashMap::new();
    for word in text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
    {
        for language in LANGUAGES.get(fold(word).as_str()).into_iter().flatten() {
            *counts.entry(*language).or_default() += 1;
        }
    }
    let mut counts: Vec<(usize, Language)> =
        counts.into_iter().map(|(l, count)| (count, l)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let second = counts.get(1).map_or(0, |(count, _)| *count);
    let (most, language) = *counts.first()?;
    (most >= second + LEAD).then_some(language)
}

/// Whether a folded word is one in a language.
pub(crate) fn is_function_word(folded: &str, language: Language) -> bool {
    let words = WORDS.get(&language);
    words.is_some_and(|words| words.contains(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_function_words_tell_the_language() {
        for (text, code) in [
            (
                "Nous cultivons des légumes et des fleurs avec les habitants du quartier",
                "fr",
            ),
            (
                "Vegetables and flowers grown by neighbours on old railway land for everybody",
                "en",
            ),
            (
                "Cultivamos verduras y flores con los vecinos del barrio desde hace diez años",
                "es",
            ),
            (
                "Die Mitglieder betreiben gemeinsam Server für Webseiten und E-Mail",
                "de",
            ),
            (
                "Coltiviamo ortaggi e fiori con gli abitanti del quartiere da dieci anni",
                "it",
            ),
            ("Wij bakken brood voor de buurt en het hele dorp", "nl"),
            ("Vi odlar grönsaker och blommor till alla som bor här", "sv"),
        ] {
            let found = language_of(text).map(|language| language.as_str().to_owned());
            assert_eq!(found.as_deref(), Some(code), "{text}");
        }
        assert_eq!(language_of("Webarchitects Sheffield"), None);
        assert_eq!(language_of("the"), None);
    }
}
