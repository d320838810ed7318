//! The movement's vocabulary across languages: words that mean the same to someone who searches.
//!
//! Each group has one token of its own in the index. A record gets the token of every group one of
//! whose entries it uses, a query word asks for the token of its group: a synonym costs one posting
//! list, however many words the group has. Entries may be several words.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Token, tokenize};

/// The groups; the file says how to read it.
const GROUPS: &str = include_str!("synonyms.txt");

struct Table {
    /// The token of each group, in the order of the file.
    tokens: Vec<String>,
    /// Entries by their first word: the whole entry and its group. Longest first.
    by_first_word: HashMap<String, Vec<(Vec<String>, usize)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut tokens = Vec::new();
    let mut by_first_word: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
    let lines = GROUPS.lines().filter(|line| !line.starts_with('#'));
    for (name, entries) in lines.filter_map(|line| line.split_once(':')) {
        for entry in entries.split(',') {
            let words: Vec<String> = tokenize(entry)
                .into_iter()
                .map(|token| token.folded)
                .collect();
            if let Some(first) = words.first() {
                by_first_word
                    .entry(first.clone())
                    .or_default()
                    .push((words, tokens.len()));
            }
        }
        // No word can contain a tilde, so these never meet a word of a text.
        tokens.push(format!("~{name}"));
    }
    for entries in by_first_word.values_mut() {
        entries.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        entries.dedup();
    }
    Table {
        tokens,
        by_first_word,
    }
});

/// A place in a sequence of words where an entry of the table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// How many words the entry has.
    pub(crate) words: usize,
    /// The index token of its group.
    pub(crate) token: &'static str,
}

/// The entries that start at word `at`, longest first.
pub(crate) fn matches_at(words: &[Token], at: usize) -> impl Iterator<Item = Match> {
    let rest = words.get(at..).unwrap_or_default();
    let candidates = rest
        .first()
        .and_then(|token| TABLE.by_first_word.get(&token.folded));
    candidates
        .into_iter()
        .flatten()
        .filter(move |(entry, _)| {
            entry.len() <= rest.len()
                && entry
                    .iter()
                    .zip(rest)
                    .all(|(word, token)| *word == token.folded)
        })
        .filter_map(|(entry, group)| {
            Some(Match {
                words: entry.len(),
                token: TABLE.tokens.get(*group)?,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<(usize, usize, &'static str)> {
        let words = tokenize(text);
        (0..words.len())
            .flat_map(|at| {
                matches_at(&words, at)
                    .map(|m| (at, m.words, m.token))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn entries_are_found_in_any_dress() {
        assert_eq!(groups("a CO-OP"), [(1, 1, "~coop")]);
        assert_eq!(groups("Coöperatie"), [(0, 1, "~coop")]);
        assert_eq!(groups("our credit unions"), [(1, 2, "~credit_union")]);
        assert_eq!(groups("nothing here"), []);
    }

    #[test]
    fn entries_of_several_words_come_with_the_words_in_them() {
        assert_eq!(
            groups("worker co-op"),
            [(0, 2, "~worker_coop"), (1, 1, "~coop")]
        );
    }

    #[test]
    fn no_entry_stands_in_two_groups() {
        for entries in TABLE.by_first_word.values() {
            for (i, (words, group)) in entries.iter().enumerate() {
                assert!(
                    entries[..i]
                        .iter()
                        .all(|(other, g)| other != words || g == group),
                    "{words:?}"
                );
            }
        }
    }
}
