//! Words made of words: `Baugenossenschaft`, `Fahrradwerkstatt`, `woningcorporatie`.
//!
//! A compound is taken apart when every part is in the committed list of the movement's and its trades' nouns,
//! or when it ends in a long one of them: what stands before may be anything, such as a place.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold;
use super::languages::Language;

/// The nouns; the file says how to read it.
const FILE: &str = include_str!("compounds.txt");

/// A noun of so many letters at the end of a word is no accident.
const LONG: usize = 8;

/// What may stand before a long noun has at least so many letters.
const MIN_REST: usize = 3;

/// A compound has at most so many nouns.
const MAX_PARTS: usize = 4;

/// Letters that join the parts of a compound.
const JOINTS: [&str; 7] = ["", "s", "n", "en", "es", "e", "er"];

static NOUNS: LazyLock<HashMap<Language, HashSet<String>>> = LazyLock::new(|| {
    let lines = FILE.lines().filter(|line| !line.starts_with('#'));
    let mut nouns: HashMap<Language, HashSet<String>> = HashMap::new();
    for (language, words) in lines.filter_map(|line| line.split_once(':')) {
        if let Some(language) = Language::parse(language) {
            let words = words.split(',').map(|word| fold(word.trim()));
            nouns.entry(language).or_default().extend(words);
        }
    }
    nouns
});

/// The parts of a folded word that are nouns of the list; none when it is no compound.
pub(crate) fn parts(folded: &str, language: Language) -> Vec<&str> {
    let Some(nouns) = NOUNS.get(&language) else {
        return Vec::new();
    };
    if nouns.contains(folded) && folded.chars().count() < 2 * LONG {
        return Vec::new();
    }
    if let Some(parts) = all_parts(folded, nouns, MAX_PARTS)
        && parts.len() > 1
    {
        return parts;
    }
    let starts = folded.char_indices().map(|(at, _)| at).skip(MIN_REST);
    for start in starts {
        let end = &folded[start..];
        if end.chars().count() < LONG {
            break;
        }
        if nouns.contains(end) {
            return vec![end];
        }
    }
    Vec::new()
}

/// The word as a row of nouns, with joints between them; the longest first part that leads to one.
fn all_parts<'a>(word: &'a str, nouns: &HashSet<String>, most: usize) -> Option<Vec<&'a str>> {
    let most = most.checked_sub(1)?;
    let ends = word.char_indices().map(|(at, _)| at).chain([word.len()]);
    let mut ends: Vec<usize> = ends.skip(MIN_REST).collect();
    ends.reverse();
    for end in ends {
        let (part, rest) = word.split_at(end);
        if !nouns.contains(part) {
            continue;
        }
        if rest.is_empty() {
            return Some(vec![part]);
        }
        for joint in JOINTS {
            if let Some(rest) = rest.strip_prefix(joint)
                && !rest.is_empty()
                && let Some(parts) = all_parts(rest, nouns, most)
            {
                return Some([vec![part], parts].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounds_come_apart() {
        let german = Language::parse("de").unwrap();
        for (word, expected) in [
            ("baugenossenschaft", vec!["bau", "genossenschaft"]),
            ("energiegenossenschaft", vec!["energie", "genossenschaft"]),
            ("wohnungsgenossenschaft", vec!["wohnung", "genossenschaft"]),
            ("fahrradwerkstatt", vec!["fahrrad", "werkstatt"]),
            ("hofladen", vec!["hof", "laden"]),
            ("ruhrgenossenschaft", vec!["genossenschaft"]),
            ("genossenschaft", vec![]),
            ("einladen", vec![]),
            ("rosen", vec![]),
        ] {
            assert_eq!(parts(word, german), expected, "{word}");
        }
        assert!(parts("baugenossenschaft", Language::parse("en").unwrap()).is_empty());
    }
}
