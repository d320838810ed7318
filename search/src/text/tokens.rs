//! The tokenizer: words by UAX #29, with what the movement and its trades need on top.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{fold, is_apostrophe, lower};
use super::scripts::{self, Script};

/// Longer words are cut to this many characters, in records and queries alike.
const MAX_WORD_CHARS: usize = 64;

/// Signs that join two words to one name: `Car-Sharing`, `M&S`, `A+B`.
const JOINTS: &[char] = &['-', '\u{2010}', '\u{2011}', '&', '+', '＆', '·'];

/// One word of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Token {
    /// The word without case and accents: what is compared.
    pub(crate) folded: String,
    /// The word in lower case with its accents: what is stemmed and shown.
    pub(crate) lower: String,
    /// Where the word stands in the text, in bytes.
    pub(crate) range: Range<usize>,
    /// The folded parts of a word joined by dots (`node.js`: `node`, `js`); empty for others.
    pub(crate) parts: Vec<String>,
    /// Place in the sequence of words. A word with parts takes one place per part.
    pub(crate) position: u32,
    /// Nothing, a hyphen, an apostrophe or an ampersand is all that is between it and the word before.
    pub(crate) is_joined: bool,
}

impl Token {
    /// Whether it is a number or a code: it has no forms, and another number is no misspelling of it.
    pub(crate) fn has_digit(&self) -> bool {
        self.folded.contains(|c: char| c.is_numeric())
    }

    /// The word with its umlauts spelled out, as people without the keys type it: `zuerich` for `Zürich`.
    pub(crate) fn spelled_out(&self) -> Option<String> {
        let mut spelled = String::with_capacity(self.lower.len() + 2);
        let mut any = false;
        for c in self.lower.chars() {
            let letters = match c {
                'ä' => "ae",
                'ö' | 'ø' => "oe",
                'ü' => "ue",
                'å' => "aa",
                _ => {
                    spelled.push(c);
                    continue;
                }
            };
            any = true;
            spelled.push_str(letters);
        }
        any.then(|| fold(&spelled))
    }

    /// Whether it is one character of a script whose words are made of such.
    pub(crate) fn is_ideographic(&self) -> bool {
        scripts::script_of(&self.folded) == Script::Ideographic
    }
}

/// Splits a text into words.
///
/// Words are those of UAX #29. `co-op…` is one word, as are `c++`, `c#` and `.net`; an elided article
/// (`l'économie`) and an English `'s` are dropped; hyphens, apostrophes, colons and underscores separate.
/// Chinese and Japanese are split into characters, Thai and its neighbours by dictionary.
pub(crate) fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut position = 0;
    let mut pieces = pieces(text).into_iter().peekable();
    while let Some(mut range) = pieces.next() {
        if let Some(next) = pieces.peek()
            && joins_to_coop(text, &range, next)
        {
            range.end = next.end;
            pieces.next();
        } else if is_dropped(text, &range, pieces.peek(), tokens.last()) {
            continue;
        }
        let range = with_symbols(text, range);
        if let Some(mut token) = token(text, range, position) {
            if let Some(before) = tokens.last() {
                let between = text.get(before.range.end..token.range.start);
                token.is_joined = between.is_some_and(is_joint);
                if between.is_some_and(|between| between.trim() == "&" || between.trim() == "+") {
                    // Room for the word it stands for, in phrases.
                    position += 1;
                    token.position = position;
                }
            }
            position += u32::try_from(token.parts.len().max(1)).unwrap_or(1);
            tokens.push(token);
        }
    }
    tokens
}

/// Whether two words with this between them may be one.
fn is_joint(between: &str) -> bool {
    let mut chars = between.chars();
    match (chars.next(), chars.next()) {
        (None, _) => true,
        (Some(c), None) => JOINTS.contains(&c) || is_apostrophe(c),
        _ => false,
    }
}

/// The words of UAX #29, split further at colons, underscores and apostrophes, and by script.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut by_dictionary = Run::default();
    let is_separator = |c: char| matches!(c, ':' | '_' | '：') || is_apostrophe(c);
    for (start, word) in text.unicode_word_indices() {
        if scripts::script_of(word) == Script::Dictionary {
            by_dictionary.extend(start, start + word.len(), text, &mut pieces);
            continue;
        }
        by_dictionary.end(text, &mut pieces);
        let mut from = 0;
        for (at, separator) in word.match_indices(is_separator) {
            by_script(word, from..at, start, &mut pieces);
            from = at + separator.len();
        }
        by_script(word, from..word.len(), start, &mut pieces);
    }
    by_dictionary.end(text, &mut pieces);
    pieces
}

