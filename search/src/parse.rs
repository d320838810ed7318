//! The language of queries: words, `"phrases"`, `-exclusions`. Everything else is plain text.

use crate::encode::whole_name;
use crate::error::{Error, Result};
use crate::text::{Token, tokenize};

/// A query has at most this many words, those of phrases and exclusions included.
pub const MAX_QUERY_WORDS: usize = 32;

/// A query has at most this many characters.
pub const MAX_QUERY_CHARS: usize = 512;

/// A query, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// What must be found, in the order typed.
    pub(crate) wanted: Vec<Part>,
    /// What must not be there.
    pub(crate) excluded: Vec<Part>,
    /// The whole text as the name of a record.
    pub(crate) name: Option<String>,
}

/// A word or a phrase.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Word(Word),
    /// At least one word, exactly as written, in this order.
    Phrase(Vec<Token>),
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) token: Token,
    /// As typed.
    pub(crate) typed: String,
}

impl Parsed {
    /// Whether there is nothing to search for.
    pub(crate) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.excluded.is_empty()
    }

    /// All words wanted, those of phrases included, in the order typed.
    pub(crate) fn wanted_tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        for part in &self.wanted {
            match part {
                Part::Word(word) => tokens.push(word.token.clone()),
                Part::Phrase(words) => tokens.extend(words.iter().cloned()),
            }
        }
        tokens
    }
}

/// Takes a query apart. Never fails on what it says, only on how long it is.
pub(crate) fn parse(text: &str) -> Result<Parsed> {
    if text.chars().nth(MAX_QUERY_CHARS).is_some() {
        return Err(Error::QueryTooLong);
    }
    let mut parsed = Parsed {
        name: whole_name(&tokenize(text)),
        ..Parsed::default()
    };
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let bare = rest.trim_start_matches('-');
        let excluded = bare.len() < rest.len();
        let (part, is_phrase, after) = next_part(bare);
        add(&mut parsed, part, is_phrase, excluded);
        rest = after;
    }
    let words = |parts: &[Part]| -> usize {
        parts
            .iter()
            .map(|part| match part {
                Part::Word(_) => 1,
                Part::Phrase(words) => words.len(),
            })
            .sum()
    };
    if words(&parsed.wanted) + words(&parsed.excluded) > MAX_QUERY_WORDS {
        return Err(Error::QueryTooLong);
    }
    Ok(parsed)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»')
}

/// The text up to the end of the phrase or word that `text` starts with, whether it was in quotes, and
/// what follows. A quote that is never closed is no quote.
fn next_part(text: &str) -> (&str, bool, &str) {
    let mut chars = text.chars();
    if chars.next().is_some_and(is_quote) {
        let inner = chars.as_str();
        if let Some(end) = inner.find(is_quote) {
            let (phrase, after) = inner.split_at(end);
            let mut after = after.chars();
            after.next();
            return (phrase, true, after.as_str());
        }
        return (inner, false, "");
    }
    let end = text
        .find(|c: char| c.is_whitespace() || is_quote(c))
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    (word, false, after)
}

fn add(parsed: &mut Parsed, text: &str, is_phrase: bool, excluded: bool) {
    let tokens = tokenize(text);
    let into = if excluded {
        &mut parsed.excluded
    } else {
        &mut parsed.wanted
    };
    // `-web-hosting` excludes the pair, not every record with either word.
    if is_phrase || (excluded && tokens.len() > 1) {
        if !tokens.is_empty() {
            into.push(Part::Phrase(tokens));
        }
        return;
    }
    for token in tokens {
        let typed = text.get(token.range.clone()).unwrap_or_default().to_owned();
        let seen =
            |part: &Part| matches!(part, Part::Word(word) if word.token.folded == token.folded);
        // A word typed twice asks for nothing more, but the last one may be a prefix.
        into.retain(|part| !seen(part));
        into.push(Part::Word(Word { token, typed }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(parts: &[Part]) -> String {
        let one = |part: &Part| match part {
            Part::Word(word) => word.token.folded.clone(),
            Part::Phrase(words) => {
                let words: Vec<&str> = words.iter().map(|t| t.folded.as_str()).collect();
                format!("[{}]", words.join(" "))
            }
        };
        parts.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn queries_as_people_type_them() {
        for (text, wanted, excluded) in [
            ("Web Hosting", "web hosting", ""),
            ("\"worker co-op\" london", "[worker coop] london", ""),
            (
                "hosting -bank -\"credit union\"",
                "hosting",
                "bank [credit union]",
            ),
            ("“smart quotes” here", "[smart quotes] here", ""),
            ("\"never closed", "never closed", ""),
            ("web \"", "web", ""),
            ("- -- \"\" -\"\" ()[] * ^~ :", "", ""),
            ("field:x AND (y OR z*)", "field x and y or z", ""),
            (
                "co-op well-known -web-hosting",
                "coop well known",
                "[web hosting]",
            ),
            ("-only -these", "", "only these"),
            ("a\"b c\"d", "a [b c] d", ""),
            ("web host web", "host web", ""),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(show(&parsed.wanted), wanted, "{text}");
            assert_eq!(show(&parsed.excluded), excluded, "{text}");
        }
    }

    #[test]
    fn long_queries_are_refused() {
        assert!(parse(&"x".repeat(MAX_QUERY_CHARS)).is_ok());
        assert!(matches!(
            parse(&"x".repeat(MAX_QUERY_CHARS + 1)),
            Err(Error::QueryTooLong)
        ));
        let many = |n: usize| {
            (0..n)
                .map(|i| format!("w{i}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(parse(&many(MAX_QUERY_WORDS)).is_ok());
        assert!(parse(&many(MAX_QUERY_WORDS + 1)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_anyone_types_panics(text in "\\PC{0,80}", signs in "[-\" \u{201c}a*:^~()\\\\]{0,40}") {
            let _ = parse(&text);
            let _ = parse(&signs);
        }
    }
}
