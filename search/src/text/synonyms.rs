//! The movement's vocabulary across languages: words that mean the same to someone who searches.
//!
//! Each group has one token of its own in the index. A record gets the token of every group one of whose
//! entries it uses, a query word asks for the token of its group: a synonym costs one posting list, however
//! many words the group has. Entries may be several words. An entry of a language is found in any form that
//! has its stem, in texts of that language; where the language of a text is not known, as it is written.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::languages::{Language, Stems, is_plausible, stems_in};
use super::{Token, tokenize};

/// The groups; the file says how to read it.
const GROUPS: &str = include_str!("synonyms.txt");

/// The names of countries, a group each; the file says how to read it.
const COUNTRIES: &str = include_str!("countries.txt");

/// Codes of countries that mean something else to who types them.
const OTHER_CODES: [&str; 9] = ["AI", "CD", "IO", "IT", "MS", "PA", "PR", "SC", "TV"];

struct Entry {
    /// The forms that each word may have, folded or stemmed.
    words: Vec<Vec<String>>,
    group: usize,
}

/// Entries by the forms of their first word.
type ByFirstWord = HashMap<String, Vec<Entry>>;

#[derive(Default)]
struct Table {
    /// The token of each group, in the order of the files.
    tokens: Vec<String>,
    /// By stem, in texts of a language.
    by_language: HashMap<Language, ByFirstWord>,
    /// As written, in texts of any language.
    everywhere: ByFirstWord,
    /// As written, in texts whose language is not known.
    anywhere: ByFirstWord,
}

impl Table {
    fn add(&mut self, language: Option<Language>, entry: &str) {
        let tokens = tokenize(entry);
        let folded = tokens.iter().map(|token| vec![token.folded.clone()]);
        let folded: Vec<Vec<String>> = folded.collect();
        let group = self.tokens.len();
        let Some(language) = language else {
            insert(&mut self.everywhere, &folded, group);
            return;
        };
        let stems = |token: &Token| {
            let mut stems = Vec::new();
            language.stems(token, &mut stems);
            stems
        };
        let stemmed: Vec<Vec<String>> = tokens.iter().map(stems).collect();
        insert(
            self.by_language.entry(language).or_default(),
            &stemmed,
            group,
        );
        insert(&mut self.anywhere, &folded, group);
    }
}

fn insert(map: &mut ByFirstWord, words: &[Vec<String>], group: usize) {
    for first in words.first().cloned().unwrap_or_default() {
        let words = words.to_vec();
        map.entry(first).or_default().push(Entry { words, group });
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for (name, sections) in groups(GROUPS) {
        for section in sections.split(';') {
            let section = section.trim();
            let (code, entries) = section.split_once(' ').unwrap_or_default();
            for entry in entries.split(',') {
                table.add(Language::parse(code), entry);
            }
        }
        // No word can contain a tilde, so these never meet a word of a text.
        table.tokens.push(format!("~{name}"));
    }
    for (code, names) in groups(COUNTRIES) {
        for name in names.split('|') {
            table.add(None, name);
        }
        table.tokens.push(country(code));
    }
    table
});

fn groups(file: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(':'))
}

/// The token of a country's group, by its code (ISO 3166-1 alpha-2, capitals).
pub(crate) fn country(code: &str) -> String {
    format!("~country {code}")
}

/// The code of the country that a token is of.
pub(crate) fn code_of_country(token: &str) -> Option<&str> {
    token.strip_prefix("~country ")
}

/// The group of the country that a word stands for as a code: typed in capitals, and meaning nothing else.
pub(crate) fn country_of_code(typed: &str) -> Option<String> {
    let is_code = typed.len() == 2 && typed.bytes().all(|b| b.is_ascii_uppercase());
    (is_code && !OTHER_CODES.contains(&typed)).then(|| country(typed))
}

/// What is left of a word has more letters than this to be its singular.
const MIN_SINGULAR: usize = 3;

/// Endings of plurals, in whatever language: an entry without one is meant by a word with it.
const PLURALS: [&str; 6] = ["es", "s", "en", "n", "er", "e"];

/// A word with its stems in the languages it may be of.
pub(crate) struct Stemmed<'a> {
    pub(crate) token: &'a Token,
    pub(crate) stems: Cow<'a, [(Language, Vec<String>)]>,
    /// What else the word may be as it is written: its singular.
    singulars: Vec<&'a str>,
}

impl<'a> Stemmed<'a> {
    pub(crate) fn new(token: &'a Token, languages: &[Language]) -> Stemmed<'a> {
        Stemmed {
            token,
            stems: stems_in(token, languages).into(),
            singulars: Vec::new(),
        }
    }

    /// A word whose stems are known.
    pub(crate) fn known(token: &'a Token, stems: &'a Stems) -> Stemmed<'a> {
        Stemmed {
            token,
            stems: stems.into(),
            singulars: Vec::new(),
        }
    }

