//! The header.

use crate::error::ApiError;
use actix_web::http::header::HeaderMap;

/// Longest key we take.
const MAX_CHARS: usize = 255;

/// A structured-field string (RFC 8941 section 3.3.3); a bare token is accepted too.
pub fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut lines = headers.get_all("idempotency-key");
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let malformed = || {
        ApiError::Malformed(format!(
            "Idempotency-Key must be one quoted string of 1 to {MAX_CHARS} visible ASCII characters"
        ))
    };
    let text = line.to_str().map_err(|_| malformed())?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => {
            unescape(rest.strip_suffix('"').ok_or_else(malformed)?).ok_or_else(malformed)?
        }
        None if text.contains(['"', ' ', ',', ';']) => return Err(malformed()),
        None => text.to_owned(),
    };
    let fits = !key.is_empty()
        && key.len() <= MAX_CHARS
        && key.chars().all(|char| (' '..='~').contains(&char));
    if fits && lines.next().is_none() {
        Ok(Some(key))
    } else {
        Err(malformed())
    }
}

/// Undoes `\"` and `\\`, the only escapes there are.
fn unescape(quoted: &str) -> Option<String> {
    let mut key = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => key.push(chars.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            other => key.push(other),
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn parse(value: &'static str) -> Result<Option<String>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static("idempotency-key"),
            HeaderValue::from_static(value),
        );
        key(&headers)
    }

    #[test]
    fn structured_strings_and_tokens() {
        assert_eq!(parse("\"a b\"").ok().flatten().as_deref(), Some("a b"));
        assert_eq!(
            parse("\"a\\\"b\\\\\"").ok().flatten().as_deref(),
            Some("a\"b\\")
        );
        assert_eq!(
            parse("8e03978e").ok().flatten().as_deref(),
            Some("8e03978e")
        );
        for malformed in [
            "", "\"", "\"\"", "\"a", "a\"", "\"a\"b\"", "\"\\a\"", "a b", "a, b",
        ] {
            assert!(parse(malformed).is_err(), "{malformed}");
        }
    }
}
