//! Facts in words, as the pages list them.

use crate::vocabulary::visible::line;
use chrono::{DateTime, NaiveDate, Utc};

/// One thing, and what is known of it.
pub struct Fact {
    /// What it is.
    pub term: &'static str,
    /// What is known, at least one value.
    pub values: Vec<Value>,
}

/// A value of a fact.
pub struct Value {
    /// In words.
    pub text: String,
    /// Where it leads.
    pub url: Option<String>,
}

/// What is known of something, as it is gathered.
#[derive(Default)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// Adds what is said in words, unless nothing is.
    pub fn add(&mut self, term: &'static str, values: impl IntoIterator<Item = String>) {
        let values = values.into_iter().map(|text| (text, None));
        self.add_linked(term, values);
    }

    /// Adds what leads somewhere, unless there is nothing.
    pub fn add_linked(
        &mut self,
        term: &'static str,
        values: impl IntoIterator<Item = (String, Option<String>)>,
    ) {
        let values: Vec<_> = values
            .into_iter()
            .map(|(text, url)| (line(&text), url))
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, url)| Value {
                text,
                url: url.filter(|url| is_link(url)),
            })
            .collect();
        if !values.is_empty() {
            self.0.push(Fact { term, values });
        }
    }

    /// Adds a page of the web.
    pub fn add_url(&mut self, term: &'static str, url: Option<&String>) {
        let url = url.map(|url| (url.clone(), Some(url.clone())));
        self.add_linked(term, url);
    }

    /// All of them, in the order they were added.
    pub fn done(self) -> Vec<Fact> {
        self.0
    }
}

/// Whether it leads to the web or to an address, and nowhere else: a link is never a script.
pub fn is_link(url: &str) -> bool {
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
}

/// `2 January 2026`.
pub fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// `2 January 2026, 09:30 UTC`.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// `38,000` or `12.50`.
pub fn amount(cents: i64) -> String {
    let units = (cents / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match cents % 100 {
        0 => grouped,
        rest => format!("{grouped}.{rest:02}"),
    }
}

/// `part_time` as `Part time`.
pub fn word(code: &str) -> String {
    let spaced = code.replace('_', " ");
    let mut chars = spaced.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// `Yes` or `No`.
pub fn yes_no(is_so: bool) -> String {
    if is_so { "Yes" } else { "No" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        for (cents, text) in [
            (0, "0"),
            (99_900, "999"),
            (100_000, "1,000"),
            (4_200_000, "42,000"),
            (123_456_789, "1,234,567.89"),
            (1205, "12.05"),
        ] {
            assert_eq!(amount(cents), text);
        }
    }

    #[test]
    fn codes_are_words() {
        assert_eq!(word("part_time"), "Part time");
        assert_eq!(word(""), "");
    }
}
