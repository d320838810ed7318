//! The answers that no handler gives. Actix refuses a request that it cannot read with a bare head; here it
//! becomes a problem document (RFC 9457), like every other error. And a connection that there is no room for is
//! told so before it asks.

use crate::error::ApiError;
use crate::http::connection::admission::Full;
use crate::http::problem::{MEDIA_TYPE, Problem};
use actix_web::http::StatusCode;

/// No refusal is longer, in bytes: its lines are the status, the length, the connection and the
/// date.
const LONGEST: usize = 256;

/// Where the refusal begins that `bytes` end with, if they look so. The end of a body can look
/// the same.
pub fn find(bytes: &[u8]) -> Option<usize> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.len().saturating_sub(LONGEST);
    let tail = bytes.get(from..)?;
    let start = tail.windows(7).rposition(|window| window == b"HTTP/1.")?;
    status(tail.get(start..)?).map(|_| from + start)
}

/// The status of a refusal, if it is one.
fn status(head: &[u8]) -> Option<StatusCode> {
    let head = str::from_utf8(head).ok()?;
    let status: StatusCode = head.split(' ').nth(1)?.parse().ok()?;
    let is_error = status.is_client_error() || status.is_server_error();
    (is_error && head.contains("\r\ncontent-length: 0\r\n")).then_some(status)
}

/// The whole answer to send in place of a refusal; `None` when it is not a refusal.
pub fn as_problem(refusal: &[u8]) -> Option<Vec<u8>> {
    let status = status(refusal)?;
    // The status line and the date stay.
    let head = str::from_utf8(refusal)
        .ok()?
        .lines()
        .filter(|line| line.starts_with("HTTP/") || line.starts_with("date:"))
        .flat_map(|line| [line, "\r\n"])
        .collect();
    last_answer(head, &problem(status))
}

/// What a client is told whose connection there is no room for.
pub fn no_room(full: Full) -> Option<Vec<u8>> {
    let detail = match full {
        Full::Network => {
            "your network has as many connections to this server as it may have; close some, or use those there \
             are again"
        }
        Full::Server => "the server has as many connections as it can have; try again in a moment",
    };
    let (kind, title) = ApiError::Unavailable(detail).kind();
    let problem = Problem {
        type_: format!("/problems/{kind}"),
        title: title.to_owned(),
        detail: detail.to_owned(),
        ..problem(StatusCode::SERVICE_UNAVAILABLE)
    };
    last_answer(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n".to_owned(),
        &problem,
    )
}

/// The rest of the head after these lines, and the body. The connection closes after it.
fn last_answer(mut answer: String, problem: &Problem) -> Option<Vec<u8>> {
    let body = serde_json::to_string(problem).ok()?;
    for (name, value) in [
        ("content-type", MEDIA_TYPE),
        ("content-length", &body.len().to_string()),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("connection", "close"),
    ] {
        answer.extend([name, ": ", value, "\r\n"]);
    }
    answer.extend(["\r\n", &body]);
    Some(answer.into_bytes())
}

fn problem(status: StatusCode) -> Problem {
    let (kind, detail) = match status {
        StatusCode::BAD_REQUEST => (
            Some(ApiError::Malformed(String::new()).kind()),
            "the request cannot be read: its first line or a header is not of the form of \
             HTTP/1.1, or its target has more than 65534 bytes",
        ),
        StatusCode::REQUEST_TIMEOUT => (
            Some(ApiError::RequestTimeout.kind()),
            "the head of the request did not arrive in time",
        ),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            None,
            "the head of a request may have at most 128 KiB and 96 headers",
        ),
        _ => (None, "the request could not be answered"),
    };
    let reason = status.canonical_reason().unwrap_or("Error");
    let (type_, title) = kind.map_or_else(
        || ("about:blank".to_owned(), reason),
        |(kind, title)| (format!("/problems/{kind}"), title),
    );
    Problem {
        type_,
        title: title.to_owned(),
        status: status.as_u16(),
        detail: detail.to_owned(),
        // The path is not known.
        instance: None,
        errors: Vec::new(),
        error: None,
        error_description: None,
        duplicates: Vec::new(),
        duplicate: None,
    }
}
