//! Problem documents (RFC 9457).

use crate::duplicates::candidates::Duplicate;
use crate::error::ApiError;
use crate::http::body::MERGE_PATCH;
use crate::http::content_coding::IDENTITY;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
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

/// The faults of one input. After [`Faults::MOST`] the rest is not looked for: an input that is
/// wrong all over takes no more work, and gets no longer an answer, than that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Faults that are listed; one more says that there are more.
    pub const MOST: usize = 100;

    /// Adds a fault, as long as there is room.
    pub fn push(&mut self, fault: Fault) {
        match self.0.len().cmp(&Self::MOST) {
            Ordering::Less => self.0.push(fault),
            Ordering::Equal => self
                .0
                .push(Fault::new("", "there are more faults than are listed here")),
            Ordering::Greater => {}
        }
    }

    /// Whether further faults make no difference.
    pub fn is_full(&self) -> bool {
        self.0.len() > Self::MOST
    }

    /// Whether there is a fault at or within a member already.
    pub fn tell_of(&self, pointer: &str) -> bool {
        self.0.iter().any(|fault| {
            let within = fault.pointer.strip_prefix(pointer);
            within.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Those that are listed.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// How many there are, in words.
    pub fn count(&self) -> String {
        if self.is_full() {
            format!("more than {}", Self::MOST)
        } else {
            self.0.len().to_string()
        }
    }

    /// What was read, if there are no faults.
    ///
    /// # Errors
    /// [`ApiError::Validation`] if there are.
    pub fn or_none<T>(self, read: T) -> Result<T, ApiError> {
        if self.0.is_empty() {
            Ok(read)
        } else {
            Err(ApiError::Validation(self))
        }
    }
}

impl Extend<Fault> for Faults {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        for fault in faults {
            self.push(fault);
        }
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A problem document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// Every fault of the input, when it was the input. Of more than 100, the first 100 and one
    /// that says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 101)]
    pub errors: Vec<Fault>,
    /// Of `POST /oauth/token` only: the code of RFC 6749 section 5.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of `POST /oauth/token` only: the same as `detail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// The listings that may be of the same organization, when that is the problem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub duplicates: Vec<Duplicate>,
    /// Path of the open job that is the same, when that is the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri-reference")]
    pub duplicate: Option<String>,
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
        let oauth = match error {
            ApiError::OAuth { code, detail } => Some((*code, *detail)),
            _ => None,
        };
        Self {
            type_: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: error.status_code().as_u16(),
            detail: error.to_string(),
            instance: None,
            errors: match error {
                ApiError::Validation(faults) => faults.as_slice().to_vec(),
                _ => Vec::new(),
            },
            error: oauth.map(|(code, _)| code.to_owned()),
            error_description: oauth.map(|(_, detail)| detail.to_owned()),
            duplicates: match error {
                ApiError::Duplicate(duplicates) => duplicates.clone(),
                _ => Vec::new(),
            },
            duplicate: match error {
                ApiError::JobPosted(id) => Some(format!("/v1/jobs/{id}")),
                _ => None,
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
        ApiError::InsufficientScope { scope, .. } => {
            let scope = scope.map_or_else(String::new, |scope| format!(", scope=\"{scope}\""));
            let challenge = format!("Bearer error=\"insufficient_scope\"{scope}");
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        ApiError::OAuth { .. } if error.status_code() == StatusCode::UNAUTHORIZED => {
            answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"toadlane\""));
        }
        ApiError::MethodNotAllowed { allow } => {
            answer.insert_header((header::ALLOW, allow.clone()));
        }
        ApiError::TooManyRequests { retry_after }
        | ApiError::OverBudget { retry_after, .. }
        | ApiError::AllowanceSpent { retry_after } => {
            answer.insert_header((header::RETRY_AFTER, retry_after.to_string()));
        }
        ApiError::Unavailable(_) => {
            answer.insert_header((header::RETRY_AFTER, "5"));
        }
        ApiError::InsufficientStorage => {
            // Somebody has to make room first.
            answer.insert_header((header::RETRY_AFTER, "60"));
        }
        ApiError::UnsupportedMediaType { expected } => {
            answer.insert_header((header::ACCEPT, *expected));
            if *expected == MERGE_PATCH {
                // RFC 5789 section 2.2.
                answer.insert_header(("Accept-Patch", MERGE_PATCH));
            }
        }
        ApiError::UnsupportedContentCoding => {
            answer.insert_header((header::ACCEPT_ENCODING, IDENTITY));
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
