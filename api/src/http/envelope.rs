//! What surrounds every answer: HEAD, problem documents, security headers, entity tags, `Vary`,
//! metrics.

use crate::auth::caller::AskedWho;
use crate::error::ApiError;
use crate::http::etag::ENCODINGS;
use crate::http::problem::{self, Problem};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, AcceptEncoding, Encoding, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use std::time::{Duration, Instant};
use tracing_actix_web::RequestId;

/// How long a request may take in all.
const TIMEOUT: Duration = Duration::from_mins(1);

/// HEAD wherever GET is: answered as GET; the connection leaves out the body.
///
/// # Errors
/// Those of the handler.
pub async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(Head);
    }
    next.call(request).await
}

/// A request that was HEAD.
struct Head;

/// Whether only the head of the answer is asked for.
pub fn is_head(request: &HttpRequest) -> bool {
    request.extensions().get::<Head>().is_some()
}

/// Turns every error into a problem document that names the path, the framework's own included.
///
/// # Errors
/// When the request takes too long: the framework makes the document then.
pub async fn problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Ok(answer) = tokio::time::timeout(TIMEOUT, next.call(request)).await else {
        return Err(ApiError::Unavailable("the request took too long").into());
    };
    let response = answer?.map_into_boxed_body();
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(without_error(response));
    }
    let path = response.request().path().to_owned();
    let replacement = match response.response().error() {
        Some(error) => match error.as_error::<ApiError>() {
            Some(error) => problem::response_at(error, path),
            None => foreign(status, path),
        },
        // Problem documents, and pages that tell people what is wrong.
        None if is_told(response.headers().get(header::CONTENT_TYPE)) => return Ok(response),
        None => foreign(status, path),
    };
    let (request, original) = response.into_parts();
    let mut answer = replacement;
    for (name, value) in original.headers() {
        if !answer.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, answer))
}

/// An extractor can redirect only by an error, which the log would take for one.
fn without_error(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if response.response().error().is_none() {
        return response;
    }
    let (request, original) = response.into_parts();
    let mut answer = HttpResponse::new(original.status());
    *answer.headers_mut() = original.headers().clone();
    ServiceResponse::new(request, answer)
}

fn is_told(content_type: Option<&HeaderValue>) -> bool {
    content_type.is_some_and(|value| {
        [problem::MEDIA_TYPE, "text/html"]
            .iter()
            .any(|told| value.as_bytes().starts_with(told.as_bytes()))
    })
}

/// An error that the framework made.
fn foreign(status: StatusCode, path: String) -> HttpResponse {
    let known = match status {
        StatusCode::BAD_REQUEST => Some(ApiError::Malformed(
            "the request cannot be read or is not allowed here".to_owned(),
        )),
        StatusCode::NOT_FOUND => Some(ApiError::NotFound("there is nothing here".to_owned())),
        _ => None,
    };
    if let Some(error) = known {
        return problem::response_at(&error, path);
    }
    HttpResponse::build(status)
        .content_type(problem::MEDIA_TYPE)
        .json(Problem {
            type_: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: "the request could not be answered".to_owned(),
            instance: Some(path),
            errors: Vec::new(),
            error: None,
            error_description: None,
            duplicates: Vec::new(),
            duplicate: None,
        })
}

/// Security headers, the request id, `Vary`, the encoding in the entity tag, and the metrics.
///
/// # Errors
/// Those of the handler.
pub async fn finish(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let start = Instant::now();
    let method = request.method().clone();
    let id = request.extensions().get::<RequestId>().copied();
    // Whoever takes none of what there is gets it as it is (RFC 9110 section 12.5.3).
    if wanted_encoding(request.request()).is_none() {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    let mut response = next.call(request).await?;
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16().to_string();
    let labels = [
        ("method", label(&method).to_owned()),
        ("route", route),
        ("status", status),
    ];
    metrics::counter!("toadlane_http_requests_total", &labels).increment(1);
    metrics::histogram!("toadlane_http_request_duration_seconds", &labels[..2])
        .record(start.elapsed());

    let depends_on_viewer = response.request().extensions().get::<AskedWho>().is_some();
    let encoding = if response.status() == StatusCode::NOT_MODIFIED {
        // It names the tag that its 200 would have (RFC 9110 section 15.4.5).
        wanted_encoding(response.request())
    } else {
        let encoding = response.headers().get(header::CONTENT_ENCODING);
        encoding.and_then(|encoding| Some(encoding.to_str().ok()?.to_owned()))
    };
    let headers = response.headers_mut();
    if let Some(vary) = vary(headers, depends_on_viewer) {
        headers.insert(header::VARY, vary);
    }
    if let Some(tag) = encoded_tag(headers.get(header::ETAG), encoding.as_deref()) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in SECURITY_HEADERS {
        if !headers.contains_key(name) {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
    }
    Ok(response)
}

/// The method as a label. Anybody can make methods up, and every label is kept.
fn label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("other")
}

const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-resource-policy", "cross-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Every line of `Vary` in one, with what every answer depends on: the encoding asked for, and for
/// some who asks.
fn vary(headers: &HeaderMap, depends_on_viewer: bool) -> Option<HeaderValue> {
    let mut names = vec!["Accept-Encoding"];
    names.extend(depends_on_viewer.then_some("Authorization"));
    let lines = headers.get_all(header::VARY);
    for name in lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
    {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    HeaderValue::from_str(&names.join(", ")).ok()
}

/// The encoding that an answer with a body would have: the same choice as the compressing middleware's.
fn wanted_encoding(request: &HttpRequest) -> Option<String> {
    const OFFERED: [Encoding; 4] = [
        Encoding::identity(),
        Encoding::brotli(),
        Encoding::gzip(),
        Encoding::deflate(),
    ];
    let accepted = request.get_header::<AcceptEncoding>()?;
    Some(accepted.negotiate(OFFERED.iter())?.to_string())
}

/// Another representation has another strong tag (RFC 9110 section 8.8.3.3).
fn encoded_tag(tag: Option<&HeaderValue>, encoding: Option<&str>) -> Option<HeaderValue> {
    let encoding = encoding?;
    let opaque = tag?.to_str().ok()?.strip_suffix('"')?;
    ENCODINGS
        .contains(&encoding)
        .then(|| HeaderValue::from_str(&format!("{opaque}-{encoding}\"")).ok())
        .flatten()
}
