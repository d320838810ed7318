//! Problem documents (RFC 9457).

use crate::error::ApiError;
use crate::http::body::MERGE_PATCH;
use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter.
    #[schema(example = "/website")]
    pub pointer: String,
    /// What is wrong, and how to mend it.
    #[schema(example = "must be an absolute http or https URL")]
    pub detail: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Relative URI of the kind of problem; it resolves to a page that explains it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    pub type_: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// Path of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Every fault of the input, when it was the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

impl Problem {
    /// The example of the spec.
    pub fn sample() -> Self {
        Self::of(&ApiError::field(
            "/website",
            "must be an absolute http or https URL",
        ))
    }

    fn of(error: &ApiError) -> Self {
        let (kind, title) = error.kind();
        Self {
            type_: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: error.status_code().as_u16(),
            detail: error.to_string(),
            instance: None,
            errors: match error {
                ApiError::Validation(faults) => faults.clone(),
                _ => Vec::new(),
            },
        }
    }
}

/// The answer for an error; [`response_at`] is what clients get.
pub fn response(error: &ApiError) -> HttpResponse {
    if error.is_fault_of_ours() {
        // Only the log learns what it was: nothing of the database or the code leaks.
        tracing::error!(error = ?error, "request failed");
    }
    head(error).json(Problem::of(error))
}

fn head(error: &ApiError) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(error.status_code());
    answer.content_type(MEDIA_TYPE);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    match error {
        ApiError::Unauthorized { code, .. } => {
            let challenge = code.map_or_else(
                || "Bearer".to_owned(),
                |code| format!("Bearer error=\"{code}\""),
            );
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        ApiError::MethodNotAllowed { allow } => {
            answer.insert_header((header::ALLOW, allow.clone()));
        }
        ApiError::TooManyRequests { retry_after } => {
            answer.insert_header((header::RETRY_AFTER, retry_after.to_string()));
        }
        ApiError::Unavailable(_) => {
            answer.insert_header((header::RETRY_AFTER, "5"));
        }
        ApiError::UnsupportedMediaType { expected } => {
            answer.insert_header((header::ACCEPT, *expected));
            if *expected == MERGE_PATCH {
                // RFC 5789 section 2.2.
                answer.insert_header(("Accept-Patch", MERGE_PATCH));
            }
        }
        _ => {}
    }
    answer
}

/// The answer for an error at a path.
pub fn response_at(error: &ApiError, path: String) -> HttpResponse {
    let mut problem = Problem::of(error);
    problem.instance = Some(path);
    head(error).json(problem)
}
