//! What can go wrong in a request, and the only mapping from it to a status (RFC 9457).

use crate::changes::WriteError;
use crate::changes::allowance::DAILY_MIB;
use crate::duplicates::candidates::Duplicate;
use crate::http::problem::{self, Fault, Faults};
use crate::outage::Outage;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use entity::api_client::Scope;
use entity::ids::JobId;
use sea_orm::DbErr;
use std::borrow::Cow;

/// Every way a request can fail.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Input that breaks a rule; all faults at once.
    #[error("the input breaks {} rule(s)", .0.count())]
    Validation(Faults),
    /// Input that cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// No or no valid credentials.
    #[error("{detail}")]
    Unauthorized {
        /// RFC 6750 section 3.1 code; `None` when no credentials were sent.
        code: Option<&'static str>,
        /// What to do.
        detail: &'static str,
    },
    /// Known, but not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// The token is good, but not for this (RFC 6750 section 3.1).
    #[error("{detail}")]
    InsufficientScope {
        /// The scope it lacks; `None` when no client may do this.
        scope: Option<&'static str>,
        /// What to do.
        detail: String,
    },
    /// A request for a token that is refused (RFC 6749 section 5.2).
    #[error("{detail}")]
    OAuth {
        /// Code of that section.
        code: &'static str,
        /// What to do.
        detail: &'static str,
    },
    /// Not there, or not to be known of.
    #[error("{0}")]
    NotFound(String),
    /// The path exists, the method does not.
    #[error("this resource answers {allow}")]
    MethodNotAllowed {
        /// Value of the `Allow` header.
        allow: String,
    },
    /// It was public once and is no longer.
    #[error("{0}")]
    Gone(String),
    /// The write clashes with the state of things.
    #[error("{0}")]
    Conflict(String),
    /// What is to be listed is listed already, and the client asked to be told instead.
    #[error("{} listing(s) may be of the same organization; nothing was written", .0.len())]
    Duplicate(Vec<Duplicate>),
    /// The employer has an open job that is the same.
    #[error(
        "this job is posted already: /v1/jobs/{0}; renew or change that one, or repeat the request with ?allow_duplicate=true"
    )]
    JobPosted(JobId),
    /// `If-Match` names an older state.
    #[error(
        "the record has changed since; fetch it again and repeat the change on the new version"
    )]
    PreconditionFailed,
    /// `If-Match` is missing.
    #[error("send If-Match with the ETag of the version you have seen")]
    PreconditionRequired,
    /// The body is too large.
    #[error("the body may have at most {limit} bytes")]
    PayloadTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body did not come in time.
    #[error("the body did not arrive in time")]
    RequestTimeout,
    /// The body is of another type than the resource reads.
    #[error("send the body as {expected}")]
    UnsupportedMediaType {
        /// What it reads.
        expected: &'static str,
    },
    /// The body is encoded, as by compression.
    #[error("send the body as it is, without Content-Encoding")]
    UnsupportedContentCoding,
    /// An `Idempotency-Key` came again with another request.
    #[error("this Idempotency-Key was used with another body; use a new key for a new request")]
    IdempotencyKeyReused,
    /// Too many requests.
    #[error("too many requests; try again in {retry_after} s")]
    TooManyRequests {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// More of something than may be in a time.
    #[error("{bound}; try again in {retry_after} s")]
    OverBudget {
        /// How much of what may be in which time.
        bound: Cow<'static, str>,
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The account has written all that it may in a day.
    #[error(
        "an account and its API clients may write {} MiB a day (UTC): records, their histories, and answers kept for an Idempotency-Key; try again in {retry_after} s",
        DAILY_MIB
    )]
    AllowanceSpent {
        /// Seconds until the next day.
        retry_after: u64,
    },
    /// Not now.
    #[error("{0}")]
    Unavailable(&'static str),
    /// There is no room left to store anything in (RFC 4918 section 11.5).
    #[error("the server has no room left to store anything in; nothing was written")]
    InsufficientStorage,
    /// The database failed.
    #[error("the database did not answer as expected")]
    Database(DbErr),
    /// The index failed.
    #[error("the search index did not answer as expected")]
    Search(search::Error),
    /// Anything else that is our fault.
    #[error("internal error")]
    Internal(&'static str),
}

impl ApiError {
    /// One fault of one field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.push(Fault::new(pointer, detail));
        Self::Validation(faults)
    }

    /// Only somebody who is logged in may do this.
    pub fn login_needed() -> Self {
        Self::Unauthorized {
            code: None,
            detail: "log in with POST /v1/auth/login and send Authorization: Bearer <access_token>",
        }
    }

    /// No API client may do this.
    pub fn person_needed() -> Self {
        Self::InsufficientScope {
            scope: None,
            detail: "only a person who is logged in may do this, not an API client".to_owned(),
        }
    }

    /// Only an API client with this scope may do this.
    pub fn scope_needed(scope: Scope) -> Self {
        let scope = scope.name();
        Self::InsufficientScope {
            scope: Some(scope),
            detail: format!("the access token needs the scope {scope}"),
        }
    }

    /// A request for a token that is refused, with the code of RFC 6749 section 5.2.
    pub fn oauth(code: &'static str, detail: &'static str) -> Self {
        Self::OAuth { code, detail }
    }

    /// Whether somebody has to look into it; a server that only asks to be left alone for a while
    /// is well.
    pub fn is_fault_of_ours(&self) -> bool {
        matches!(
            self,
            Self::Database(_) | Self::Search(_) | Self::Internal(_)
        )
    }

    /// The name of the problem: the last segment of its `type`, and its title.
    pub fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::Validation(_) => ("validation", "The input breaks the rules of this resource"),
            Self::Malformed(_) => ("malformed", "The request cannot be read"),
            Self::Unauthorized { .. } => ("unauthorized", "A valid bearer token is needed"),
            Self::Forbidden(_) => ("forbidden", "Not allowed"),
            Self::InsufficientScope { .. } => (
                "insufficient-scope",
                "The access token is not good for this",
            ),
            Self::OAuth { .. } => ("token-request", "No token for this request"),
            Self::NotFound(_) => ("not-found", "Not found"),
            Self::MethodNotAllowed { .. } => ("method-not-allowed", "Method not allowed"),
            Self::Gone(_) => ("gone", "No longer public"),
            Self::Conflict(_) => ("conflict", "Conflict"),
            Self::Duplicate(_) => ("duplicate", "It may be listed already"),
            Self::JobPosted(_) => ("job-posted", "The job is posted already"),
            Self::PreconditionFailed => ("precondition-failed", "The record has changed"),
            Self::PreconditionRequired => ("precondition-required", "If-Match is required"),
            Self::RequestTimeout => ("request-timeout", "The request took too long to arrive"),
            Self::PayloadTooLarge { .. } => ("payload-too-large", "The body is too large"),
            Self::UnsupportedMediaType { .. } => {
                ("unsupported-media-type", "The body is of the wrong type")
            }
            Self::UnsupportedContentCoding => ("unsupported-content-coding", "The body is encoded"),
            Self::IdempotencyKeyReused => (
                "idempotency-key-reused",
                "The Idempotency-Key was used before",
            ),
            Self::TooManyRequests { .. } | Self::OverBudget { .. } => {
                ("too-many-requests", "Too many requests")
            }
            Self::AllowanceSpent { .. } => (
                "allowance-spent",
                "The account has written all that it may today",
            ),
            Self::Unavailable(_) => ("unavailable", "Not available at the moment"),
            Self::InsufficientStorage => ("insufficient-storage", "The server's storage is full"),
            Self::Database(_) | Self::Search(_) | Self::Internal(_) => {
                ("internal", "Something went wrong on our side")
            }
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized { .. }
            | Self::OAuth {
                code: "invalid_client",
                ..
            } => StatusCode::UNAUTHORIZED,
            Self::Validation(_) | Self::Malformed(_) | Self::OAuth { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::Forbidden(_) | Self::InsufficientScope { .. } => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Gone(_) => StatusCode::GONE,
            Self::Conflict(_) | Self::Duplicate(_) | Self::JobPosted(_) => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } | Self::UnsupportedContentCoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. }
            | Self::OverBudget { .. }
            | Self::AllowanceSpent { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
            Self::Database(_) | Self::Search(_) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn error_response(&self) -> HttpResponse {
        problem::response(self)
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => error.into(),
            WriteError::AllowanceSpent { retry_after } => Self::AllowanceSpent { retry_after },
        }
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        // What people are told says nothing of the database. The log has it all.
        match Outage::of(&error) {
            Some(Outage::Away) => {
                tracing::warn!(%error, "the database does not answer");
                Self::Unavailable("the database does not answer at the moment")
            }
            Some(Outage::InTheWay) => {
                tracing::warn!(%error, "a write waited too long for another");
                Self::Unavailable("another write is in the way at the moment")
            }
            Some(Outage::Full) => {
                tracing::error!(%error, "the disk of the database is full, or cannot be written");
                Self::InsufficientStorage
            }
            Some(Outage::ReadOnly) => {
                tracing::error!(%error, "the database is read-only");
                Self::Unavailable("nothing can be written at the moment")
            }
            None => Self::Database(error),
        }
    }
}

impl From<search::Error> for ApiError {
    fn from(error: search::Error) -> Self {
        if error.is_damage() {
            tracing::error!(%error, "files of the search index are damaged");
            Self::Unavailable("the search index is damaged and is built anew at the moment")
        } else {
            Self::Search(error)
        }
    }
}
