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

/// Whether a folded word is one in a language.
pub(crate) fn is_function_word(folded: &str, language: Language) -> bool {
    let words = WORDS.get(&language);
    words.is_some_and(|words| words.contains(folded))
}
