//! Our own records, one JSON object a line: `{"external_id": …, "data": {…}}`, with the
//! organization fields of the API in `data`.

use std::io::Read;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Reject, Row,
    lines::{Line, Lines},
    seen::SeenIds,
};
use crate::http::json;

/// What a line that is JSON, but no object, is told.
const EXPECTED: &str = "the line must be an object with external_id and data";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    external_id: String,
    data: Map<String, Value>,
}

/// Reads the records of an NDJSON file, in file order.
pub struct Ndjson<R> {
    lines: Lines<R>,
    seen: SeenIds,
    failed: bool,
}

/// Starts reading a UTF-8 file. Blank lines are skipped; a line of more than 1 MiB is a
/// reject.
pub fn read<R: Read>(file: R) -> Ndjson<R> {
    Ndjson {
        lines: Lines::new(file),
        seen: SeenIds::default(),
        failed: false,
    }
}

impl<R: Read> Ndjson<R> {
    fn row(&mut self, line: u64, text: &[u8]) -> Result<Row, Reject> {
        let reject = |external_id, reason: &str| Reject {
            line,
            external_id,
            reason: reason.to_owned(),
        };
        if std::str::from_utf8(text).is_err() {
            return Err(reject(None, "the line is not UTF-8"));
        }
        // Read as the API reads a body, so that both take and refuse the same.
        let value = json::read(text).map_err(|error| reject(None, &reason(&error)))?;
        if !value.is_object() {
            return Err(reject(None, EXPECTED));
        }
        let record: Record =
            serde_json::from_value(value).map_err(|error| reject(None, &error.to_string()))?;
        let external_id = record.external_id.trim();
        if external_id.is_empty() {
            return Err(reject(None, "external_id is empty"));
        }
        self.seen.note(external_id, line)?;
        let external_id = external_id.to_owned();
        Ok(Row {
            line,
            external_id,
            data: record.data,
            warnings: Vec::new(),
        })
    }
}

impl<R: Read> Iterator for Ndjson<R> {
    type Item = Result<Row, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.failed {
                return None;
            }
            match self.lines.next_line() {
                Ok(None) => return None,
                Ok(Some((line, Line::TooLong))) => {
                    let reason = "the line is longer than 1 MiB".to_owned();
                    return Some(Err(Reject {
                        line,
                        external_id: None,
                        reason,
                    }));
                }
                Ok(Some((_, Line::Text(text)))) if text.trim_ascii().is_empty() => {}
                Ok(Some((line, Line::Text(text)))) => return Some(self.row(line, &text)),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(self.lines.failure(&error)));
                }
            }
        }
    }
}

/// What the parser says, with the column alone: the line it counts is always the first.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match said.strip_suffix(&place) {
        Some(said) => format!("{said} at column {}", error.column()),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::formats::lines::MAX_LINE_BYTES;

    fn outcomes(file: &[u8]) -> Vec<Result<Row, Reject>> {
        read(file).collect()
    }

    #[test]
    fn a_record_a_line() {
        let file = "\u{feff}{\"external_id\":\" a \",\"data\":{\"name\":\"A\"}}\r\n\n{\"external_id\":\"b\",\"data\":{}}";
        let rows: Vec<Row> = outcomes(file.as_bytes())
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!((rows[0].line, rows[0].external_id.as_str()), (1, "a"));
        assert_eq!(Value::Object(rows[0].data.clone()), json!({ "name": "A" }));
        assert_eq!((rows[1].line, rows[1].external_id.as_str()), (3, "b"));
    }

    #[test]
    fn a_bad_line_says_why_and_spoils_no_other() {
        for (bad, part) in [
            ("{", "EOF while parsing an object at column 1"),
            ("[]", "an object with external_id and data"),
            (
                "{\"external_id\":1,\"data\":{}}",
                "invalid type: integer `1`, expected a string",
            ),
            ("{\"external_id\":\"x\"}", "missing field `data`"),
            (
                "{\"external_id\":\"x\",\"data\":{},\"state\":\"deleted\"}",
                "unknown field `state`",
            ),
            (
                "{\"external_id\":\" \",\"data\":{}}",
                "external_id is empty",
            ),
            (
                "{\"external_id\":\"a\\u0000\",\"data\":{}}",
                "control characters",
            ),
            (
                &format!("{{\"external_id\":\"{}\",\"data\":{{}}}}", "x".repeat(201)),
                "more than 200 characters",
            ),
            (
                "{\"external_id\":\"x\",\"data\":{\"name\":\"First\",\"name\":\"Second\"}}",
                "member \"name\" occurs twice",
            ),
            (
                "{\"external_id\":\"x\",\"external_id\":\"y\",\"data\":{}}",
                "member \"external_id\" occurs twice",
            ),
            ("[\"x\",{}]", "an object with external_id and data"),
            (
                "{\"external_id\":\"ok\",\"data\":{}}",
                "used already in line 1",
            ),
        ] {
            let good = "{\"external_id\":\"ok\",\"data\":{}}";
            let file = format!("{good}\n{bad}\n{}\n", good.replace("ok", "after"));
            let outcomes = outcomes(file.as_bytes());
            let reject = outcomes[1].as_ref().unwrap_err();
            assert_eq!(reject.line, 2);
            assert!(reject.reason.contains(part), "{}", reject.reason);
            assert!(
                !reject.reason.contains("line 1 column"),
                "{}",
                reject.reason
            );
            assert_eq!(outcomes[2].as_ref().unwrap().external_id, "after");
        }
    }

    #[test]
    fn hostile_lines() {
        let mut file = vec![b' '; MAX_LINE_BYTES + 1];
        file.extend(b"\n{\"external_id\":\"\xFF\",\"data\":{}}\n");
        file.extend("[".repeat(100_000).as_bytes());
        let reasons: Vec<String> = outcomes(&file)
            .into_iter()
            .map(|o| o.unwrap_err().reason)
            .collect();
        assert_eq!(reasons[0], "the line is longer than 1 MiB");
        assert_eq!(reasons[1], "the line is not UTF-8");
        assert_eq!(reasons.len(), 3);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
            read(file.as_slice()).for_each(drop);
        }
    }
}
