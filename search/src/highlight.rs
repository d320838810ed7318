//! Showing why a record matched.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use crate::error::Result;
use crate::plan::{Clause, Plan};
use crate::terms::List;
use crate::text::synonyms::{self, Stemmed};
use crate::text::{Language, Token, compounds, scripts, tokenize};
use crate::texts::{in_language, neighbours, strangers};
use crate::words::Choice;

/// Texts up to this many characters are shown whole.
const MAX_WHOLE_CHARS: usize = 240;

/// Of longer texts, a fragment of about this many characters is shown.
const FRAGMENT_CHARS: usize = 200;

/// How much of a fragment may stand before its first match.
const LEAD_CHARS: usize = 40;

/// A field with its matches in `<em>`, everything else escaped for HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Highlight {
    /// Of a string.
    Text(String),
    /// Of an array of strings: those entries that match.
    List(Vec<String>),
}

/// Finds again in a view what a plan matched.
pub(crate) struct Highlighter<'a> {
    fields: &'static [&'static str],
    words: HashSet<&'a str>,
    /// Each with its language, and pairs of neighbours.
    stems: HashSet<&'a str>,
    /// Words that stand together, run together.
    joined: HashSet<&'a str>,
    /// Tokens of synonym groups.
    groups: HashSet<&'a str>,
    phrases: Vec<&'a [Token]>,
}

