//! What each part of a query may match, by itself and together with those beside it.

use crate::error::Result;
use crate::meant::Meant;
use crate::parse::{self, Parsed, Word};
use crate::plan::Clause;
use crate::snapshot::Snapshot;
use crate::terms::weight;
use crate::text::Token;
use crate::text::scripts::{self, Script};
use crate::words::{self, Choice};

/// A long run of characters is looked for by so many of its pairs.
const MAX_PAIRS: usize = 64;

/// At most so many words of a query are one that somebody wrote apart.
const MAX_APART: usize = 3;

/// At most so many words stand for something together.
const MAX_TOGETHER: usize = 6;

/// A word of a query by itself.
pub(crate) fn word(word: &Word, meant: &Meant<'_>, snapshot: &Snapshot) -> Result<Clause> {
    let script = scripts::script_of(&word.token.folded);
    let mut choice = words::exact(&word.token, meant, snapshot)?;
    choice = choice.with(words::country(&word.typed, snapshot)?, snapshot);
    let found = by_pairs(word, script, choice, meant, snapshot)?;
    let bare = scripts::without_particle(&word.token.folded);
    match bare.filter(|_| script == Script::Hangul && found.is_empty()) {
        Some(bare) => {
            let mut bare_word = word.clone();
            bare.clone_into(&mut bare_word.token.folded);
            let choice = words::exact(&bare_word.token, meant, snapshot)?;
            by_pairs(&bare_word, script, choice, meant, snapshot)
        }
        None => Ok(found),
    }
}

/// A word as `choice` finds it, or by the pairs of characters that it is made of.
fn by_pairs(
    word: &Word,
    script: Script,
    choice: Choice,
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Clause> {
    let mut pairs = scripts::pairs(&word.token.folded);
    pairs.truncate(MAX_PAIRS);
    let is_enough = match script {
        Script::Spaced => false,
        Script::Ideographic | Script::Hangul => !pairs.is_empty(),
        // Two characters of a longer word are as a rule no word.
        Script::Dictionary => pairs.len() > 1,
    };
    if !is_enough {
        return Ok(Clause::Word(choice));
    }
    let weight = match script {
        Script::Ideographic => weight::WORD,
        _ => weight::WITHIN,
    };
    let is_part = pairs.len() > 1;
    let pairs = pairs
        .iter()
        .map(|pair| words::pair(pair, weight, is_part, meant, snapshot));
    let words: Vec<Choice> = pairs.collect::<Result<_>>()?;
    Ok(match &words[..] {
        [pair] => Clause::Word(choice.with(pair.terms.to_vec(), snapshot)),
        _ => Clause::Together {
            words,
            group: choice,
            are_pairs: true,
        },
    })
}

/// What the words from part `at` on stand for together, for as many of them as possible: an entry of the
/// synonyms, or one word that somebody wrote apart. With how many parts they are.
pub(crate) fn together(
    parsed: &Parsed,
    at: usize,
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Option<(usize, Choice)>> {
    let words = plain_words(parsed, at);
    if words.len() < 2 {
        return Ok(None);
    }
    let entries = words::entries(&words, meant)?;
    for parts in (2..=words.len()).rev() {
        let characters: usize = words[..parts]
            .iter()
            .map(|word| word.characters.len())
            .sum();
        let mut terms = Vec::new();
        for entry in entries.iter().filter(|entry| entry.words == characters) {
            terms.extend(words::group(entry.token, snapshot)?);
        }
        if parts <= MAX_APART {
            terms.extend(words::run_together(&words[..parts], meant, snapshot)?);
        }
        if !terms.is_empty() {
            return Ok(Some((parts, Choice::new(terms, None, snapshot))));
        }
    }
    Ok(None)
}

/// The plain words from part `at` on, up to the next phrase; as many as can stand for something together.
fn plain_words(parsed: &Parsed, at: usize) -> Vec<&Word> {
    fn word(part: &parse::Part) -> Option<&Word> {
        match part {
            parse::Part::Word(word) => Some(word),
            parse::Part::Phrase(_) => None,
        }
    }
    let parts = parsed.wanted.iter().skip(at).take(MAX_TOGETHER);
    parts.map_while(word).collect()
}

/// The words of a query that stand together, in twos.
pub(crate) fn neighbours(parsed: &Parsed, snapshot: &Snapshot) -> Result<Vec<Choice>> {
    let mut tokens: Vec<&Token> = Vec::new();
    for part in &parsed.wanted {
        match part {
            parse::Part::Word(word) => tokens.push(&word.token),
            parse::Part::Phrase(words) => tokens.extend(words),
        }
    }
    let mut neighbours = Vec::new();
    for pair in tokens.windows(2) {
        let pair = words::neighbours_of(pair[0], pair[1], snapshot)?;
        neighbours.extend(pair.map(|term| Choice::new(vec![term], None, snapshot)));
    }
    Ok(neighbours)
}

/// A quoted word or phrase.
pub(crate) fn quoted(words: &[Token], snapshot: &Snapshot) -> Result<Clause> {
    Ok(match words {
        [word] => Clause::Word(words::literal(word, snapshot)?),
        words => Clause::Phrase(words.to_vec()),
    })
}

/// What must not be there.
pub(crate) fn excluded(
    parsed: &Parsed,
    meant: &Meant<'_>,
    snapshot: &Snapshot,
) -> Result<Vec<Clause>> {
    parsed
        .excluded
        .iter()
        .map(|part| match part {
            parse::Part::Word(word) => {
                let script = scripts::script_of(&word.token.folded);
                let choice = words::without_synonyms(&word.token, meant, snapshot)?;
                by_pairs(word, script, choice, meant, snapshot)
            }
            parse::Part::Phrase(words) => quoted(words, snapshot),
        })
        .collect()
}
