//! The tokenizer: words by UAX #29, with what the movement and its trades need on top.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{fold, lower};

/// Longer words are cut to this many characters, in records and queries alike.
const MAX_WORD_CHARS: usize = 64;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// Splits a text into words.
///
/// Words are those of UAX #29. `co-op…` is one word, as are `c++`, `c#` and `.net`; an elided article
/// (`l'économie`) and an English `'s` are dropped; colons and underscores separate.
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
        }
        let range = with_symbols(text, trim_apostrophes(text, range));
        if let Some(token) = token(text, range, position) {
            position += u32::try_from(token.parts.len().max(1)).unwrap_or(1);
            tokens.push(token);
        }
    }
    tokens
}

/// The words of UAX #29, split further at colons and underscores.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let mut from = 0;
        for (at, separator) in word.match_indices([':', '_', '：']) {
            if at > from {
                pieces.push(start + from..start + at);
            }
            from = at + separator.len();
        }
        if word.len() > from {
            pieces.push(start + from..start + word.len());
        }
    }
    pieces
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

/// Drops an elided article before, and an English possessive after, an apostrophe.
fn trim_apostrophes(text: &str, range: Range<usize>) -> Range<usize> {
    const ELIDED: &[&str] = &[
        "l", "d", "j", "m", "n", "s", "t", "c", "qu", "un", "all", "dell", "nell", "sull", "dall",
        "jusqu", "lorsqu", "puisqu", "quelqu", "quest",
    ];
    let Some(word) = text.get(range.clone()) else {
        return range;
    };
    let is_apostrophe = |c: char| matches!(c, '\'' | '’' | 'ʼ' | '＇');
    if let Some((before, after)) = word.split_once(is_apostrophe)
        && ELIDED
            .iter()
            .any(|elided| before.eq_ignore_ascii_case(elided))
        && !after.is_empty()
    {
        return range.end - after.len()..range.end;
    }
    if let Some((before, after)) = word.rsplit_once(is_apostrophe)
        && after.eq_ignore_ascii_case("s")
        && !before.is_empty()
    {
        return range.start..range.start + before.len();
    }
    range
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
    })
}

fn fold_word(word: &str) -> String {
    without_joints(fold(word))
}

/// Takes out what joins the parts of one word: apostrophes, and the hyphen of `co-op`.
fn without_joints(mut word: String) -> String {
    word.retain(|c| !matches!(c, '\'' | '’' | 'ʼ' | '-' | '\u{2010}' | '\u{2011}' | '\n'));
    word
}

/// What else a dotted word is found by. A single letter before signs (`c++`) is no part of its own,
/// nor are the pieces of a number.
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
    if useful && !number { parts } else { Vec::new() }
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
            ("O'Reilly", vec!["oreilly"]),
            ("field:value foo_bar", vec!["field", "value", "foo", "bar"]),
            ("合作社", vec!["合", "作", "社"]),
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
    fn dotted_words_have_parts_and_take_their_places() {
        let tokens = tokenize("see node.js now");
        assert_eq!(tokens[1].parts, ["node", "js"]);
        assert_eq!(
            tokens.iter().map(|t| t.position).collect::<Vec<_>>(),
            [0, 1, 3]
        );
        assert!(tokenize("1.5 c++").iter().all(|t| t.parts.is_empty()));
        assert_eq!(tokenize("notepad++")[0].parts, ["notepad"]);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(words(&"é".repeat(200)), ["e".repeat(MAX_WORD_CHARS)]);
    }
}
