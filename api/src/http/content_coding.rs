//! No request body is unpacked: a few hundred bytes can hold a gigabyte. Whatever says that it is encoded is
//! refused before it is routed, so that no handler and no extractor of the framework ever sees it.

use crate::error::ApiError;
use crate::http::problem;
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::middleware::Next;

/// The one coding that is read (RFC 9110 section 12.5.3).
pub const IDENTITY: &str = "identity";

/// Answers 415 to a request whose body is encoded, and names the coding that is read in `Accept-Encoding`
/// (RFC 9110 section 15.5.16).
///
/// # Errors
/// Those of the handler.
pub async fn refuse_encoded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_encoded(request.headers()) {
        let path = request.path().to_owned();
        let refusal = problem::response_at(&ApiError::UnsupportedContentCoding, path);
        return Ok(request.into_response(refusal));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Whether any line of `Content-Encoding` names anything but [`IDENTITY`] (RFC 9110 section 8.4).
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).any(|line| {
        // What is not ASCII is no coding that we know.
        line.to_str().map_or(true, |line| {
            line.split(',')
                .map(str::trim)
                .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(IDENTITY))
        })
    })
}
