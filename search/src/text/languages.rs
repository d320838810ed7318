//! Which stemmer a language has, and what it makes of a word.

use frostem::{Algorithm, Stemmer};

use super::Token;
use super::fold;

/// The Snowball algorithm for a BCP 47 tag, by its primary language subtag (RFC 5646 section 2.2.1).
pub(crate) fn algorithm(tag: &str) -> Option<Algorithm> {
    let subtag = tag.split(['-', '_']).next()?;
    match subtag.to_ascii_lowercase().as_str() {
        // Bokmål and Nynorsk share Snowball's Norwegian.
        "nb" | "nn" => Some(Algorithm::Norwegian),
        // Only codes: the library also knows names of algorithms that are not languages.
        code if (2..=3).contains(&code.len()) => Algorithm::from_name(code).ok(),
        _ => None,
    }
}

/// The algorithms for a record's languages, each once, in a fixed order.
pub(crate) fn algorithms(languages: &[String]) -> Vec<Algorithm> {
    let mut found: Vec<Algorithm> = languages.iter().filter_map(|tag| algorithm(tag)).collect();
    found.sort_unstable_by_key(|algorithm| algorithm.name());
    found.dedup();
    found
}

/// Adds the word's stems under each algorithm to `out`, each once.
///
/// Stemmers know accents, people leave them out: the accented word is stemmed and then folded, and
/// the folded word is stemmed as well, so that either spelling finds the other.
pub(crate) fn stems(token: &Token, algorithms: &[Algorithm], out: &mut Vec<String>) {
    for algorithm in algorithms {
        let stemmer = Stemmer::new(*algorithm);
        push(out, fold(&stemmer.stem(&token.lower)));
        if token.lower != token.folded {
            push(out, stemmer.stem(&token.folded).into_owned());
        }
    }
}

fn push(out: &mut Vec<String>, stem: String) {
    if !stem.is_empty() && !out.contains(&stem) {
        out.push(stem);
    }
}

/// The algorithm's name, as kept in the index.
pub(crate) fn parse(name: &str) -> Option<Algorithm> {
    Algorithm::from_name(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenize;

    fn shared(language: &str, one: &str, other: &str) -> bool {
        let algorithms = algorithms(&[language.to_owned()]);
        let stems = |word: &str| {
            let mut out = Vec::new();
            super::stems(&tokenize(word)[0], &algorithms, &mut out);
            out
        };
        let (one, other) = (stems(one), stems(other));
        one.iter().any(|stem| other.contains(stem))
    }

    #[test]
    fn inflections_meet() {
        for (language, one, other) in [
            ("en-GB", "hosting", "hosts"),
            ("fr", "coopératives", "coopérative"),
            ("es", "asociación", "asociaciones"),
            ("de", "Genossenschaften", "Genossenschaft"),
            ("it", "cooperative", "cooperativa"),
            ("pt-BR", "associações", "associação"),
            ("nl", "coöperaties", "coöperatie"),
            ("nb", "boligene", "bolig"),
            ("ru", "организации", "организация"),
            ("el", "συνεταιρισμοί", "συνεταιρισμός"),
            ("pl", "spółdzielnie", "spółdzielnia"),
        ] {
            assert!(
                shared(language, one, other),
                "{language}: {one} and {other}"
            );
        }
    }

    #[test]
    fn accents_may_be_left_out() {
        for (language, one, other) in [
            ("fr", "coopérative", "cooperative"),
            ("es", "asociación", "asociacion"),
        ] {
            assert!(
                shared(language, one, other),
                "{language}: {one} and {other}"
            );
        }
    }

    #[test]
    fn unknown_languages_have_no_stemmer() {
        assert!(algorithm("zh").is_none());
        assert!(algorithm("porter").is_none());
        assert!(algorithm("").is_none());
        assert_eq!(
            algorithms(&["en".into(), "en-GB".into(), "xx".into()]).len(),
            1
        );
    }
}
