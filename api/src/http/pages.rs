//! Pages of lists. Those of the index are answered from it alone: hits carry their view, so no SQL is done.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::cursor;
use crate::http::query::{FromParameters, Parameters};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use search::{FacetCount, Highlight, Hit, Page, Query};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

/// How many records have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// Records with it, at least 1.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub count: u64,
}

/// A word that was searched for in another spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// As typed.
    #[schema(example = "coperative")]
    pub from: String,
    /// As searched for.
    #[schema(example = "cooperative")]
    pub to: String,
}

/// Words of a query, and what they were taken for beside themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Interpretation {
    /// As typed.
    #[schema(example = "berlin")]
    pub words: String,
    /// The field they are a value of, as its filter is called.
    #[schema(example = "locality")]
    pub field: String,
    /// The value, as most records write it, or its code.
    #[schema(example = "Berlin")]
    pub value: String,
}

/// Whether somebody may have a search explained, if they `ask` for it.
///
/// # Errors
/// 401 for nobody in particular, 403 for anybody but moderators.
pub fn may_explain(viewer: &Viewer, ask: bool) -> Result<(), ApiError> {
    if !ask || viewer.0.is_moderator() {
        return Ok(());
    }
    if viewer.0 == entity::organization::Viewer::Anonymous {
        return Err(ApiError::login_needed());
    }
    Err(ApiError::Forbidden(
        "only moderators may have a search explained; leave out explain".to_owned(),
    ))
}

/// Parameters of a list that is only paged through.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// Records per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: u64,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for PageParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

/// The cursor of the next page, if there is one. Of the rows, one more than `limit` was asked for; it is taken
/// off. `place` tells where the last one that is shown stands.
///
/// # Errors
/// Never in practice: what rows are sorted by has a JSON form.
pub fn cut<T, C: Serialize>(
    rows: &mut Vec<T>,
    limit: u64,
    place: impl FnOnce(&T) -> C,
) -> Result<Option<String>, ApiError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return Ok(None);
    }
    rows.truncate(limit);
    let last = rows.last().map(place);
    last.as_ref().map(cursor::encode).transpose()
}

/// The beginning of an answer with a page of what is not public: no cache keeps it, and `Link` names the next.
pub fn begin(state: &AppState, request: &HttpRequest, next: Option<&str>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(next) = next {
        answer.insert_header((header::LINK, next_link(state, request, next)));
    }
    answer
}

/// What a search may take on the thread that has the request. Nearly all take less, and less than
/// the way to another thread and back.
const AT_ONCE: Duration = Duration::from_millis(2);

/// Runs a search; one that is not done at once starts over off the async threads.
///
/// # Errors
/// 400 for a query or cursor the index cannot take, 503 when its files are damaged, 500 when it fails.
pub async fn search(state: &AppState, query: Query) -> Result<Page, ApiError> {
    let start = Instant::now();
    let index = state.index.index.clone();
    let page = match index.search_within(AT_ONCE, &query).map_err(refused)? {
        Some(page) => page,
        None => web::block(move || index.search(&query))
            .await
            .map_err(|_| ApiError::Internal("a search was cancelled"))?
            .map_err(refused)?,
    };
    metrics::histogram!("toadlane_search_duration_seconds").record(start.elapsed());
    Ok(page)
}

/// A query the index refuses is the client's fault, and named as such.
pub fn refused(error: search::Error) -> ApiError {
    match error {
        search::Error::QueryTooLong => ApiError::field(
            "/q",
            format!(
                "may have at most {} words and {} characters",
                search::MAX_QUERY_WORDS,
                search::MAX_QUERY_CHARS
            ),
        ),
        search::Error::InvalidCursor => cursor::invalid(),
        search::Error::DistanceWithoutPoint => {
            ApiError::field("/sort", "distance needs near=lat,lon")
        }
        search::Error::Locked { .. }
        | search::Error::Io(_)
        | search::Error::Index(_)
        | search::Error::Stored(_) => error.into(),
    }
}

/// The JSON of a page. Views are copied as they are, neither parsed nor written again.
///
/// # Errors
/// Never in practice: keys and counts have a JSON form.
pub fn answer(
    state: &AppState,
    request: &HttpRequest,
    page: &Page,
) -> Result<HttpResponse, ApiError> {
    answer_with(state, request, page, |_| ("", Vec::new()))
}

/// The same, with the histogram of the page, if it has one, as a further facet.
///
/// # Errors
/// Never in practice: keys and counts have a JSON form.
pub fn answer_with(
    state: &AppState,
    request: &HttpRequest,
    page: &Page,
    histogram: impl FnOnce(&[u64]) -> (&'static str, Vec<FacetValue>),
) -> Result<HttpResponse, ApiError> {
    let next = page.next.as_ref().map(cursor::encode).transpose()?;
    let size: usize = page.hits.iter().map(|hit| hit.view.len() + 1).sum();
    let mut body = String::with_capacity(size + 1024);
    body.push_str("{\"items\":[");
    for (index, hit) in page.hits.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        push_hit(&mut body, hit);
    }
    let facets = page.facets.iter().map(|(field, values)| {
        let values = values.iter().map(|FacetCount { value, count }| FacetValue {
            value: value.clone(),
            count: *count,
        });
        (field.as_str(), values.collect())
    });
    let mut facets: BTreeMap<&str, Vec<FacetValue>> = facets.collect();
    facets.extend(page.histogram.as_deref().map(histogram));
    let _ = write!(
        body,
        "],\"total\":{},\"next_cursor\":{},\"facets\":{}",
        page.total,
        json(&next)?,
        json(&facets)?,
    );
    if !page.corrections.is_empty() {
        let _ = write!(body, ",\"corrections\":{}", json(&page.corrections)?);
    }
    if !page.left_out.is_empty() {
        let _ = write!(body, ",\"left_out\":{}", json(&page.left_out)?);
    }
    if !page.interpreted.is_empty() {
        let _ = write!(body, ",\"interpreted\":{}", json(&page.interpreted)?);
    }
    if let Some(explanation) = &page.explanation {
        let _ = write!(body, ",\"explanation\":{}", json(explanation)?);
    }
    for (name, is_so) in [("relaxed", page.relaxed), ("partial", page.partial)] {
        if is_so {
            let _ = write!(body, ",\"{name}\":true");
        }
    }
    body.push('}');
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if let Some(next) = &next {
        answer.insert_header((header::LINK, next_link(state, request, next)));
    }
    Ok(answer.body(body))
}

fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|_| ApiError::Internal("a page has no JSON form"))
}

/// A view is a JSON object, so its highlights go in front of the closing brace.
fn push_hit(body: &mut String, hit: &Hit) {
    body.push_str(&hit.view);
    if hit.highlights.is_empty() || !body.ends_with('}') {
        return;
    }
    let highlights: Map<String, Value> = hit
        .highlights
        .iter()
        .map(|(key, highlight)| {
            let value = match highlight {
                Highlight::Text(text) => Value::from(text.as_str()),
                Highlight::List(items) => Value::from(items.clone()),
            };
            (key.clone(), value)
        })
        .collect();
    body.pop();
    let _ = write!(body, ",\"highlights\":{}}}", Value::Object(highlights));
}

/// `Link` header (RFC 8288) to the page that starts at `cursor`.
pub fn next_link(state: &AppState, request: &HttpRequest, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    format!(
        "<{}{}?{}>; rel=\"next\"",
        state.public_url,
        request.path(),
        query.finish()
    )
}
