//! Jobs as the API writes them, one JSON object a line: a job's view, or `{"external_id", "data"}` with a
//! job's fields in `data`.

use super::{EmployerName, JobRow, Jobs, fold, values, whole};
use crate::formats::ReadError;
use crate::formats::Reject;
use crate::formats::lines::{Line, Lines};
use crate::formats::ndjson::reason;
use crate::formats::seen::SeenIds;
use crate::http::json;
use serde_json::{Map, Value};
use std::io::Read;
use uuid::Uuid;

/// What a line that is JSON, but no object, is told.
const EXPECTED: &str = "the line must be an object: a job with an external_id or id";

/// What the server that wrote a line set there; here it is set anew.
const ITS_OWN: [&str; 5] = ["slug", "source", "created_at", "updated_at", "version"];

/// Reads the jobs of an NDJSON file, in file order. Blank lines, and the line that ends an export, are
/// skipped; a line of more than 1 MiB is a reject.
///
/// # Errors
/// When the file cannot be read.
pub fn read(file: impl Read) -> Result<Jobs, ReadError> {
    let bytes = whole(file)?;
    let mut lines = Lines::new(bytes.as_slice());
    let mut seen = SeenIds::default();
    let mut rows = Vec::new();
    while let Some((line, text)) = lines.next_line()? {
        match text {
            Line::TooLong => rows.push(Err(reject(line, "the line is longer than 1 MiB"))),
            Line::Text(text) if text.trim_ascii().is_empty() => {}
            Line::Text(text) => match object(line, &text) {
                Ok(object) if object.contains_key("complete") => {}
                Ok(object) => rows.push(row(line, object, &mut seen)),
                Err(reject) => rows.push(Err(reject)),
            },
        }
    }
    Ok(fold(rows, &[]))
}

fn reject(line: u64, reason: impl Into<String>) -> Reject {
    Reject {
        line,
        external_id: None,
        reason: reason.into(),
    }
}

fn object(line: u64, text: &[u8]) -> Result<Map<String, Value>, Reject> {
    if std::str::from_utf8(text).is_err() {
        return Err(reject(line, "the line is not UTF-8"));
    }
    match json::read(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(reject(line, EXPECTED)),
        Err(error) => Err(reject(line, reason(&error))),
    }
}

fn row(line: u64, mut object: Map<String, Value>, seen: &mut SeenIds) -> Result<JobRow, Reject> {
    let external_id = object.remove("external_id");
    let mut data = match object.remove("data") {
        Some(Value::Object(data)) if object.is_empty() => data,
        Some(_) => return Err(reject(line, EXPECTED)),
        None => object,
    };
    let id = data.remove("id");
    let external_id = external_id
        .or(id)
        .as_ref()
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .ok_or_else(|| {
            reject(
                line,
                "external_id, or else id, must be a text that is not empty",
            )
        })?
        .to_owned();
    seen.note(&external_id, line)?;
    let refused = |reason: String| Reject {
        line,
        external_id: Some(external_id.clone()),
        reason,
    };
    for name in ITS_OWN {
        data.remove(name);
    }
    match data.remove("status") {
        None | Some(Value::Null) => {}
        Some(status) if status == "published" => {}
        Some(status) => {
            let status = status.as_str().unwrap_or_default();
            return Err(refused(format!(
                "/status is {status:?} there; only what is published is imported"
            )));
        }
    }
    let employer = employer(&mut data).map_err(refused)?;
    let mut warnings = Vec::new();
    let posted_at = data.remove("posted_at").filter(|value| !value.is_null());
    let posted_at = posted_at.and_then(|value| {
        let time = value.as_str().and_then(values::time);
        if time.is_none() {
            warnings.push(format!("posted_at: {value} is no time; left out"));
        }
        time
    });
    Ok(JobRow {
        line,
        external_id,
        employer,
        posted_at,
        data,
        warnings,
    })
}

/// `organization_id`, or an `organization` that names any of its id, external_id, slug, name and website.
fn employer(data: &mut Map<String, Value>) -> Result<EmployerName, String> {
    let organization = match data.remove("organization") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(organization)) => organization,
        Some(_) => return Err("/organization must be an object".to_owned()),
    };
    let text = |name: &str| {
        let text = organization.get(name).and_then(Value::as_str)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let id = match data.remove("organization_id") {
        None | Some(Value::Null) => text("id"),
        Some(Value::String(id)) => Some(id),
        Some(_) => return Err("/organization_id must be an id".to_owned()),
    };
    let id = id
        .map(|id| Uuid::try_parse(&id).map_err(|_| format!("/organization_id {id:?} is no id")))
        .transpose()?;
    Ok(EmployerName {
        id,
        external_id: text("external_id"),
        slug: text("slug"),
        name: text("name"),
        websites: text("website").into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rows(file: &str) -> Vec<Result<JobRow, Reject>> {
        read(file.as_bytes()).unwrap().rows
    }

    #[test]
    fn a_view_and_a_wrapped_record_are_read() {
        let view = crate::jobs::view::sample();
        let wrapped = json!({"external_id": " 7 ", "data": {"title": "Baker", "organization": {"name": " Suma ", "website": "https://suma.coop"}, "posted_at": "2022-03-01"}});
        let file = format!(
            "{view}\n\n{wrapped}\n{}\n",
            json!({"complete": true, "count": 2})
        );
        let rows = rows(&file);
        assert_eq!(rows.len(), 2);
        let first = rows[0].as_ref().unwrap();
        assert_eq!(first.external_id, view["id"]);
        assert_eq!(
            first.employer.id.unwrap().to_string(),
            view["organization_id"]
        );
        assert_eq!(
            first.posted_at.unwrap().to_rfc3339(),
            "2026-01-02T09:30:00+00:00"
        );
        for gone in [
            "id",
            "organization",
            "organization_id",
            "status",
            "version",
            "posted_at",
        ] {
            assert!(!first.data.contains_key(gone), "{gone}");
        }
        let second = rows[1].as_ref().unwrap();
        assert_eq!((second.line, second.external_id.as_str()), (3, "7"));
        assert_eq!(second.employer.name.as_deref(), Some("Suma"));
        assert_eq!(
            Value::Object(second.data.clone()),
            json!({"title": "Baker"})
        );
    }

    #[test]
    fn a_bad_line_says_why_and_spoils_no_other() {
        for (bad, part) in [
            ("{", "EOF"),
            ("[]", "must be an object"),
            ("{\"title\":\"x\"}", "external_id, or else id"),
            ("{\"id\":7}", "external_id, or else id"),
            ("{\"id\":\"ok\"}", "used already in line 1"),
            (
                "{\"id\":\"x\",\"status\":\"filled\"}",
                "/status is \"filled\"",
            ),
            (
                "{\"id\":\"x\",\"organization_id\":\"suma\"}",
                "/organization_id",
            ),
            (
                "{\"id\":\"x\",\"organization\":\"suma\"}",
                "/organization must",
            ),
            ("{\"id\":\"x\",\"data\":{}}", "must be an object"),
        ] {
            let rows = rows(&format!("{{\"id\":\"ok\"}}\n{bad}\n{{\"id\":\"after\"}}"));
            let reject = rows[1].as_ref().unwrap_err();
            assert_eq!(reject.line, 2);
            assert!(reject.reason.contains(part), "{}", reject.reason);
            assert_eq!(rows[2].as_ref().unwrap().external_id, "after");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
            read(file.as_slice()).unwrap();
        }
    }
}
