//! A compiled-in code list: rows in file order, found by code.

use std::collections::HashMap;

use serde::de::DeserializeOwned;

/// Text longer than this is like no code.
const MAX_BYTES: usize = 100;

/// A row of a code list.
pub trait Coded {
    /// The code that names the row, unique in its list.
    fn code(&self) -> &str;
    /// What people call it, in English.
    fn label(&self) -> &str;
}

/// A code list, in the order of its file.
#[derive(Debug)]
pub struct Table<T: 'static> {
    rows: Vec<T>,
    by_code: HashMap<String, usize>,
}

impl<T: Coded + DeserializeOwned> Table<T> {
    /// Reads a CSV file that is part of the program.
    pub(super) fn compiled_in(csv: &str) -> Self {
        let rows = read_rows::<T>(csv);
        let by_code = rows
            .iter()
            .enumerate()
            .map(|(at, row)| (row.code().to_owned(), at))
            .collect();
        Self { rows, by_code }
    }

    /// Every row, in the order of the file.
    pub fn all(&self) -> &[T] {
        &self.rows
    }

    /// The row with exactly this code.
    pub fn get(&self, code: &str) -> Option<&T> {
        self.by_code.get(code).and_then(|at| self.rows.get(*at))
    }

    /// The row whose code, or else label, reads the same once case, accents and
    /// punctuation are set aside: `Worker co-operative` finds `worker_cooperative`.
    pub fn read(&self, text: &str) -> Option<&T> {
        let wanted = squash(text);
        if wanted.is_empty() {
            return None;
        }
        self.rows
            .iter()
            .find(|row| squash(row.code()) == wanted)
            .or_else(|| self.rows.iter().find(|row| squash(row.label()) == wanted))
    }

    /// The code a person who wrote `text` probably meant, for "did you mean".
    pub fn suggest(&self, text: &str) -> Option<&str> {
        if text.len() > MAX_BYTES {
            return None;
        }
        match self.read(text) {
            Some(row) => Some(row.code()),
            None => closest(text, self.rows.iter().map(Coded::code)),
        }
    }
}

/// Reads the rows of a CSV file that is part of the program.
#[expect(
    clippy::expect_used,
    reason = "compiled-in data, proven readable by a test of each list"
)]
pub(crate) fn read_rows<T: DeserializeOwned>(csv: &str) -> Vec<T> {
    csv::Reader::from_reader(csv.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a list in api/data is readable")
}

/// The candidate most like `text`, if any is alike enough to offer: at least 60 % of
/// the longer word is left as it is (Damerau-Levenshtein distance).
pub fn closest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The distance costs time and memory in the product of the lengths.
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.to_lowercase();
    candidates
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&text, candidate),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Text as it is compared: lower case, without accents, dots and apostrophes, any
/// other punctuation a single space (`Côte d’Ivoire` is `cote divoire`, `U.K.` is `uk`).
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in deunicode::deunicode(text).chars() {
        match c {
            '.' | '\'' | '`' => {}
            c if c.is_ascii_alphanumeric() => folded.push(c.to_ascii_lowercase()),
            _ if folded.is_empty() || folded.ends_with(' ') => {}
            _ => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// [`fold`] without the spaces, so that `co-operative` and `cooperative` are one word.
fn squash(text: &str) -> String {
    fold(text).replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fold_sets_case_accents_and_punctuation_aside() {
        assert_eq!(fold("  Côte d’Ivoire "), "cote divoire");
        assert_eq!(fold("U.K."), "uk");
        assert_eq!(fold("Rhondda, Cynon, Taf"), "rhondda cynon taf");
        assert_eq!(fold("***"), "");
    }

    #[test]
    fn closest_offers_only_what_is_alike() {
        let codes = ["country", "county", "sector"];
        assert_eq!(closest("contry", codes.into_iter()), Some("country"));
        assert_eq!(closest("zebra", codes.into_iter()), None);
        assert_eq!(closest(&"x".repeat(10_000), codes.into_iter()), None);
    }
}
