//! The query of a saved search: the query string of the list of jobs.

use crate::error::ApiError;
use crate::http::problem::{Fault, Faults};
use crate::http::query;
use crate::jobs::parameters::ListParameters;
use crate::money::Rates;
use percent_encoding::percent_decode_str;
use search::{Batch, Kind};
use url::form_urlencoded;

/// Longest query taken, in characters.
pub const MAX_CHARS: usize = 4000;

/// What says how a list is shown, not what is in it; and who may see what.
const OF_LISTS: [&str; 10] = [
    "limit",
    "cursor",
    "sort",
    "facets",
    "highlight",
    "interpret",
    "explain",
    "collapse",
    "prefix",
    "status",
];

/// Where the faults are, seen from the saved search.
const POINTER: &str = "/query";

/// Checks a query that is to be saved: the index must take its words, and salaries must be comparable by
/// these rates.
///
/// # Errors
/// Faults of `/query`, each naming the parameter.
pub fn check(text: &str, rates: &Rates) -> Result<(), ApiError> {
    let parameters = read(text)?;
    check_words(&parameters)?;
    match of_index(&parameters, rates) {
        Err(ApiError::Validation(found)) => {
            let mut faults = Faults::default();
            faults.extend(found.as_slice().iter().map(named));
            Err(ApiError::Validation(faults))
        }
        other => other.map(drop),
    }
}

/// Reads a query.
///
/// # Errors
/// Faults of `/query`, each naming the parameter.
pub fn read(text: &str) -> Result<ListParameters, ApiError> {
    if text.chars().count() > MAX_CHARS {
        let detail = format!("may have at most {MAX_CHARS} characters");
        return Err(ApiError::field(POINTER, detail));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::field(
            POINTER,
            "may not contain control characters",
        ));
    }
    if percent_decode_str(text).decode_utf8().is_err() {
        return Err(ApiError::field(POINTER, "is not UTF-8"));
    }
    let mut faults = Faults::default();
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if OF_LISTS.contains(&name.as_ref()) {
            let detail = format!("{name}: is for lists alone; leave it out");
            faults.push(Fault::new(POINTER, detail));
        } else {
            kept.append_pair(&name, &value);
        }
    }
    match query::read::<ListParameters>(&kept.finish()) {
        Ok(parameters) => faults.or_none(parameters),
        Err(ApiError::Validation(found)) => {
            faults.extend(found.as_slice().iter().map(named));
            Err(ApiError::Validation(faults))
        }
        Err(error) => Err(error),
    }
}

/// `/country` of the list is in `/query` here.
fn named(fault: &Fault) -> Fault {
    let name = fault.pointer.trim_start_matches('/');
    Fault::new(POINTER, format!("{name}: {}", fault.detail))
}

/// The query as the index takes it; salaries by these rates.
///
/// # Errors
/// A fault of `/salary_currency` when there is no rate for it.
pub fn of_index(parameters: &ListParameters, rates: &Rates) -> Result<search::Query, ApiError> {
    Ok(search::Query {
        kinds: vec![Kind::Job],
        text: parameters.q.clone(),
        filters: parameters.filters(rates)?,
        ..search::Query::default()
    })
}

/// A query that the index refuses would never find anything.
fn check_words(parameters: &ListParameters) -> Result<(), ApiError> {
    let query = search::Query {
        text: parameters.q.clone(),
        ..search::Query::default()
    };
    match Batch::new(&[])?.matching(&query, None) {
        Ok(_) => Ok(()),
        Err(search::Error::QueryTooLong) => Err(ApiError::field(POINTER, "q: has too many words")),
        Err(error) => Err(error.into()),
    }
}