/// Adds a piece of a word that starts at `start`: whole, or character by character.
fn by_script(word: &str, piece: Range<usize>, start: usize, pieces: &mut Vec<Range<usize>>) {
    let Some(text) = word.get(piece.clone()).filter(|text| !text.is_empty()) else {
        return;
    };
    if !text.contains(|c| scripts::script(c) == Script::Ideographic) {
        pieces.push(start + piece.start..start + piece.end);
        return;
    }
    let mut spaced: Option<usize> = None;
    let mut at = start + piece.start;
    for character in scripts::characters(text) {
        if scripts::script_of(character) == Script::Ideographic {
            if let Some(from) = spaced.take() {
                pieces.push(from..at);
            }
            pieces.push(at..at + character.len());
        } else {
            spaced.get_or_insert(at);
        }
        at += character.len();
    }
    if let Some(from) = spaced {
        pieces.push(from..at);
    }
}

/// Text of a script that is split by dictionary, as long as it goes on.
#[derive(Default)]
struct Run(Range<usize>);

impl Run {
    fn extend(&mut self, start: usize, end: usize, text: &str, pieces: &mut Vec<Range<usize>>) {
        if self.0.end != start {
            self.end(text, pieces);
            self.0.start = start;
        }
        self.0.end = end;
    }

    fn end(&mut self, text: &str, pieces: &mut Vec<Range<usize>>) {
        let run = std::mem::take(&mut self.0);
        let mut from = run.start;
        for end in scripts::words(text.get(run.clone()).unwrap_or_default()) {
            pieces.push(from..run.start + end);
            from = run.start + end;
        }
    }
}

/// `co` and `op…` with one hyphen between them.
fn joins_to_coop(text: &str, first: &Range<usize>, second: &Range<usize>) -> bool {
    let (Some(co), Some(between), Some(op)) = (
        text.get(first.clone()),
        text.get(first.end..second.start),
        text.get(second.clone()),
    ) else {
        return false;
    };
    co.eq_ignore_ascii_case("co")
        && matches!(between, "-" | "\u{2010}" | "\u{2011}")
        && op
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("op"))
}

/// An elided article before, and an English possessive after, an apostrophe.
fn is_dropped(
    text: &str,
    piece: &Range<usize>,
    next: Option<&Range<usize>>,
    before: Option<&Token>,
) -> bool {
    const ELIDED: &[&str] = &[
        "l", "d", "j", "m", "n", "s", "t", "c", "qu", "un", "all", "dell", "nell", "sull", "dall",
        "jusqu", "lorsqu", "puisqu", "quelqu", "quest",
    ];
    let apostrophe = |range: Range<usize>| {
        let mut between = text.get(range).unwrap_or_default().chars();
        between.next().is_some_and(is_apostrophe) && between.next().is_none()
    };
    let word = text.get(piece.clone()).unwrap_or_default();
    let is_inside = before.is_some_and(|before| apostrophe(before.range.end..piece.start));
    let is_elided = !is_inside
        && next.is_some_and(|next| apostrophe(piece.end..next.start))
        && ELIDED
            .iter()
            .any(|elided| word.eq_ignore_ascii_case(elided));
    let is_possessive = word.eq_ignore_ascii_case("s") && is_inside;
    is_elided || is_possessive
}

/// Takes the signs of `c++`, `c#`, `f#` and `.net` into the word.
fn with_symbols(text: &str, mut range: Range<usize>) -> Range<usize> {
    let Some(word) = text.get(range.clone()) else {
        return range;
    };
    let after = text.get(range.end..).unwrap_or_default();
    let ends_there = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
    if after.starts_with("++") && ends_there(&after[2..]) {
        range.end += 2;
    } else if word.len() == 1 && after.starts_with('#') && ends_there(&after[1..]) {
        range.end += 1;
    } else if word.eq_ignore_ascii_case("net")
        && let Some(before) = text.get(..range.start).and_then(|t| t.strip_suffix('.'))
        && !before.ends_with(|c: char| c.is_alphanumeric())
    {
        range.start -= 1;
    }
    range
}

fn token(text: &str, range: Range<usize>, position: u32) -> Option<Token> {
    let typed = text.get(range.clone())?;
    let typed = match typed.char_indices().nth(MAX_WORD_CHARS) {
        Some((cut, _)) => typed.get(..cut)?,
        None => typed,
    };
    let folded = fold_word(typed);
    if folded.is_empty() {
        return None;
    }
    let parts = if typed.contains(['.', '．', '+']) {
        parts(typed, &folded)
    } else {
        Vec::new()
    };
    Some(Token {
        lower: without_joints(lower(typed)),
        folded,
        range,
        parts,
        position,
        is_joined: false,
    })
}

