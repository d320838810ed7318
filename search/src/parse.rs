//! The language of queries: words, `"phrases"`, `-exclusions`. Everything else is plain text.

use crate::encode::{run_together, whole_name};
use crate::error::{Error, Result};
use crate::text::scripts;
use crate::text::synonyms::{self, Stemmed};
use crate::text::{Token, connectives, tokenize};

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
    /// The whole text as the name of a record; none of a text that leaves something out.
    pub(crate) name: Option<String>,
    /// The same, as somebody types a name without its spaces.
    pub(crate) run_together: Option<String>,
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
    /// The word. In Chinese and Japanese, several characters.
    pub(crate) token: Token,
    /// What it is made of: itself, or its characters.
    pub(crate) characters: Vec<Token>,
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
                Part::Word(word) => tokens.extend(word.characters.iter().cloned()),
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
        run_together: run_together(text),
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
    parsed.wanted = without_connectives(parsed.wanted);
    if !parsed.excluded.is_empty() {
        parsed.name = None;
        parsed.run_together = None;
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
    (without_scheme(word), false, after)
}

/// An address as people copy it, down to what tells: the domain and what follows.
fn without_scheme(word: &str) -> &str {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = word.get(..scheme.len())?;
        start
            .eq_ignore_ascii_case(scheme)
            .then(|| &word[scheme.len()..])
    });
    let rest = rest.unwrap_or(word);
    match rest.get(..4) {
        Some(www) if www.eq_ignore_ascii_case("www.") => &rest[4..],
        _ => rest,
    }
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
    for run in tokens
        .chunk_by(|one, other| other.is_joined && one.is_ideographic() == other.is_ideographic())
    {
        for word in split(text, run) {
            let seen = |part: &Part| matches!(part, Part::Word(known) if known.token.folded == word.token.folded);
            // A word typed twice asks for nothing more, but the last one may be a prefix.
            into.retain(|part| !seen(part));
            into.push(Part::Word(word));
        }
    }
}

/// The words of a run of tokens with nothing between them: each by itself, or, in Chinese and Japanese, those
/// that the table of synonyms knows and those of the dictionary.
fn split(text: &str, run: &[Token]) -> Vec<Word> {
    if !run.first().is_some_and(Token::is_ideographic) {
        let alone = |token: &Token| word(text, std::slice::from_ref(token));
        return run.iter().map(alone).collect();
    }
    let stemmed: Vec<Stemmed<'_>> = run.iter().map(|token| Stemmed::new(token, &[])).collect();
    let mut spans: Vec<&[Token]> = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < run.len() {
        let known = synonyms::matches_at(&stemmed, at, true);
        let characters = known.first().map_or(0, |entry| entry.words);
        if characters > 1 {
            spans.extend(by_dictionary(text, &run[from..at]));
            spans.push(&run[at..at + characters]);
            at += characters;
            from = at;
        } else {
            at += 1;
        }
    }
    spans.extend(by_dictionary(text, &run[from..]));
    let is_particle =
        |span: &[Token]| matches!(span, [token] if scripts::is_particle(&token.folded));
    let tells = |span: &&&[Token]| spans.len() == 1 || !is_particle(span);
    spans
        .iter()
        .filter(tells)
        .map(|span| word(text, span))
        .collect()
}

/// Splits characters into words. Characters that the dictionary leaves alone are one word together: a name.
fn by_dictionary<'a>(text: &str, characters: &'a [Token]) -> Vec<&'a [Token]> {
    let (Some(first), Some(last)) = (characters.first(), characters.last()) else {
        return Vec::new();
    };
    let start = first.range.start;
    let written = text.get(start..last.range.end).unwrap_or_default();
    let seams = scripts::seams(written);
    characters
        .chunk_by(|_, next| !seams.contains(&(next.range.start - start)))
        .collect()
}

fn word(text: &str, characters: &[Token]) -> Word {
    let joined = |part: fn(&Token) -> &str| characters.iter().map(part).collect::<String>();
    let mut token = characters.first().cloned().unwrap_or_default();
    token.folded = joined(|token| &token.folded);
    token.lower = joined(|token| &token.lower);
    token.range.end = characters
        .last()
        .map_or(token.range.end, |last| last.range.end);
    Word {
        typed: text.get(token.range.clone()).unwrap_or_default().to_owned(),
        characters: characters.to_vec(),
        token,
    }
}

/// Leaves out the words that only stand for "and" between two others.
fn without_connectives(wanted: Vec<Part>) -> Vec<Part> {
    let text = |part: &Part| match part {
        Part::Word(word) => word.token.folded.clone(),
        Part::Phrase(_) => String::new(),
    };
    let words: Vec<String> = wanted.iter().map(text).collect();
    let telling = connectives::telling(words.iter().map(String::as_str));
    let parts = wanted.into_iter().enumerate();
    parts
        .filter(|(at, _)| telling.binary_search(at).is_ok())
        .map(|(_, part)| part)
        .collect()
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
            ("field:x AND (y OR z*)", "field x or z", ""),
            (
                "co-op well-known -web-hosting",
                "coop well known",
                "[web hosting]",
            ),
            ("-only -these", "", "only these"),
            ("a\"b c\"d", "a [b c] d", ""),
            ("web host web", "host web", ""),
            ("bread and roses", "bread roses", ""),
            ("pan y rosas y", "pan rosas y", ""),
            ("M&S", "m s", ""),
            ("https://www.example.coop/", "example.coop", ""),
            ("東京の協同組合", "东京 协同组合", ""),
            ("本田", "本田", ""),
            ("東京 寺", "东京 寺", ""),
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
