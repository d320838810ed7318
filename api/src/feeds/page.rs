//! A page of a feed (RPDE 1.0, change-number mode).

use crate::app::AppState;
use crate::error::ApiError;
use crate::http::etag::none_match;
use crate::http::query::{FromParameters, Parameters};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The largest change number there can be: integers of JSON are exact below 2^53.
pub const MAX_NUMBER: i64 = 9_007_199_254_740_991;

/// Items of a page unless asked otherwise.
const DEFAULT_LIMIT: u64 = 500;

/// Where to start, and how much.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedParameters {
    /// Items that changed after this change number. Follow `next` instead of making it up.
    #[param(
        rename = "afterChangeNumber",
        minimum = 0,
        maximum = 9_007_199_254_740_991_i64,
        required = false
    )]
    pub after_change_number: i64,
    /// Items per page.
    #[param(minimum = 1, maximum = 1000, default = 500, required = false)]
    pub limit: u64,
    /// Whether `limit` was asked for: `next` keeps it.
    #[param(ignore)]
    pub limit_given: bool,
}

impl FromParameters for FeedParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let after_change_number = parameters.number("afterChangeNumber", 0..=MAX_NUMBER, 0);
        // No page has room for nothing, so 0 says that none was asked for.
        let limit = parameters.number("limit", 1..=1000, 0);
        Self {
            after_change_number,
            limit: if limit == 0 { DEFAULT_LIMIT } else { limit },
            limit_given: limit != 0,
        }
    }
}

/// Public, or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Public, with its data.
    Updated,
    /// No longer public.
    Deleted,
}

/// One record of a feed.
#[derive(Clone, Debug, Serialize)]
pub struct FeedItem<T> {
    /// Public, or gone.
    pub state: FeedState,
    /// The feed's kind.
    pub kind: &'static str,
    /// Id of the record.
    pub id: Uuid,
    /// The change number, unique in the feed, ascending.
    pub modified: i64,
    /// The record's view; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
}

#[derive(Serialize)]
struct FeedPage<'a, T> {
    next: String,
    items: &'a [FeedItem<T>],
    license: &'a str,
}

/// The answer for a page.
///
/// # Errors
/// Never in practice: views have a JSON form.
pub fn answer<T: Serialize>(
    state: &AppState,
    request: &HttpRequest,
    parameters: FeedParameters,
    items: &[FeedItem<T>],
) -> Result<HttpResponse, ApiError> {
    let full = u64::try_from(items.len()).is_ok_and(|items| items == parameters.limit);
    // An item's content changes only together with its number, so these two tell pages of one URL apart; how it
    // is written depends on the version, the licence and where we are.
    let mut writing = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), &state.license, &state.public_url).hash(&mut writing);
    let tag = format!(
        "{}.{}.{:x}",
        items.last().map_or(0, |last| last.modified),
        items.len(),
        writing.finish()
    );
    let matched = none_match(request, &tag);
    let mut answer = if matched {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, format!("\"{tag}\"")))
        .insert_header((
            header::CACHE_CONTROL,
            if full {
                "public, max-age=3600"
            } else {
                "public, max-age=8"
            },
        ));
    if matched {
        return Ok(answer.finish());
    }
    let next = match items.last() {
        Some(last) => {
            let limit = if parameters.limit_given {
                format!("&limit={}", parameters.limit)
            } else {
                String::new()
            };
            format!(
                "{}{}?afterChangeNumber={}{limit}",
                state.public_url,
                request.path(),
                last.modified
            )
        }
        // The last page names itself, byte for byte.
        None => format!(
            "{}{}",
            state.public_url,
            request
                .uri()
                .path_and_query()
                .map_or(request.path(), |path| path.as_str())
        ),
    };
    Ok(answer.json(FeedPage {
        next,
        items,
        license: &state.license,
    }))
}