fn fold_word(word: &str) -> String {
    without_joints(fold(word))
}

/// Takes out what joins the parts of one word: the hyphen of `co-op`, and what must not be in a term.
fn without_joints(mut word: String) -> String {
    word.retain(|c| !is_apostrophe(c) && !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\n'));
    word
}

/// What else a dotted word is found by: its parts, and all of them together. A single letter before signs
/// (`c++`) is no part of its own, nor are the pieces of a number; of initials (`Q.Z.X`) only the whole counts.
fn parts(typed: &str, folded: &str) -> Vec<String> {
    let parts: Vec<String> = typed
        .split(['.', '．', '+'])
        .map(fold_word)
        .filter(|part| !part.is_empty() && part != folded)
        .collect();
    let useful = parts.len() > 1 || parts.first().is_some_and(|part| part.len() > 1);
    let number = parts
        .iter()
        .all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !useful || number {
        return Vec::new();
    }
    if parts.len() > 1 && parts.iter().all(|part| part.chars().count() == 1) {
        return vec![parts.concat()];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text)
            .into_iter()
            .map(|token| token.folded)
            .collect()
    }

    #[test]
    fn words_of_the_movement_and_its_trades() {
        for (text, expected) in [
            ("Worker co-op", vec!["worker", "coop"]),
            (
                "co\u{2010}operative Co\u{2011}Operation CO-OPS",
                vec!["cooperative", "cooperation", "coops"],
            ),
            ("co-housing", vec!["co", "housing"]),
            ("C++, C# and .NET", vec!["c++", "c#", "and", ".net"]),
            ("node.js ASP.NET", vec!["node.js", "asp.net"]),
            ("l'économie d’habitat", vec!["economie", "habitat"]),
            (
                "the workers' and worker's",
                vec!["the", "workers", "and", "worker"],
            ),
            ("O'Reilly", vec!["o", "reilly"]),
            (
                "Sant`Egidio Waiʻanae",
                vec!["sant", "egidio", "wai", "anae"],
            ),
            ("field:value foo_bar", vec!["field", "value", "foo", "bar"]),
            ("合作社", vec!["合", "作", "社"]),
            (
                "生活クラブA1組",
                vec!["生", "活", "く", "ら", "ぶ", "a1", "组"],
            ),
            ("ｶﾞｽ", vec!["が", "す"]),
            ("สหกรณ์การเกษตร", vec!["สหกรณ์", "การเกษตร"]),
            ("협동조합 우리", vec!["협동조합", "우리"]),
            ("!!! … — 🎉", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_point_into_the_text() {
        let text = "Die Große l'Économie co-op";
        let found: Vec<&str> = tokenize(text)
            .iter()
            .map(|t| &text[t.range.clone()])
            .collect();
        assert_eq!(found, ["Die", "Große", "Économie", "co-op"]);
    }

    #[test]
    fn what_is_joined_says_so() {
        for (text, expected) in [
            ("Wi-Fi", vec![false, true]),
            ("M&S", vec![false, true]),
            ("M & S", vec![false, false]),
            ("Coop'Alsace", vec![false, true]),
            ("a - b", vec![false, false]),
            ("日本", vec![false, true]),
        ] {
            let joined: Vec<bool> = tokenize(text).iter().map(|t| t.is_joined).collect();
            assert_eq!(joined, expected, "{text}");
        }
    }

    #[test]
    fn dotted_words_have_parts_and_take_their_places() {
        let tokens = tokenize("see node.js now");
        assert_eq!(tokens[1].parts, ["node", "js"]);
        assert_eq!(
            tokens.iter().map(|t| t.position).collect::<Vec<_>>(),
            [0, 1, 3]
        );
        assert!(tokenize("1.5 c++").iter().all(|t| t.parts.is_empty()));
        assert_eq!(tokenize("notepad++")[0].parts, ["notepad"]);
        assert_eq!(tokenize("Q.Z.X. Savers")[0].parts, ["qzx"]);
    }

    #[test]
    fn an_ampersand_takes_the_place_of_a_word() {
        let places = |text: &str| {
            tokenize(text)
                .iter()
                .map(|t| t.position)
                .collect::<Vec<_>>()
        };
        assert_eq!(places("Bread & Roses"), [0, 2]);
        assert_eq!(places("Bread and Roses"), [0, 1, 2]);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(words(&"é".repeat(200)), ["e".repeat(MAX_WORD_CHARS)]);
    }
}
