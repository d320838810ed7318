//! What every page has.

use crate::error::ApiError;
use crate::http::etag::none_match;
use crate::state::AppState;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// No script, nothing from elsewhere, in nobody's frame. (A script element that holds data is not run, so
/// that it is no matter of this policy: HTML, "prepare the script element".)
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// An answer with a page that is for one person: it is not kept, and its address is told to nobody.
///
/// # Errors
/// Never in practice: a template renders.
pub fn private(status: StatusCode, template: &impl Template) -> Result<HttpResponse, ApiError> {
    let html = html(template)?;
    Ok(head(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}

/// A page for everybody, or 304 for who has it. It may be kept, but is asked about each time: a job may end
/// at any moment.
///
/// # Errors
/// Never in practice: a template renders.
pub fn public(request: &HttpRequest, template: &impl Template) -> Result<HttpResponse, ApiError> {
    let mut answer = head(StatusCode::OK);
    answer.insert_header((header::CACHE_CONTROL, "no-cache"));
    Ok(tagged(request, answer, html(template)?))
}

/// An answer with its entity tag, made from the body: the same bytes have the same tag.
pub fn tagged(
    request: &HttpRequest,
    mut answer: HttpResponseBuilder,
    body: String,
) -> HttpResponse {
    let mut tag = String::new();
    for byte in Sha256::digest(&body).iter().take(12) {
        let _ = write!(tag, "{byte:02x}");
    }
    answer.insert_header((header::ETAG, format!("\"{tag}\"")));
    if none_match(request, &tag) {
        answer.status(StatusCode::NOT_MODIFIED);
        return answer.finish();
    }
    answer.body(body)
}

/// A link of a notice.
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub text: String,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    instance_name: &'a str,
    title: &'a str,
    text: &'a str,
    links: &'a [Link],
}

/// A page that says why there is nothing to see, and where to go on.
///
/// # Errors
/// Never in practice: a template renders.
pub fn notice(
    state: &AppState,
    status: StatusCode,
    (title, text): (&str, &str),
    links: &[Link],
) -> Result<HttpResponse, ApiError> {
    let html = html(&Notice {
        instance_name: state.post.instance_name(),
        title,
        text,
        links,
    })?;
    Ok(head(status)
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(html))
}

/// A page for somebody who asks too often.
///
/// # Errors
/// Never in practice: a template renders.
pub fn too_many(state: &AppState, retry_after: u64) -> Result<HttpResponse, ApiError> {
    let notice = Notice {
        instance_name: state.post.instance_name(),
        title: "Too many requests",
        text: &format!("Try again in {retry_after} seconds."),
        links: &[],
    };
    let mut answer = private(StatusCode::TOO_MANY_REQUESTS, &notice)?;
    let headers = answer.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after.into());
    Ok(answer)
}

fn head(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    answer
}

fn html(template: &impl Template) -> Result<String, ApiError> {
    template
        .render()
        .map_err(|_| ApiError::Internal("a page could not be rendered"))
}
