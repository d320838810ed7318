//! Single values of JSON-LD, in the many ways they are written.

use crate::formats::clean;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

/// The texts of a value: a text, a number, `{"@value"}`, something with a name, or a list of them.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(object) => ["@value", "name", "value", "@id"]
            .iter()
            .find_map(|name| object.get(*name))
            .map(texts)
            .unwrap_or_default(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// The first text of a value, on one line and without the blanks around it; none that is empty.
pub fn text(value: &Value) -> Option<String> {
    texts(value)
        .iter()
        .map(|text| clean::one_line(text).text)
        .find(|text| !text.is_empty())
}

/// A value that may come alone or in a list.
pub fn each(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

/// Whether a node is of a type of schema.org, alone or among others.
pub fn is_a(node: &Value, name: &str) -> bool {
    let types = node.get("@type").map(texts).unwrap_or_default();
    types.iter().any(|full| local(full) == name)
}

/// A term without its vocabulary: `http://schema.org/title`, `schema:title` and `title` are one.
pub fn local(term: &str) -> &str {
    ["https://schema.org/", "http://schema.org/", "schema:"]
        .iter()
        .find_map(|prefix| term.strip_prefix(prefix))
        .unwrap_or(term)
}

/// A moment: RFC 3339, or a date with a time (read as UTC), or a date alone (its start).
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = || {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc())
    };
    let offset = || {
        let with = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z");
        with.ok().map(|time| time.to_utc())
    };
    let local = || {
        [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M",
        ]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
    };
    let start = || {
        day(text)
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|time| time.and_utc())
    };
    zoned()
        .or_else(offset)
        .or_else(local)
        .or_else(start)
        .filter(|time| (1970..=9998).contains(&time.year()))
}

/// The same, but a date alone is its end: open "through" that day.
pub fn end(text: &str) -> Option<DateTime<Utc>> {
    match day(text.trim()) {
        Some(_) => {
            time(text).and_then(|start| start.checked_add_signed(TimeDelta::seconds(86_399)))
        }
        None => time(text),
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The most that an amount of the API can be.
const MOST: f64 = 999_999_999_999.0;

/// An amount of money, as a number or as people write numbers (`50,000.00`, `50 000`), to the cent.
pub fn amount(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => plain(text)?.parse().ok()?,
        _ => return None,
    };
    let rounded = (number * 100.0).round() / 100.0;
    (rounded > 0.0 && rounded <= MOST).then_some(rounded)
}

/// A number's digits and point. A comma is read where it can only separate thousands.
fn plain(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’'))
        .collect();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let are_thousands = groups.iter().skip(1).all(|group| group.len() == 3);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = are_thousands && groups.iter().all(|group| is_number(group)) && is_number(cents);
    fits.then(|| format!("{}.{cents}0", groups.concat()))
        .filter(|number| !number.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times() {
        for (written, read) in [
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
            ("2026-01-02T03:04:05+0200", "2026-01-02T01:04:05Z"),
            ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
            ("2026-01-02 03:04", "2026-01-02T03:04:00Z"),
            (" 2026-01-02 ", "2026-01-02T00:00:00Z"),
        ] {
            let expected: DateTime<Utc> = read.parse().unwrap();
            assert_eq!(time(written), Some(expected), "{written}");
        }
        for not in [
            "",
            "soon",
            "2026-02-30",
            "02/01/2026",
            "99999-01-01",
            "0001-01-01",
        ] {
            assert_eq!(time(not), None, "{not}");
        }
        assert_eq!(end("2026-01-02"), time("2026-01-02T23:59:59Z"));
        assert_eq!(end("2026-01-02T10:00:00Z"), time("2026-01-02T10:00:00Z"));
    }

    #[test]
    fn amounts() {
        for (written, read) in [
            (json!(50_000), Some(50_000.0)),
            (json!(12.345), Some(12.35)),
            (json!("50,000"), Some(50_000.0)),
            (json!("50 000.50"), Some(50_000.5)),
            (json!("1,250,000"), Some(1_250_000.0)),
            (json!("12.5"), Some(12.5)),
            (json!("12,5"), None),
            (json!("50k"), None),
            (json!("€50"), None),
            (json!(""), None),
            (json!(0), None),
            (json!(-5), None),
            (json!(1e300), None),
            (json!(null), None),
        ] {
            assert_eq!(amount(&written), read, "{written}");
        }
    }

    #[test]
    fn texts_of_every_shape() {
        let value =
            json!(["a", {"@value": "b"}, {"@type": "Country", "name": "c"}, 4, null, [{"x": 1}]]);
        assert_eq!(texts(&value), ["a", "b", "c", "4"]);
        assert_eq!(text(&json!([" ", " x\ny "])).as_deref(), Some("x y"));
        let node = json!({"@type": ["Thing", "http://schema.org/JobPosting"]});
        assert!(is_a(&node, "JobPosting") && !is_a(&node, "Job"));
    }
}