    /// A word of which nobody knows the language: only what is near to it counts.
    pub(crate) fn near(token: &'a Token, stems: &Stems) -> Stemmed<'a> {
        let near = stems.iter().map(|(language, stems)| {
            let near = stems
                .iter()
                .filter(|stem| is_plausible(&token.folded, stem));
            (*language, near.cloned().collect())
        });
        let near: Stems = near
            .filter(|(_, stems): &(_, Vec<_>)| !stems.is_empty())
            .collect();
        let singulars = PLURALS
            .iter()
            .filter_map(|plural| token.folded.strip_suffix(plural));
        Stemmed {
            token,
            stems: near.into(),
            singulars: singulars
                .filter(|singular| singular.chars().count() > MIN_SINGULAR)
                .collect(),
        }
    }

    /// The word as it is written, and as it may be written in the singular.
    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.token.folded.as_str()).chain(self.singulars.iter().copied())
    }

    fn stems_in(&self, language: Language) -> &[String] {
        let stems = self.stems.iter().find(|(known, _)| *known == language);
        stems.map_or(&[], |(_, stems)| stems)
    }
}

/// A place in a sequence of words where an entry of the table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// How many words the entry has.
    pub(crate) words: usize,
    /// The index token of its group.
    pub(crate) token: &'static str,
}

/// The entries that start at word `at`, longest first. Of words whose language is not known, or when it is
/// `anything`, every language's count, as they are written.
pub(crate) fn matches_at(words: &[Stemmed<'_>], at: usize, anything: bool) -> Vec<Match> {
    let rest = words.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else {
        return Vec::new();
    };
    let table = &*TABLE;
    let mut found = Vec::new();
    let written = |word: &Stemmed<'_>, forms: &[String]| {
        word.written()
            .any(|written| forms.iter().any(|form| form == written))
    };
    for form in first.written() {
        find(&table.everywhere, form, rest, written, &mut found);
        if anything || first.stems.is_empty() {
            find(&table.anywhere, form, rest, written, &mut found);
        }
    }
    for (language, stems) in first.stems.iter() {
        let stemmed = |word: &Stemmed<'_>, forms: &[String]| {
            let stems = word.stems_in(*language);
            stems.iter().any(|stem| forms.contains(stem))
        };
        for stem in stems {
            find(&table.everywhere, stem, rest, stemmed, &mut found);
        }
        let Some(entries) = table.by_language.get(language) else {
            continue;
        };
        for stem in stems {
            find(entries, stem, rest, stemmed, &mut found);
        }
    }
    found.sort_by_key(|entry| std::cmp::Reverse(entry.words));
    found
}

fn find(
    entries: &'static ByFirstWord,
    first: &str,
    words: &[Stemmed<'_>],
    is_form: impl Fn(&Stemmed<'_>, &[String]) -> bool,
    found: &mut Vec<Match>,
) {
    for entry in entries.get(first).into_iter().flatten() {
        let stands_here = entry.words.len() <= words.len()
            && entry
                .words
                .iter()
                .zip(words)
                .all(|(forms, word)| is_form(word, forms));
        let token = TABLE.tokens.get(entry.group).filter(|_| stands_here);
        let new = token.map(|token| Match {
            words: entry.words.len(),
            token,
        });
        found.extend(new.filter(|new| !found.contains(new)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups_in(text: &str, languages: &[&str]) -> Vec<(usize, usize, &'static str)> {
        let tokens = tokenize(text);
        let languages: Vec<Language> = languages
            .iter()
            .filter_map(|l| Language::parse(l))
            .collect();
        let words: Vec<Stemmed<'_>> = tokens
            .iter()
            .map(|token| Stemmed::new(token, &languages))
            .collect();
        (0..words.len())
            .flat_map(|at| {
                matches_at(&words, at, false)
                    .iter()
                    .map(|m| (at, m.words, m.token))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn entries_are_found_in_any_dress() {
        assert_eq!(groups_in("a CO-OP", &["en"]), [(1, 1, "~coop")]);
        assert_eq!(groups_in("Coöperatie", &["nl"]), [(0, 1, "~coop")]);
        assert_eq!(
            groups_in("our credit unions", &["en"]),
            [(1, 2, "~credit_union")]
        );
        assert_eq!(groups_in("nothing here", &["en"]), []);
        assert_eq!(
            groups_in("Vereinigtes Königreich", &[]),
            [(0, 2, "~country GB")]
        );
    }

    #[test]
    fn entries_are_those_of_the_texts_language() {
        assert!(groups_in("pub", &["en"]).len() == 1);
        assert_eq!(
            groups_in("une pub à la radio", &["fr"])
                .iter()
                .filter(|m| m.2 == "~pub")
                .count(),
            0
        );
        assert!(!groups_in("pub", &[]).is_empty());
    }

    #[test]
    fn entries_of_several_words_come_with_the_words_in_them() {
        let found = groups_in("worker co-op", &["en"]);
        assert!(found.contains(&(0, 2, "~worker_coop")), "{found:?}");
        assert!(found.contains(&(1, 1, "~coop")), "{found:?}");
    }

    #[test]
    fn no_entry_stands_in_two_groups_of_a_language() {
        let mut twice = Vec::new();
        for (language, entries) in &TABLE.by_language {
            for entries in entries.values() {
                for (i, entry) in entries.iter().enumerate() {
                    let same =
                        |other: &&Entry| other.words == entry.words && other.group != entry.group;
                    for other in entries[..i].iter().filter(same) {
                        let groups = [other.group, entry.group].map(|group| &TABLE.tokens[group]);
                        twice.push(format!(
                            "{} {:?} {groups:?}",
                            language.as_str(),
                            entry.words
                        ));
                    }
                }
            }
        }
        twice.sort();
        twice.dedup();
        assert!(twice.is_empty(), "{}", twice.join("\n"));
        assert!(TABLE.tokens.len() > 300);
    }
}
