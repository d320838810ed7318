//! Folding: what is left of a text when case, accents and other dress are taken away.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Chinese characters by the ways they are written: in Taiwan and Japan, each with that of China.
static HAN: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let single = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|_| chars.next().is_none())
    };
    let pairs = |dictionary: hanconv::RawDictionary| {
        let pairs = dictionary.iter();
        pairs.filter_map(move |(from, to)| Some((single(from)?, single(to)?)))
    };
    let simplified: HashMap<char, char> = pairs(hanconv::RawDictionary::TSCharacters).collect();
    let japanese = pairs(hanconv::RawDictionary::JPVariants).map(|(traditional, japanese)| {
        let simple = simplified.get(&traditional).copied();
        (japanese, simple.unwrap_or(traditional))
    });
    let mut han = simplified.clone();
    for (japanese, simple) in japanese {
        han.entry(japanese).or_insert(simple);
    }
    han
});

/// Folds a text for comparison: compatibility forms (NFKD) are unified, case and accents removed,
/// letters with strokes and ligatures spelled out (`ß` ss, `ø` o, `æ` ae, …). Vowel signs of scripts
/// that need them (Devanagari, Thai, …) stay.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .flat_map(char::to_lowercase)
        .filter(|&c| !is_dress(c))
        .flat_map(Spelled::new)
        .nfc()
        .collect()
}

/// Lower case in composed form, accents kept: what stemmers expect.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|&c| !is_invisible(c))
        .nfc()
        .collect()
}

/// Folds a value that people type (a tag, a town): [`fold`], and spaces are trimmed and unified.
pub(crate) fn fold_value(value: &str) -> String {
    let folded = fold(value);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(|c: char| c.is_whitespace() || c == '\0') {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Marks that only dress a letter: accents, points of Hebrew and Arabic, invisible characters.
fn is_dress(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
        || is_invisible(c)
}

/// Soft hyphens, zero-width joiners, direction marks and their like.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// What people type for an apostrophe, and the letters that look like one.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '’'
            | '‘'
            | '‛'
            | 'ʹ'
            | 'ʻ'
            | 'ʼ'
            | 'ʽ'
            | 'ʾ'
            | 'ʿ'
            | 'ˈ'
            | '′'
            | '´'
            | '`'
            | '＇'
            | '׳'
    )
}

/// Characters of China, Taiwan and Japan that are one, and the two sets of Japanese syllables.
fn unified(c: char) -> char {
    match c {
        '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        '\u{3400}'..='\u{9fff}' => HAN.get(&c).copied().unwrap_or(c),
        _ => c,
    }
}

/// Digits of other scripts as those of the basic alphabet.
fn digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{9e6}'..='\u{9ef}' => 0x9e6,
        '\u{e50}'..='\u{e59}' => 0xe50,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// One letter, spelled with the letters of the basic alphabet where it has no decomposition.
struct Spelled {
    first: Option<char>,
    rest: &'static str,
}

impl Spelled {
    fn new(c: char) -> Spelled {
        let rest = match c {
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'þ' => "th",
            'ø' => "o",
            'ł' => "l",
            'đ' | 'ð' => "d",
            'ħ' => "h",
            'ı' => "i",
            'ŧ' => "t",
            'ŋ' => "n",
            'ĸ' => "k",
            'ς' => "σ",
            // The middle dot of Catalan `l·l` joins two letters of one word.
            '·' | '\u{387}' => "",
            c if is_apostrophe(c) => "'",
            // Arabic as it is written from Morocco to Iran: one letter, several keyboards.
            'ى' | 'ی' | 'ې' => "ي",
            'ک' => "ك",
            'ة' | 'ۀ' | 'ە' | 'ہ' | 'ھ' => "ه",
            'ٱ' => "ا",
            _ => {
                return Spelled {
                    first: Some(digit(unified(c))),
                    rest: "",
                };
            }
        };
        Spelled { first: None, rest }
    }
}

impl Iterator for Spelled {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(c) = self.first.take() {
            return Some(c);
        }
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_special_letters_go() {
        for (typed, folded) in [
            ("Coopérative", "cooperative"),
            ("GENOSSENSCHAFT", "genossenschaft"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("spółdzielnia", "spoldzielnia"),
            ("Ærø", "aero"),
            ("İstanbul", "istanbul"),
            ("ΣΥΝΕΤΑΙΡΙΣΜΌΣ", "συνεταιρισμοσ"),
            ("коопера́тив Ёлка", "кооператив елка"),
            ("ｆｕｌｌ", "full"),
            ("col·laboratiu", "collaboratiu"),
            ("co\u{ad}op", "coop"),
            ("مدرسة", "مدرسه"),
            ("على", "علي"),
            ("کتاب", "كتاب"),
            ("تعاونی", "تعاوني"),
            ("أحمد إسلام آمن", "احمد اسلام امن"),
            ("تعـــاون", "تعاون"),
            ("١٩١٨ ۱۹۱۸", "1918 1918"),
            ("Waiʻanae", "wai'anae"),
            ("雜貨", "杂货"),
            ("広島", "广岛"),
            ("コープ", "こーぷ"),
        ] {
            assert_eq!(fold(typed), folded, "{typed}");
        }
    }

    #[test]
    fn vowel_signs_that_matter_stay() {
        assert_eq!(fold("हिन्दी"), fold("हिन्दी"));
        assert_ne!(fold("हिन्दी"), "हनद");
        assert_eq!(fold("が"), "が");
        assert_ne!(fold("か"), fold("が"));
    }

    #[test]
    fn values_lose_stray_spaces() {
        assert_eq!(fold_value("  São\u{a0} Paulo "), "sao paulo");
        assert_eq!(fold_value("a\0b"), "a b");
    }
}