impl<'a> Highlighter<'a> {
    pub(crate) fn new(plan: &'a Plan, fields: &'static [&'static str]) -> Highlighter<'a> {
        let mut new = Highlighter {
            fields,
            words: HashSet::new(),
            stems: HashSet::new(),
            joined: HashSet::new(),
            groups: HashSet::new(),
            phrases: Vec::new(),
        };
        for clause in &plan.clauses {
            match clause {
                Clause::Phrase(words) => new.phrases.push(words),
                Clause::Word(_) | Clause::Together { .. } => {
                    clause.choices().for_each(|choice| new.add(choice));
                }
            }
        }
        new
    }

    fn add(&mut self, word: &'a Choice) {
        for (_, term) in word.all_terms() {
            let set = match term.list {
                List::Words => &mut self.words,
                List::Stems if term.text.starts_with('~') => &mut self.groups,
                List::Stems => &mut self.stems,
                List::Joined | List::Names => &mut self.joined,
            };
            set.insert(&term.text);
        }
    }

    /// The fields of a view that have matches. `languages` are those of the record.
    pub(crate) fn highlight(
        &self,
        view: &str,
        languages: &str,
    ) -> Result<Vec<(String, Highlight)>> {
        let view: serde_json::Value = serde_json::from_str(view)?;
        let languages: Vec<Language> = languages.split(' ').filter_map(Language::parse).collect();
        let mut highlights = Vec::new();
        for &field in self.fields {
            let value = field
                .split('.')
                .try_fold(&view, |value, key| value.get(key));
            let highlight = match value {
                Some(serde_json::Value::String(text)) => {
                    self.marked(text, &languages).map(Highlight::Text)
                }
                Some(serde_json::Value::Array(entries)) => {
                    let texts = entries.iter().filter_map(serde_json::Value::as_str);
                    let marked: Vec<String> = texts
                        .filter_map(|text| self.marked(text, &languages))
                        .collect();
                    (!marked.is_empty()).then_some(Highlight::List(marked))
                }
                _ => None,
            };
            highlights.extend(highlight.map(|highlight| (field.to_owned(), highlight)));
        }
        Ok(highlights)
    }

    /// The text with its matches marked; `None` when it has none.
    fn marked(&self, text: &str, languages: &[Language]) -> Option<String> {
        let tokens = tokenize(text);
        let matches = self.matches(&tokens, languages);
        if matches.is_empty() {
            return None;
        }
        let shown = if text.chars().nth(MAX_WHOLE_CHARS).is_some() {
            fragment(text, &matches)
        } else {
            0..text.len()
        };
        let mut out = String::new();
        if shown.start > 0 {
            out.push('…');
        }
        let mut at = shown.start;
        for found in matches
            .iter()
            .filter(|found| found.start >= shown.start && found.end <= shown.end)
        {
            escape(text.get(at..found.start).unwrap_or_default(), &mut out);
            out.push_str("<em>");
            escape(text.get(found.clone()).unwrap_or_default(), &mut out);
            out.push_str("</em>");
            at = found.end;
        }
        escape(text.get(at..shown.end).unwrap_or_default(), &mut out);
        if shown.end < text.len() {
            out.push('…');
        }
        Some(out)
    }

    /// Where the matching words are, in order.
    fn matches(&self, tokens: &[Token], languages: &[Language]) -> Vec<Range<usize>> {
        // Where no stem is looked for, none is worked out.
        let needs_stems = !self.stems.is_empty() || !self.groups.is_empty();
        let languages = if needs_stems { languages } else { &[] };
        let stemmed = tokens.iter().map(|token| Stemmed::new(token, languages));
        let stemmed: Vec<Stemmed<'_>> = stemmed.collect();
        let mut hit = vec![false; tokens.len()];
        for at in 0..tokens.len() {
            hit[at] |= self.has(&stemmed[at]);
            let phrases = self
                .phrases
                .iter()
                .filter(|phrase| starts_with(&tokens[at..], phrase));
            let words = phrases
                .map(|phrase| phrase.len())
                .chain(self.entry(&stemmed, at))
                .chain(self.run_together(&tokens[at..], languages))
                .max();
            for hit in hit.iter_mut().skip(at).take(words.unwrap_or_default()) {
                *hit = true;
            }
        }
        let hits = tokens.iter().zip(hit).filter(|(_, hit)| *hit);
        hits.map(|(token, _)| token.range.clone()).collect()
    }

    /// How many words from `at` on are an entry of a group.
    fn entry(&self, words: &[Stemmed<'_>], at: usize) -> Option<usize> {
        if self.groups.is_empty() {
            return None;
        }
        synonyms::matches_at(words, at, false)
            .iter()
            .filter(|entry| self.groups.contains(entry.token))
            .map(|entry| entry.words)
            .max()
    }

    /// How many words match as one: two, when their letters or their characters do.
    fn run_together(&self, words: &[Token], languages: &[Language]) -> Option<usize> {
        let [one, other, ..] = words else {
            return None;
        };
        let both = format!("{}{}", one.folded, other.folded);
        let is_found = if one.is_ideographic() && other.is_joined {
            self.stems.contains(neighbours(&both).as_str())
                || self.stems.contains(strangers(&both).as_str())
        } else {
            let is_word = || {
                let tokens = tokenize(&both);
                tokens.len() == 1
                    && tokens
                        .iter()
                        .any(|token| self.has(&Stemmed::new(token, languages)))
            };
            self.joined.contains(both.as_str()) || (other.is_joined && is_word())
        };
        is_found.then_some(2)
    }

    fn has(&self, word: &Stemmed<'_>) -> bool {
        let token = word.token;
        let plain = |word: &str| {
            self.words.contains(word)
                || (!self.stems.is_empty() && self.stems.contains(in_language(word, None).as_str()))
        };
        let spelled = token.spelled_out();
        if plain(&token.folded) || token.parts.iter().chain(&spelled).any(|part| plain(part)) {
            return true;
        }
        if self.stems.is_empty() {
            return false;
        }
        let is_stem = |stem: &String, language: Language| {
            self.stems
                .contains(in_language(stem, Some(language)).as_str())
        };
        let is_part = |part: &str, language: Language| {
            let mut stems = Vec::new();
            for token in tokenize(part) {
                language.stems(&token, &mut stems);
            }
            stems.iter().any(|stem| is_stem(stem, language))
        };
        let of_language = |(language, stems): &(Language, Vec<String>)| {
            stems.iter().any(|stem| is_stem(stem, *language))
                || token.parts.iter().any(|part| is_part(part, *language))
                || compounds::parts(&token.folded, *language)
                    .iter()
                    .any(|part| is_part(part, *language))
        };
        word.stems.iter().any(of_language)
            || scripts::pairs(&token.folded)
                .iter()
                .any(|pair| self.stems.contains(neighbours(pair).as_str()))
    }
}

fn starts_with(tokens: &[Token], phrase: &[Token]) -> bool {
    phrase.len() <= tokens.len() && phrase.iter().zip(tokens).all(|(a, b)| a.folded == b.folded)
}

/// The part of a long text with the most matches, cut between words.
fn fragment(text: &str, matches: &[Range<usize>]) -> Range<usize> {
    let Some(first) = best_start(text, matches) else {
        return 0..text.len();
    };
    let earliest = back(text, first.start, LEAD_CHARS);
    let lead = text.get(earliest..first.start).unwrap_or_default();
    let start = if earliest == 0 {
        0
    } else {
        lead.find(char::is_whitespace).map_or(first.start, |space| {
            earliest + space + lead[space..].chars().next().map_or(0, char::len_utf8)
        })
    };
    let latest = forward(text, start, FRAGMENT_CHARS);
    let tail = text.get(first.end..latest).unwrap_or_default();
    let end = if latest == text.len() {
        latest
    } else {
        tail.rfind(char::is_whitespace)
            .map_or(latest.max(first.end), |space| first.end + space)
    };
    start..end
}

/// The match that most others follow closely enough to be shown with it; of equally good ones the first.
fn best_start<'a>(text: &str, matches: &'a [Range<usize>]) -> Option<&'a Range<usize>> {
    let (mut offset, mut chars) = (0, 0);
    let mut chars_before = |next: usize| {
        chars += text.get(offset..next).unwrap_or_default().chars().count();
        offset = next;
        chars
    };
    // In characters. Matches stand in order, so that one walk through the text counts them all, and the
    // window over them only moves forward.
    let places: Vec<Range<usize>> = matches
        .iter()
        .map(|found| chars_before(found.start)..chars_before(found.end))
        .collect();
    let mut best = None;
    let mut end = 0;
    for (first, place) in places.iter().enumerate() {
        let latest = place.start + FRAGMENT_CHARS - LEAD_CHARS;
        while places.get(end).is_some_and(|found| found.end <= latest) {
            end += 1;
        }
        let within = end.saturating_sub(first);
        if best.is_none_or(|(most, _)| within > most) {
            best = Some((within, first));
        }
    }
    matches.get(best?.1)
}

/// The offset `chars` characters after `from`, or the end.
fn forward(text: &str, from: usize, chars: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.char_indices()
        .nth(chars)
        .map_or(text.len(), |(offset, _)| from + offset)
}

/// The offset `chars` characters before `from`, or the start.
fn back(text: &str, from: usize, chars: usize) -> usize {
    let rest = text.get(..from).unwrap_or_default();
    rest.char_indices()
        .rev()
        .nth(chars)
        .map_or(0, |(offset, _)| offset)
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// [`best_start`] as its sentence says it.
    fn best_of_all<'a>(text: &str, matches: &'a [Range<usize>]) -> Option<&'a Range<usize>> {
        let within = |first: &Range<usize>| {
            let end = forward(text, first.start, FRAGMENT_CHARS - LEAD_CHARS);
            let shown = |found: &&Range<usize>| found.start >= first.start && found.end <= end;
            matches.iter().filter(shown).count()
        };
        matches.iter().rev().max_by_key(|first| within(first))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn the_best_fragment_starts_where_most_matches_follow(
            words in prop::collection::vec(("[aß社]{1,3}|[aß社]{150,170}", 1..60_usize, any::<bool>()), 0..60),
        ) {
            let mut text = String::new();
            let mut matches = Vec::new();
            for (word, spaces, is_match) in &words {
                if *is_match {
                    matches.push(text.len()..text.len() + word.len());
                }
                text.push_str(word);
                text.push_str(&" ".repeat(*spaces));
            }
            prop_assert_eq!(best_start(&text, &matches), best_of_all(&text, &matches));
        }
    }
}
