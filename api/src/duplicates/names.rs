//! Names, so far as they tell organizations apart.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Words of a name that are kept; longer names are told apart by fewer.
const MOST_WORDS: usize = 16;

/// The words of a name that tell it from others, in alphabetical order: without case, accents and
/// punctuation, and without what only says which legal form it has (`api/data/legal_forms.txt`). A
/// name made of such words alone keeps them. Empty only for a name without letters and digits.
pub fn words(name: &str) -> Vec<String> {
    let words: BTreeSet<String> = distinctive(name).into_iter().collect();
    words.into_iter().take(MOST_WORDS).collect()
}

/// The same in the order of the name.
fn distinctive(name: &str) -> Vec<String> {
    let folded = fold(name);
    let left = without_legal_forms(&folded);
    if left.is_empty() { folded } else { left }
}

/// Lower case ASCII words. `&` is `and`; dots and apostrophes join (`S.C.O.P.` is `scop`), all else
/// separates, except in `co-op`, `co-operative` and their kin.
fn fold(name: &str) -> Vec<String> {
    let mut text = String::with_capacity(name.len());
    for char in deunicode::deunicode(&name.replace('&', " and ")).chars() {
        if char.is_ascii_alphanumeric() {
            text.push(char.to_ascii_lowercase());
        } else if !matches!(char, '\'' | '.' | '`' | '"') {
            text.push(' ');
        }
    }
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if last == "co" && word.starts_with("op") => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
    }
    words
}

fn without_legal_forms(words: &[String]) -> Vec<String> {
    let mut left = Vec::new();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let phrase = rest
            .first()
            .and_then(|first| FORMS.get(first.as_str()))
            .and_then(|phrases| phrases.iter().find(|phrase| begins_with(rest, phrase)));
        match (phrase, rest.first()) {
            (Some(phrase), _) => at += phrase.len(),
            (None, Some(word)) => {
                left.push(word.clone());
                at += 1;
            }
            (None, None) => break,
        }
    }
    left
}

fn begins_with(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, part)| word == part)
}

/// The forms by their first word, the longest first.
static FORMS: LazyLock<HashMap<&'static str, Vec<Vec<&'static str>>>> = LazyLock::new(|| {
    let mut forms: HashMap<_, Vec<Vec<&str>>> = HashMap::new();
    for line in include_str!("../../data/legal_forms.txt").lines() {
        let phrase: Vec<&str> = line.split_whitespace().collect();
        match phrase.first() {
            Some(first) if !first.starts_with('#') => {
                forms.entry(*first).or_default().push(phrase);
            }
            _ => {}
        }
    }
    for phrases in forms.values_mut() {
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    }
    forms
});

/// What is heard of a name: the letters of its words in their order, without vowels and without doubled
/// letters. `None` when too little is left to say anything.
pub fn skeleton(name: &str) -> Option<String> {
    let mut skeleton = String::new();
    let words = distinctive(name);
    let letters = words.iter().flat_map(|word| word.chars());
    for char in letters.filter(|char| !matches!(char, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h')) {
        if !skeleton.ends_with(char) {
            skeleton.push(char);
        }
    }
    (skeleton.len() >= 4).then_some(skeleton)
}

/// How alike two names are, from 0 to 1, by their [`words`]; 1 for the same words. The better of two
/// measures: how much of the words both have, words that differ by a slip counting nearly whole; and
/// how few letters change the one into the other.
pub fn similarity(a: &[String], b: &[String]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    if a == b {
        return 1.0;
    }
    let letters = strsim::normalized_damerau_levenshtein(&a.concat(), &b.concat());
    // Names that differ in something are never quite the same, and `Hulme Housing 5` is not `6`.
    let most = if numbers(a).eq(numbers(b)) { 0.99 } else { 0.7 };
    shared_words(a, b).max(letters).min(most)
}

fn numbers(words: &[String]) -> impl Iterator<Item = &String> {
    words.iter().filter(|word| has_digit(word))
}

fn has_digit(word: &str) -> bool {
    word.contains(|char: char| char.is_ascii_digit())
}

/// Words that are this alike may be the same word, misspelt.
const SAME_WORD: f64 = 0.9;

/// The part of all letters that is in words both have. Each word is paired with the most alike of the
/// words that are left, best pairs first, so that the order of the names does not matter.
fn shared_words(a: &[String], b: &[String]) -> f64 {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (left, one) in a.iter().enumerate() {
        for (right, other) in b.iter().enumerate() {
            let alike = word_similarity(one, other);
            if alike >= SAME_WORD {
                pairs.push((alike, left, right));
            }
        }
    }
    let size = |pair: &(f64, usize, usize)| {
        let letters = |words: &[String], at: usize| words.get(at).map_or(0, String::len);
        pair.0 * to_f64(letters(a, pair.1) + letters(b, pair.2))
    };
    pairs.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
    let mut shared = 0.0;
    for pair in &pairs {
        if !left.contains(&pair.1) && !right.contains(&pair.2) {
            left.insert(pair.1);
            right.insert(pair.2);
            shared += size(pair);
        }
    }
    let all: usize = a.iter().chain(b).map(String::len).sum();
    shared / to_f64(all.max(1))
}

/// Short words and numbers are the same or they are not: `bus 5` is not `bus 6`.
fn word_similarity(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let is_loose = |word: &str| word.len() >= 4 && !has_digit(word);
    if is_loose(a) && is_loose(b) {
        // Jaro-Winkler depends a little on which comes first.
        strsim::jaro_winkler(a, b).max(strsim::jaro_winkler(b, a))
    } else {
        0.0
    }
}

/// Lengths of names are small.
fn to_f64(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{similarity, skeleton, words};

    #[test]
    fn what_tells_names_apart() {
        for (name, expected) in [
            ("Suma Wholefoods Co-operative Ltd.", "suma wholefoods"),
            ("The Phone Co-op Limited", "phone"),
            ("Molinos de Güéjar, S. Coop.", "guejar molinos"),
            ("S.C.O.P. Le Relais", "relais"),
            ("Weaver's & Spinners' Society", "spinners weavers"),
            ("Bäckerei Genossenschaft eG", "backerei"),
            ("Calder Community Interest Company", "calder"),
            (
                "Co-operative Society Limited",
                "cooperative limited society",
            ),
            ("!!!", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn slips_and_other_names() {
        let alike = |a: &str, b: &str| similarity(&words(a), &words(b));
        assert!(alike("Rochdale Pioneers", "Rochdale Pioneers Co-op Ltd") > 0.999);
        assert!(alike("Rochdale Pioneers", "Rochdale Pionneers") > 0.9);
        assert!(alike("Green City Wholefoods", "GreenCity Wholefoods") > 0.85);
        assert!(alike("Hulme Housing 5", "Hulme Housing 6") < 0.8);
        assert!(alike("Leeds Bakery", "York Brewery") < 0.6);
        assert!(alike("", "York Brewery") < 0.1);
        assert_eq!(skeleton("Suma"), None);
        assert_eq!(
            skeleton("Green City Wholefoods Ltd"),
            skeleton("Greencity Whole Foods")
        );
    }
}
