//! Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13).

use crate::error::ApiError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev};
use std::future::{Ready, ready};

/// The tag of a record whose latest change has this number.
pub fn etag(number: i64) -> String {
    format!("\"{number}\"")
}

/// A list of tags, or `*`.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    Any,
    Listed(Vec<Tag>),
}

#[derive(Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    /// Without quotes and without the suffix that names an encoding.
    opaque: String,
}

/// `If-Match`, which every change of an existing record must carry.
pub struct IfMatch(Tags);

impl IfMatch {
    /// Passes when the record is still as the client has seen it.
    ///
    /// # Errors
    /// [`ApiError::PreconditionFailed`] when it has changed since.
    pub fn check(&self, number: i64) -> Result<(), ApiError> {
        let current = number.to_string();
        let matches = match &self.0 {
            Tags::Any => true,
            // Strong comparison: a weak tag never matches.
            Tags::Listed(tags) => tags.iter().any(|tag| !tag.weak && tag.opaque == current),
        };
        if matches {
            Ok(())
        } else {
            Err(ApiError::PreconditionFailed)
        }
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(
            header_value(request, &header::IF_MATCH)
                .ok_or(ApiError::PreconditionRequired)
                .map(|value| Self(parse(&value))),
        )
    }
}

/// Whether `If-None-Match` names `opaque` (weak comparison), so that 304 is the answer.
pub fn none_match(request: &HttpRequest, opaque: &str) -> bool {
    header_value(request, &header::IF_NONE_MATCH).is_some_and(|value| match parse(&value) {
        Tags::Any => true,
        Tags::Listed(tags) => tags.iter().any(|tag| tag.opaque == opaque),
    })
}

/// All lines of a header as one list.
fn header_value(request: &HttpRequest, name: &header::HeaderName) -> Option<String> {
    let lines: Vec<_> = request
        .headers()
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn parse(value: &str) -> Tags {
    if value.trim() == "*" {
        return Tags::Any;
    }
    Tags::Listed(
        value
            .split(',')
            .map(str::trim)
            .filter_map(|tag| {
                let (weak, quoted) = tag
                    .strip_prefix("W/")
                    .map_or((false, tag), |rest| (true, rest));
                let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
                let opaque = ENCODINGS
                    .iter()
                    .find_map(|encoding| opaque.strip_suffix(encoding)?.strip_suffix('-'))
                    .unwrap_or(opaque);
                Some(Tag {
                    weak,
                    opaque: opaque.to_owned(),
                })
            })
            .collect(),
    )
}

/// Content codings that are appended to a tag, as a strong tag must differ per encoding.
pub const ENCODINGS: [&str; 3] = ["gzip", "br", "deflate"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_weakness() {
        let check = |header: &str| IfMatch(parse(header)).check(42).is_ok();
        assert!(check("\"42\""));
        assert!(check("\"41\", \"42-br\""));
        assert!(check("\"42-gzip\""));
        assert!(check("*"));
        assert!(!check("W/\"42\""));
        assert!(!check("42"));
        assert!(!check("\"4\""));
        assert!(!check("\"42-zip\""));
    }
}
