//! A page of a feed (RPDE 1.0, change-number mode). It has as many items as were asked for, or fewer once it is
//! large: `next` is made from the last, so a page may end anywhere.

use crate::error::ApiError;
use crate::http::etag::none_match;
use crate::http::query::{FromParameters, Parameters};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use entity::feed_entry;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The largest change number there can be: integers of JSON are exact below 2^53.
pub const MAX_NUMBER: i64 = 9_007_199_254_740_991;

/// A page that has so many bytes ends.
const ENOUGH: usize = 1 << 20;

/// Records that are read at a time.
pub const BATCH: usize = 50;

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
    /// Items per page, at most: a page of large items ends sooner.
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
#[derive(Serialize)]
struct FeedItem<T> {
    state: FeedState,
    kind: &'static str,
    id: Uuid,
    /// The change number, unique in the feed, ascending.
    modified: i64,
    /// The record's view; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

#[derive(Serialize)]
struct FeedPage<'a> {
    next: String,
    items: &'a [Box<RawValue>],
    license: &'a str,
}

/// The items of a page, written as they are read.
#[derive(Default)]
pub struct Items {
    written: Vec<Box<RawValue>>,
    bytes: usize,
    /// The change number of the last.
    last: Option<i64>,
}

impl Items {
    /// Writes these entries of a kind, with the views of those that are public, until it is enough.
    ///
    /// # Errors
    /// Never in practice: views have a JSON form.
    pub fn write<T: Serialize>(
        &mut self,
        kind: &'static str,
        entries: &[feed_entry::Model],
        mut views: HashMap<Uuid, T>,
    ) -> Result<(), ApiError> {
        for entry in entries {
            if self.is_enough() {
                break;
            }
            let data = views.remove(&entry.id);
            let state = if data.is_some() {
                FeedState::Updated
            } else {
                FeedState::Deleted
            };
            let item = FeedItem {
                state,
                kind,
                id: entry.id,
                modified: entry.seq,
                data,
            };
            let written = to_raw_value(&item)
                .map_err(|_| ApiError::Internal("an item of a feed has no JSON form"))?;
            self.bytes += written.get().len();
            self.last = Some(entry.seq);
            self.written.push(written);
        }
        Ok(())
    }

    /// Whether the page is as large as it gets.
    pub fn is_enough(&self) -> bool {
        self.bytes >= ENOUGH
    }
}

/// The answer for a page.
pub fn answer(
    state: &AppState,
    request: &HttpRequest,
    parameters: FeedParameters,
    items: &Items,
) -> HttpResponse {
    let count = items.written.len();
    let full = items.is_enough() || u64::try_from(count).is_ok_and(|it| it == parameters.limit);
    // An item's content changes only together with its number, so these two tell pages of one URL apart; how it
    // is written depends on the version, the licence and where we are.
    let mut writing = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), &state.license, &state.public_url).hash(&mut writing);
    let tag = format!(
        "{}.{}.{:x}",
        items.last.unwrap_or(0),
        count,
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
        return answer.finish();
    }
    let next = match items.last {
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
                last
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
    answer.json(FeedPage {
        next,
        items: &items.written,
        license: &state.license,
    })
}
