//! Words that stand for "and" between two others, in every language: "Bread and Roses" is "Bread & Roses".

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold;
use super::scripts::{self, Script};

/// The words; the file says how to read it.
const FILE: &str = include_str!("connectives.txt");

static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    FILE.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(_, words)| words.split(','))
        .map(|word| fold(word.trim()))
        .collect()
});

/// Whether a folded word can stand for "and". In Chinese and Japanese it is a character like any other.
fn is_connective(folded: &str) -> bool {
    WORDS.contains(folded) && scripts::script_of(folded) != Script::Ideographic
}

/// The numbers of the words that do not: a word that means "and" only does so between two others.
pub(crate) fn telling<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> Vec<usize> {
    let last = words.len().saturating_sub(1);
    words
        .enumerate()
        .filter(|(at, word)| *at == 0 || *at == last || !is_connective(word))
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectives_are_left_out_between_words() {
        let left = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            let telling = telling(words.iter().copied());
            telling
                .iter()
                .map(|&at| words[at])
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (text, expected) in [
            ("bread and roses", "bread roses"),
            ("pan y rosas", "pan rosas"),
            ("brot und rosen", "brot rosen"),
            ("pain et roses", "pain roses"),
            ("pane e rose", "pane rose"),
            ("pa i roses", "pa roses"),
            ("хлеб и розы", "хлеб розы"),
            ("and co", "and co"),
            ("plan e", "plan e"),
            ("y", "y"),
        ] {
            assert_eq!(left(text), expected);
        }
    }
}
