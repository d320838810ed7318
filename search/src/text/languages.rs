//! Languages, and what their stemmers make of a word.

use frostem::{Algorithm, Stemmer};

use super::Token;
use super::fold;

/// Stems shorter than this are left alone: `car` of Italian `care` says too little.
const MIN_STEM_CHARS: usize = 4;

/// Endings that change what a word means are longer than this: English `cooperative` is no form of `cooper`.
const MAX_ENGLISH_ENDING: usize = 2;

/// Who asks for a word that no record has is only taken to mean forms that are this near to it.
const MAX_CUT: usize = 3;

/// A language: its ISO 639-1 code, or the one of ISO 639-3 where it has no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Language([u8; 3]);

/// Codes of three letters (ISO 639-2 and -3) for the languages that have one of two, and old or narrower codes.
const SHORTER: &[(&str, &str)] = &[
    ("afr", "af"),
    ("ara", "ar"),
    ("aze", "az"),
    ("baq", "eu"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("chi", "zh"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("cze", "cs"),
    ("dan", "da"),
    ("deu", "de"),
    ("dut", "nl"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("eus", "eu"),
    ("fas", "fa"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("ger", "de"),
    ("gle", "ga"),
    ("glg", "gl"),
    ("gre", "el"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("in", "id"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("iw", "he"),
    ("ji", "yi"),
    ("jpn", "ja"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nb", "no"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nn", "no"),
    ("nno", "no"),
    ("nob", "no"),
    ("nor", "no"),
    ("per", "fa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("rus", "ru"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tha", "th"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zho", "zh"),
];

/// The stems of a word, by language.
pub(crate) type Stems = Vec<(Language, Vec<String>)>;

/// The stems of a word in each of these languages.
pub(crate) fn stems_in(token: &Token, languages: &[Language]) -> Stems {
    let stems = |language: &Language| {
        let mut stems = Vec::new();
        language.stems(token, &mut stems);
        (*language, stems)
    };
    languages.iter().map(stems).collect()
}

impl Language {
    /// The language of a BCP 47 tag, by its primary subtag (RFC 5646 section 2.2.1). `None` when that is no
    /// code of two or three letters, or says nothing (`und`, `mul`, `zxx`, `mis`).
    pub(crate) fn parse(tag: &str) -> Option<Language> {
        let code = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        if matches!(code.as_str(), "und" | "mul" | "zxx" | "mis") {
            return None;
        }
        let found = SHORTER.binary_search_by_key(&code.as_str(), |(long, _)| long);
        let code = found.map_or(code.as_str(), |at| SHORTER[at].1);
        let is_code = matches!(code.len(), 2 | 3) && code.bytes().all(|b| b.is_ascii_lowercase());
        is_code.then(|| {
            let mut bytes = [0; 3];
            bytes[..code.len()].copy_from_slice(code.as_bytes());
            Language(bytes)
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        let len = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..len]).unwrap_or_default()
    }

    fn algorithm(self) -> Option<Algorithm> {
        match self.as_str() {
            "" => None,
            // The library also knows names of algorithms that are not languages, but none of three letters.
            code => Algorithm::from_name(code).ok(),
        }
    }

    /// Whether inflected words of it can be brought together.
    pub(crate) fn has_stemmer(self) -> bool {
        self.algorithm().is_some()
    }

    /// Languages whose short words end in what tells them apart: `casa` and `caso`.
    fn has_vowel_endings(self) -> bool {
        matches!(
            self.as_str(),
            "es" | "it" | "pt" | "fr" | "ca" | "gl" | "ro"
        )
    }

    /// Adds the word's stems to `out`, folded, each once; the word itself where there is no stemmer.
    ///
    /// Stemmers know accents, people leave them out: the accented word is stemmed and then folded, and the
    /// folded word is stemmed as well, so that either spelling finds the other.
    pub(crate) fn stems(self, token: &Token, out: &mut Vec<String>) {
        let Some(algorithm) = self.algorithm().filter(|_| !token.has_digit()) else {
            push(out, token.folded.clone());
            return;
        };
        let stemmer = Stemmer::new(algorithm);
        push(out, self.stem_of(&stemmer, &token.lower, token));
        if token.lower != token.folded {
            push(out, self.stem_of(&stemmer, &token.folded, token));
        }
    }

    /// The word without a plural ending that its stemmer does not know.
    fn singular(self, word: &str) -> &str {
        match word.strip_suffix("en") {
            Some(singular) if self.as_str() == "nl" && singular.ends_with("ij") => singular,
            _ => word,
        }
    }

    /// The stem of a word in one of its spellings.
    fn stem_of(self, stemmer: &Stemmer, word: &str, token: &Token) -> String {
        let folded = &token.folded;
        let stem = fold(&stemmer.stem(self.singular(word)));
        if algorithm_is_english(stemmer) {
            let singular = english_singular(folded);
            let is_form =
                folded.ends_with("ing") || folded.ends_with("ed") || folded.ends_with("ings");
            if !is_form && chars(&singular) > chars(&stem) + MAX_ENGLISH_ENDING {
                return singular;
            }
            return stem;
        }
        if self.has_vowel_endings() && chars(&stem) < MIN_STEM_CHARS {
            let bare = folded.strip_suffix('s').unwrap_or(folded);
            return bare.to_owned();
        }
        if chars(&stem) < 2 {
            return folded.clone();
        }
        stem
    }
}

fn algorithm_is_english(stemmer: &Stemmer) -> bool {
    stemmer.algorithm() == Algorithm::English
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// An English noun without its plural ending.
fn english_singular(word: &str) -> String {
    if chars(word) > 4
        && let Some(root) = word.strip_suffix("ies")
    {
        return format!("{root}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    let is_plural = word.ends_with('s')
        && !["ss", "us", "is"]
            .iter()
            .any(|ending| word.ends_with(ending))
        && chars(word) > 3;
    if is_plural {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

/// Whether a stem is near enough to a word that no record has to be taken for a form of it, whatever
/// language the word may be of.
pub(crate) fn is_plausible(word: &str, stem: &str) -> bool {
    let is_plural = word.strip_suffix('s') == Some(stem);
    let (word, stem) = (chars(word), chars(stem));
    let cut = word.saturating_sub(stem);
    match stem {
        0..3 => false,
        3 | 4 => cut == 0 || is_plural,
        _ => cut <= MAX_CUT,
    }
}

fn push(out: &mut Vec<String>, stem: String) {
    if !stem.is_empty() && !out.contains(&stem) {
        out.push(stem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenize;

    fn shared(language: &str, one: &str, other: &str) -> bool {
        let language = Language::parse(language).unwrap();
        let stems = |word: &str| {
            let mut out = Vec::new();
            language.stems(&tokenize(word)[0], &mut out);
            out
        };
        let (one, other) = (stems(one), stems(other));
        one.iter().any(|stem| other.contains(stem))
    }

    #[test]
    fn inflections_meet() {
        for (language, one, other) in [
            ("en-GB", "hosting", "hosts"),
            ("en", "cooperatives", "cooperative"),
            ("en", "bakeries", "bakery"),
            ("en", "universities", "university"),
            ("en", "allotments", "allotment"),
            ("eng", "churches", "church"),
            ("fr", "coopératives", "coopérative"),
            ("es", "asociación", "asociaciones"),
            ("es", "casas", "casa"),
            ("de", "Genossenschaften", "Genossenschaft"),
            ("it", "cooperative", "cooperativa"),
            ("pt-BR", "associações", "associação"),
            ("nl", "coöperaties", "coöperatie"),
            ("nl", "bakkerijen", "bakkerij"),
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
    fn words_that_mean_something_else_do_not() {
        for (language, one, other) in [
            ("en", "cooper", "cooperative"),
            ("en", "organ", "organisation"),
            ("en", "universe", "university"),
            ("en", "car", "care"),
            ("en", "new", "news"),
            ("en", "the", "their"),
            ("en", "general", "generous"),
            ("en", "police", "policy"),
            ("en", "communal", "communism"),
            ("en", "nurse", "nursery"),
            ("en", "for", "forest"),
            ("es", "casa", "caso"),
            ("it", "care", "caro"),
        ] {
            assert!(
                !shared(language, one, other),
                "{language}: {one} and {other}"
            );
        }
    }

    #[test]
    fn only_near_forms_are_plausible() {
        assert!(is_plausible("cars", "car"));
        assert!(is_plausible("allotments", "allotment"));
        assert!(is_plausible("societies", "societ"));
        assert!(!is_plausible("government", "govern"));
        assert!(!is_plausible("their", "the"));
        assert!(!is_plausible("pere", "per"));
        assert!(!is_plausible("cadai", "cada"));
        assert!(!is_plausible("forest", "for"));
        assert!(!is_plausible("asociaciones", "asoci"));
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
    fn languages_have_one_code() {
        for (tag, code) in [
            ("en-GB", "en"),
            ("ENG", "en"),
            ("iw", "he"),
            ("pt_BR", "pt"),
            ("nb", "no"),
            ("nno", "no"),
            ("ger", "de"),
            ("cmn-Hans", "zh"),
            ("mi", "mi"),
            ("haw", "haw"),
        ] {
            assert_eq!(Language::parse(tag).unwrap().as_str(), code, "{tag}");
        }
        for tag in ["", "porter", "und", "x-klingon", "e1"] {
            assert!(Language::parse(tag).is_none(), "{tag}");
        }
        assert!(!Language::parse("zh").unwrap().has_stemmer());
        assert!(SHORTER.is_sorted());
    }
}
