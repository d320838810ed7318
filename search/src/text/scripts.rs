//! Scripts that do not put spaces between words.
//!
//! Words of such scripts are found by the pairs of characters they are made of, which stand together in the
//! text they are found in. Where a dictionary knows the words, a query is split into them first, so that two
//! words need not stand together.

use std::sync::LazyLock;

use icu_segmenter::WordSegmenter;
use icu_segmenter::WordSegmenterBorrowed;
use icu_segmenter::options::WordBreakInvariantOptions;
use unicode_segmentation::UnicodeSegmentation;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// How a script is split into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// With spaces.
    Spaced,
    /// Chinese characters and Japanese syllables: any two neighbours may be a word.
    Ideographic,
    /// Korean: with spaces, but words are made of words.
    Hangul,
    /// Thai, Lao, Khmer, Burmese: by dictionary.
    Dictionary,
}

pub(crate) fn script(c: char) -> Script {
    match c {
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{a9e0}'..='\u{a9ff}'
        | '\u{aa60}'..='\u{aa7f}' => Script::Dictionary,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7ff}' => {
            Script::Hangul
        }
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}' => Script::Ideographic,
        _ => Script::Spaced,
    }
}

/// The script of a text's first character.
pub(crate) fn script_of(text: &str) -> Script {
    text.chars().next().map_or(Script::Spaced, script)
}

/// Splits a text of one script into words, as byte offsets of their ends.
pub(crate) fn words(text: &str) -> impl Iterator<Item = usize> {
    SEGMENTER.segment_str(text).filter(|end| *end > 0)
}

/// Where two words of a text meet, as byte offsets: what stands left and right of such a place is no word. One
/// character alone may be a part of any word, but not if it says what kind of place the word before is.
pub(crate) fn seams(text: &str) -> Vec<usize> {
    const PLACES: [&str; 11] = [
        "都", "府", "県", "县", "市", "区", "町", "村", "郡", "州", "省",
    ];
    let ends: Vec<usize> = words(text).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let spans: Vec<&str> = starts
        .zip(ends.iter().copied())
        .filter_map(|(start, end)| text.get(start..end))
        .collect();
    let is_long = |word: &str| characters(word).nth(1).is_some();
    let meets = |pair: &&[&str]| {
        let at_place = is_long(pair[0]) && (is_long(pair[1]) || PLACES.contains(&pair[1]));
        at_place || pair.iter().any(|word| is_particle(word))
    };
    let is_seam = spans.windows(2).map(|pair| meets(&pair));
    ends.iter()
        .zip(is_seam)
        .filter(|(_, is_seam)| *is_seam)
        .map(|(end, _)| *end)
        .collect()
}

/// Whether it is a syllable that only joins Japanese words.
pub(crate) fn is_particle(word: &str) -> bool {
    const PARTICLES: [&str; 9] = ["の", "と", "は", "を", "に", "で", "が", "や", "へ"];
    PARTICLES.contains(&word)
}

/// Each character of a text with the signs that belong to it.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

/// The pairs of neighbours a word is made of; none for a word of a script with spaces, or of one character.
pub(crate) fn pairs(folded: &str) -> Vec<String> {
    if script_of(folded) == Script::Spaced {
        return Vec::new();
    }
    let characters: Vec<&str> = characters(folded).collect();
    let mut pairs: Vec<String> = characters.windows(2).map(<[&str]>::concat).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// A Korean word without the particle at its end, if there is one.
pub(crate) fn without_particle(word: &str) -> Option<&str> {
    const PARTICLES: [&str; 20] = [
        "에서는",
        "으로",
        "에서",
        "에게",
        "까지",
        "부터",
        "이나",
        "에는",
        "을",
        "를",
        "이",
        "가",
        "은",
        "는",
        "의",
        "에",
        "로",
        "와",
        "과",
        "도",
    ];
    let bare = PARTICLES
        .iter()
        .find_map(|particle| word.strip_suffix(particle))?;
    characters(bare).nth(1).map(|_| bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_those_of_neighbours() {
        let mut expected = vec!["本田", "田商", "商店"];
        expected.sort_unstable();
        assert_eq!(pairs("本田商店"), expected);
        assert!(pairs("hosting").is_empty());
        assert!(pairs("本").is_empty());
    }

    #[test]
    fn words_meet_at_seams() {
        assert_eq!(seams("東京都"), ["東京".len()]);
        assert_eq!(seams("本田"), Vec::<usize>::new());
        assert_eq!(seams("東京の"), ["東京".len()]);
        assert_eq!(seams("消費合作社"), ["消費".len()]);
    }

    #[test]
    fn particles_come_off() {
        assert_eq!(without_particle("서귀포에서"), Some("서귀포"));
        assert_eq!(without_particle("감귤을"), Some("감귤"));
        assert_eq!(without_particle("종이"), None);
        assert_eq!(without_particle("협동조합"), None);
    }
}
