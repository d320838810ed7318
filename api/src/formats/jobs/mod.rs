//! Reading jobs: our own records, and schema.org's.
//!
//! A file of jobs is read whole, because copies of one job for several places are found only when all
//! are seen.

mod html;
pub mod json_ld;
pub mod ndjson;
mod posting;
mod salary;
mod values;

use super::{ReadError, Reject};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::Read;
use uuid::Uuid;

/// The most bytes of a file.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Places of one job; a copy beyond them begins another.
const MAX_LOCATIONS: usize = crate::jobs::rules::MAX_LOCATIONS;

/// One job read from a file, before validation.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// The line of the file where it starts, from 1; in a document that is no NDJSON, its number there.
    pub line: u64,
    /// Its id at its source, unique in the file.
    pub external_id: String,
    /// Whose job it is.
    pub employer: EmployerName,
    /// When it was first public, as its source says.
    pub posted_at: Option<DateTime<Utc>>,
    /// Job fields as the API names and nests them, but for the organization.
    pub data: Map<String, Value>,
    /// What was left out or guessed, a sentence each that names the field.
    pub warnings: Vec<String>,
}

/// What a row says of the employer: any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct EmployerName {
    /// Its id here.
    pub id: Option<Uuid>,
    /// Its id at the source of the row.
    pub external_id: Option<String>,
    /// Its slug here.
    pub slug: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Pages that may be its website.
    pub websites: Vec<String>,
}

/// What a file of jobs has.
#[derive(Debug, Default)]
pub struct Jobs {
    /// In the order of the file.
    pub rows: Vec<Result<JobRow, Reject>>,
    /// How many rows went into others.
    pub folded: u64,
}

/// A file's bytes.
fn whole(file: impl Read) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read > MAX_FILE_BYTES) {
        return Err(ReadError::Header(
            "a file of jobs may have at most 512 MiB; split it".to_owned(),
        ));
    }
    Ok(bytes)
}

/// Makes one job of copies that differ in nothing but their places, and in members that are `each_their_own`:
/// the first takes the places of the others, in their order.
fn fold(rows: Vec<Result<JobRow, Reject>>, each_their_own: &[&str]) -> Jobs {
    let mut jobs = Jobs::default();
    let mut first_of: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let Ok(row) = row else {
            jobs.rows.push(row);
            continue;
        };
        let key = what_copies_share(&row, each_their_own);
        let first = first_of.get(&key).and_then(|at| jobs.rows.get_mut(*at));
        if let Some(Ok(first)) = first
            && take_places(first, &row)
        {
            jobs.folded += 1;
            continue;
        }
        first_of.insert(key, jobs.rows.len());
        jobs.rows.push(Ok(row));
    }
    jobs
}

fn what_copies_share(row: &JobRow, each_their_own: &[&str]) -> String {
    let mut data = row.data.clone();
    data.remove("locations");
    data.retain(|member, _| !each_their_own.contains(&member.as_str()));
    json!([row.employer, row.posted_at, data]).to_string()
}

/// Adds the places of a copy; false when there are too many, or when either names none.
fn take_places(first: &mut JobRow, copy: &JobRow) -> bool {
    let places = |row: &JobRow| row.data.get("locations").and_then(Value::as_array).cloned();
    let (Some(mut places), Some(more)) = (places(first), places(copy)) else {
        return false;
    };
    if places.is_empty() || more.is_empty() {
        return false;
    }
    for place in more {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.len() > MAX_LOCATIONS {
        return false;
    }
    first.data.insert("locations".to_owned(), places.into());
    for warning in &copy.warnings {
        if !first.warnings.contains(warning) {
            first.warnings.push(warning.clone());
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, place: &str, title: &str) -> JobRow {
        let data = json!({"title": title, "locations": [{"locality": place}]});
        JobRow {
            line: 1,
            external_id: id.to_owned(),
            employer: EmployerName::default(),
            posted_at: None,
            data: data.as_object().unwrap().clone(),
            warnings: Vec::new(),
        }
    }

    fn folded(rows: Vec<JobRow>) -> Vec<(String, Value)> {
        let jobs = fold(rows.into_iter().map(Ok).collect(), &[]);
        let rows = jobs.rows.into_iter().map(Result::unwrap);
        rows.map(|row| (row.external_id, row.data["locations"].clone()))
            .collect()
    }

    #[test]
    fn copies_for_several_places_are_one_job() {
        let rows = vec![
            row("1", "Leeds", "Baker"),
            row("2", "York", "Miller"),
            row("3", "York", "Baker"),
            row("4", "Leeds", "Baker"),
        ];
        assert_eq!(
            folded(rows),
            [
                (
                    "1".to_owned(),
                    json!([{"locality": "Leeds"}, {"locality": "York"}])
                ),
                ("2".to_owned(), json!([{"locality": "York"}])),
            ]
        );
    }

    #[test]
    fn a_job_has_at_most_fifty_places() {
        let rows =
            (0..120).map(|number| row(&number.to_string(), &format!("Town {number}"), "Baker"));
        let counts: Vec<_> = folded(rows.collect())
            .into_iter()
            .map(|(id, places)| (id, places.as_array().unwrap().len()))
            .collect();
        let expected = [("0", 50), ("50", 50), ("100", 20)];
        assert_eq!(counts, expected.map(|(id, count)| (id.to_owned(), count)));
    }
}
