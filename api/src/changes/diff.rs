//! What an update changed, for the record's history.

use crate::error::ApiError;
use serde::Serialize;
use serde_json::{Value, json};

/// Contact data of people: the history says that it changed, never what it was.
const PRIVATE: [&str; 3] = ["email", "phone", "apply_email"];

/// Texts of more bytes are long: of them the history has only what differs.
pub const LONG_BYTES: usize = 1024;

/// `[{"pointer", "from", "to"}]` of every field that differs. Of a long text `from` and `to` are the parts
/// that differ, and `offset` is how many characters stand before them: the rest is the same in both.
///
/// # Errors
/// Never in practice: both have a JSON form.
pub fn diff<T: Serialize>(before: &T, after: &T) -> Result<Vec<Value>, ApiError> {
    let json = |input: &T| {
        serde_json::to_value(input).map_err(|_| ApiError::Internal("a record has no JSON form"))
    };
    let (before, after) = (json(before)?, json(after)?);
    let fields = before
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, from)| {
            let to = after.get(name)?;
            (from != to).then(|| change(name, from, to))
        });
    Ok(fields.collect())
}

fn change(name: &str, from: &Value, to: &Value) -> Value {
    let pointer = format!("/{name}");
    if PRIVATE.contains(&name) {
        return json!({"pointer": pointer});
    }
    match (from, to) {
        (Value::String(from), Value::String(to)) if from.len().max(to.len()) > LONG_BYTES => {
            let (offset, from, to) = difference(from, to);
            json!({"pointer": pointer, "from": from, "to": to, "offset": offset})
        }
        _ => json!({"pointer": pointer, "from": from, "to": to}),
    }
}

/// How many characters both begin with, and what is between those and the ones that both end with.
fn difference<'a>(from: &'a str, to: &'a str) -> (usize, &'a str, &'a str) {
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b);
    let (count, bytes) = same.fold((0, 0), |(count, bytes), (char, _)| {
        (count + 1, bytes + char.len_utf8())
    });
    let (from, to) = (
        from.get(bytes..).unwrap_or_default(),
        to.get(bytes..).unwrap_or_default(),
    );
    let same = from.chars().rev().zip(to.chars().rev());
    let end: usize = same
        .take_while(|(a, b)| a == b)
        .map(|(char, _)| char.len_utf8())
        .sum();
    let part = |text: &'a str| text.get(..text.len() - end).unwrap_or_default();
    (count, part(from), part(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(text: &str, (offset, from, to): (usize, &str, &str)) -> String {
        let chars = || text.chars();
        let begin: String = chars().take(offset).collect();
        let cut: String = chars().skip(offset).take(from.chars().count()).collect();
        assert_eq!(cut, from);
        let end: String = chars().skip(offset + from.chars().count()).collect();
        begin + to + &end
    }

    #[test]
    fn of_long_texts_only_what_differs_is_noted() {
        let long = "Wir backen Brot für alle. ".repeat(100);
        let (before, after) = (
            json!({"description": format!("{long}täglich{long}"), "summary": "a"}),
            json!({"description": format!("{long}tags{long}"), "summary": "b"}),
        );
        let noted = diff(&before, &after).unwrap_or_default();
        let expected = [
            json!({"pointer": "/description", "from": "äglich", "to": "ags", "offset": 2601}),
            json!({"pointer": "/summary", "from": "a", "to": "b"}),
        ];
        assert_eq!(noted, expected);
    }

    proptest! {
        #[test]
        fn the_newer_text_follows_from_the_older(from in "[aäb ]{0,12}", to in "[aäb ]{0,12}") {
            prop_assert_eq!(apply(&from, difference(&from, &to)), to);
        }
    }
}
