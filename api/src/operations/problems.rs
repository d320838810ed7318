//! `/problems/{kind}`: what the `type` of a problem document resolves to.

use crate::error::ApiError;
use actix_web::{HttpResponse, get, web};

/// Kinds of problems: name, and what to do about it. One of each [`ApiError::kind`].
pub const KINDS: [(&str, &str); 25] = [
    (
        "validation",
        "Some fields or parameters break a rule. \"errors\" lists every one of them, with a JSON Pointer and how to mend it.",
    ),
    (
        "malformed",
        "The request cannot be read: the body is not JSON, breaks off, or a header is not of its form. \"detail\" says where.",
    ),
    (
        "unauthorized",
        "Log in with POST /v1/auth/login and send the access token as Authorization: Bearer. Tokens live 15 minutes.",
    ),
    ("forbidden", "You are known, but this is not yours to do."),
    (
        "insufficient-scope",
        "The access token of an API client lacks the scope that \"detail\" names, or is used for what only people may do.",
    ),
    (
        "token-request",
        "POST /oauth/token refuses: \"error\" is one of the codes of RFC 6749 section 5.2, \"error_description\" says what to do.",
    ),
    (
        "not-found",
        "There is nothing at this path, or nothing you may know of.",
    ),
    (
        "method-not-allowed",
        "The path exists; the Allow header lists what it answers.",
    ),
    ("gone", "The record was public and no longer is."),
    (
        "conflict",
        "The write clashes with the present state, or with a request that is still running. Try again.",
    ),
    (
        "duplicate",
        "It may be listed already: \"duplicates\" has the listings and why. Claim or correct one of them, or post again without on_duplicate=reject.",
    ),
    (
        "job-posted",
        "The employer has an open job with the same title, workplace, locations and employment types: \"duplicate\" is its path. Change or renew that one, or repeat the request with allow_duplicate=true.",
    ),
    (
        "precondition-failed",
        "The record has changed since you read it. Fetch it again, repeat your change on the new version, and send its ETag in If-Match.",
    ),
    (
        "precondition-required",
        "Changes of existing records carry If-Match with the ETag of the version you have seen, so that nobody's work is overwritten.",
    ),
    (
        "request-timeout",
        "The head or the body of the request did not arrive in time. Send it again.",
    ),
    (
        "payload-too-large",
        "The body is larger than the resource reads.",
    ),
    (
        "unsupported-media-type",
        "The resource reads another type; \"detail\" and the Accept header name it.",
    ),
    (
        "unsupported-content-coding",
        "No body is unpacked here. Send it as it is, without Content-Encoding.",
    ),
    (
        "idempotency-key-reused",
        "An Idempotency-Key belongs to one request. Use a new one for a new request.",
    ),
    (
        "too-many-requests",
        "Your budget is used up for now, of requests or of what \"detail\" names; Retry-After says when to try again.",
    ),
    (
        "allowance-spent",
        "Your account and its API clients have written as much today as an account may; \"detail\" says how much that is, and Retry-After when the next day begins. Removing is never refused.",
    ),
    (
        "unavailable",
        "The server cannot answer at the moment; Retry-After says when to try again.",
    ),
    (
        "insufficient-storage",
        "The server's disk is full. Reading and searching go on; nothing was written. Retry-After says when to try again.",
    ),
    (
        "internal",
        "Something went wrong on our side. The X-Request-Id of the answer helps those who run the server to find it.",
    ),
    ("example", "An example of the spec."),
];

/// A kind of problem
///
/// The page that the `type` of a problem document names.
#[utoipa::path(
    tag = "Operations",
    params(("kind" = String, Path, description = "Name of the problem", example = "validation")),
    responses((status = 200, description = "What it means and what to do", body = String, content_type = "text/html"))
)]
#[get("/problems/{kind}")]
pub async fn get_problem(kind: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (name, text) = KINDS
        .iter()
        .find(|(name, _)| *name == *kind)
        .ok_or_else(|| ApiError::NotFound("there is no problem of this name".to_owned()))?;
    let text = text.replace('"', "&quot;");
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{name}</title><h1>{name}</h1><p>{text}</p></html>\n"
    )))
}
