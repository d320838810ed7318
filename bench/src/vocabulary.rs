//! Words that are distributed as in real text: real function words and domain words at the
//! top, a long tail built from syllables in families of inflected forms, frequencies by
//! Zipf's law.

use std::collections::HashSet;

use rand::{
    Rng,
    distr::{Distribution, weighted::WeightedIndex},
    seq::IndexedRandom,
};
use rand_chacha::ChaCha8Rng;

use crate::Outcome;

/// Languages of the corpus with their own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
}

/// What the words of one language are made of.
struct Material {
    words: &'static str,
    onsets: &'static str,
    nuclei: &'static str,
    codas: &'static str,
    suffixes: &'static str,
    vocabulary_size: usize,
}

const EN: Material = Material {
    words: include_str!("../data/words_en.txt"),
    onsets: "b c d f g h l m n p r s t v w b c d f h l m n p r s t b d l m p r s t bl br ch cl cr dr fl fr gl gr j k pl pr qu sh sl sp st str th tr wh y",
    nuclei: "a e i o u a e i o ai ea ee ie oa oo ou ay",
    codas: "n r l s t m d ck nd nt st rd sh ng ll ss rt n r l s t",
    suffixes: "s ed ing er ers ly tion ment ness able ful al ity",
    vocabulary_size: 45_000,
};
const ES: Material = Material {
    words: include_str!("../data/words_es.txt"),
    onsets: "b c d f g l m n p r s t v b c d l m n p r s t l m n r s t br ch cr fl gr h j ll ñ pl pr qu tr z",
    nuclei: "a e i o u a e o ia ie ue á é ó",
    codas: "- - - - n r l s z",
    suffixes: "s es ado ada ando ción mente dad oso ista",
    vocabulary_size: 12_000,
};
const FR: Material = Material {
    words: include_str!("../data/words_fr.txt"),
    onsets: "b c d f g l m n p r s t v b c d l m n p r s t l m n r s t bl br ch cl cr dr fl fr gr j pl pr qu tr vr",
    nuclei: "a e i o u é è ê ai au eau eu oi ou on an in",
    codas: "- - - n r l s t c",
    suffixes: "s es er ée ement tion eur euse able té ique",
    vocabulary_size: 12_000,
};
const DE: Material = Material {
    words: include_str!("../data/words_de.txt"),
    onsets: "b d f g h k l m n r s t w b f g h k l m n r s t l m n r s t bl br dr fl fr gr kr p pf sch schl schw sp st str tr z",
    nuclei: "a e i o u ä ö ü au ei eu ie",
    codas: "- n r l s t m ch ck nd nt st rt ng ll ss tz",
    suffixes: "e en er es ung heit keit lich isch schaft",
    vocabulary_size: 12_000,
};

/// The words of one language with their frequencies.
pub struct Vocabulary {
    words: Vec<String>,
    function_words: HashSet<String>,
    domain: std::ops::Range<usize>,
    frequencies: WeightedIndex<f64>,
    material: &'static Material,
}

impl Language {
    const fn material(self) -> &'static Material {
        match self {
            Self::En => &EN,
            Self::Es => &ES,
            Self::Fr => &FR,
            Self::De => &DE,
        }
    }

    /// BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
        }
    }
}

/// The commonest words of every language, which nobody searches for.
pub fn function_words() -> HashSet<&'static str> {
    [EN.words, ES.words, FR.words, DE.words]
        .into_iter()
        .flat_map(|words| words.lines().take(1))
        .flat_map(str::split_whitespace)
        .collect()
}

impl Vocabulary {
    /// Builds the vocabulary of a language; the same `random` state gives the same words.
    pub fn new(language: Language, random: &mut ChaCha8Rng) -> Outcome<Self> {
        let material = language.material();
        let mut lines = material.words.splitn(2, '\n');
        let function_words: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
        let domain_words = lines.next().unwrap_or("").split_whitespace();
        let mut seen = HashSet::new();
        let mut words: Vec<String> = function_words
            .iter()
            .copied()
            .chain(domain_words)
            .filter(|word| seen.insert((*word).to_owned()))
            .map(str::to_owned)
            .collect();
        let domain = function_words.len()..words.len();
        while words.len() < material.vocabulary_size {
            for word in family(material, words.get(domain.clone()).unwrap_or(&[]), random)? {
                if seen.insert(word.clone()) {
                    words.push(word);
                }
            }
        }
        // Zipf–Mandelbrot: frequency ∝ 1 / (rank + 2.7).
        let weights = std::iter::successors(Some(3.7), |rank| Some(rank + 1.0_f64))
            .map(|rank| 1.0 / rank)
            .take(words.len());
        Ok(Self {
            frequencies: WeightedIndex::new(weights)?,
            function_words: function_words.into_iter().map(str::to_owned).collect(),
            words,
            domain,
            material,
        })
    }

    /// A word of running text.
    pub fn word(&self, random: &mut ChaCha8Rng) -> &str {
        self.words
            .get(self.frequencies.sample(random))
            .map_or("", String::as_str)
    }

    /// A word of running text that is not a function word.
    pub fn content_word(&self, random: &mut ChaCha8Rng) -> &str {
        loop {
            let word = self.word(random);
            if !self.function_words.contains(word) {
                return word;
            }
        }
    }

    /// A word from the field: what co-operatives do.
    pub fn domain_word(&self, random: &mut ChaCha8Rng) -> &str {
        self.words
            .get(random.random_range(self.domain.clone()))
            .map_or("", String::as_str)
    }

    /// An invented proper name, lower case.
    pub fn proper_name(&self, random: &mut ChaCha8Rng) -> Outcome<String> {
        stem(self.material, 2, random)
    }
}

/// A stem and some of its inflected forms, or a compound of two domain words.
fn family(
    material: &Material,
    domain_words: &[String],
    random: &mut ChaCha8Rng,
) -> Outcome<Vec<String>> {
    if random.random_bool(0.06) {
        let parts: Vec<&String> = domain_words.choose_multiple(random, 2).collect();
        return Ok(vec![parts.into_iter().map(String::as_str).collect()]);
    }
    let syllables = *[1, 2, 2, 2, 2, 2, 2, 3, 3, 3]
        .choose(random)
        .ok_or("no syllable counts")?;
    let stem = stem(material, syllables, random)?;
    let mut family = vec![stem.clone()];
    for _ in 0..random.random_range(0..3) {
        family.push(format!("{stem}{}", part(material.suffixes, random)?));
    }
    Ok(family)
}

fn stem(material: &Material, syllables: usize, random: &mut ChaCha8Rng) -> Outcome<String> {
    let mut stem = String::new();
    for syllable in 1..=syllables {
        stem.push_str(part(material.onsets, random)?);
        stem.push_str(part(material.nuclei, random)?);
        // A syllable inside a word is mostly open.
        if syllable == syllables || random.random_bool(0.2) {
            stem.push_str(part(material.codas, random)?);
        }
    }
    Ok(stem)
}

/// One of the parts in a list separated by spaces; `-` is the empty part.
fn part(parts: &'static str, random: &mut ChaCha8Rng) -> Outcome<&'static str> {
    let parts: Vec<&str> = parts.split(' ').collect();
    let part = parts.choose(random).ok_or("an empty list of parts")?;
    Ok(if *part == "-" { "" } else { part })
}
