//! `GET /v1/jobs`.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::cursor;
use crate::http::geo::GeoParameters;
use crate::http::pages::{self, Correction, FacetValue, Interpretation};
use crate::http::query::Query;
use crate::jobs::document::HIGHLIGHTED;
use crate::jobs::filters::FilterParameters;
use crate::jobs::parameters::{Facet, ListParameters};
use crate::jobs::queue;
use crate::jobs::salaries;
use crate::jobs::salary_filter::no_rate;
use crate::jobs::view::JobView;
use crate::money::Rates;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::job::Status;
use search::{Cursor, Kind, Sort};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One job of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobItem {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// With `highlight=true`: the fields that matched, the matches in `<em>`, HTML-escaped otherwise; a list
    /// of strings for a field that is a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<BTreeMap<String, serde_json::Value>>)]
    pub highlights: Option<BTreeMap<String, serde_json::Value>>,
}

/// A page of jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct JobPage {
    /// The jobs.
    #[schema(max_items = 100)]
    pub items: Vec<JobItem>,
    /// How many match in all.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub total: u64,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
    /// Counts of the fields asked for, at most 100 values each, the commonest first. A field's counts ignore
    /// the filter on that field. Those of `salary` are in the order of pay: `value` is the range per year,
    /// `20000-30000` from the one to below the other.
    pub facets: BTreeMap<String, Vec<FacetValue>>,
    /// Words that were searched for in another spelling, because nothing has them as typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub corrections: Vec<Correction>,
    /// Nothing has all the words; these have some of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub relaxed: bool,
    /// When `relaxed`: the words, as typed, that the first of these does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 32)]
    pub left_out: Vec<String>,
    /// What words of `q` were taken for beside themselves: records that have it come first among those that
    /// match as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 32)]
    pub interpreted: Vec<Interpretation>,
    /// With `explain=true`, for moderators: the stage that answered (`all_words`, `last_word_begun`,
    /// `other_spellings` or `some_words`), the languages the words are meant in, what each word matches with which
    /// weight, and what each adds to the score of each of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<Object>)]
    pub explanation: Option<serde_json::Value>,
    /// The search was cut off for its cost; `total` and `facets` count what was seen until then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub partial: bool,
}

/// The example of the spec.
pub fn sample() -> serde_json::Value {
    serde_json::json!({
        "items": [crate::jobs::view::sample()],
        "total": 1,
        "next_cursor": null,
        "facets": {"workplace": [{"value": "hybrid", "count": 1}]},
    })
}

/// Search jobs
///
/// Open jobs of published organizations. `q` is answered in stages, each only if the one before found
/// nothing: all words (exact, stemmed or by synonym), the last word as a prefix, all words with typos, the
/// best partial matches. By relevance, newer jobs come before older ones that match as well, and no
/// employer fills the first hundred.
#[utoipa::path(
    tag = "Jobs",
    params(ListParameters, FilterParameters, GeoParameters),
    responses(
        (status = 200, description = "A page of jobs", body = JobPage,
            headers(("Link" = String, description = "The next page, `rel=\"next\"`")),
            links(("get" = (operation_id = "get_job", parameters(("id" = "$response.body#/items/0/id")))))),
    ),
    security((), ("bearer" = []))
)]
#[get("/jobs")]
pub async fn list_jobs(
    state: web::Data<AppState>,
    viewer: Viewer,
    request: HttpRequest,
    Query(parameters): Query<ListParameters>,
) -> Result<HttpResponse, ApiError> {
    if let Some(status) = parameters
        .status
        .filter(|status| *status != Status::Published)
    {
        return queue::list(&state, viewer, &request, &parameters, status).await;
    }
    pages::may_explain(&viewer, parameters.explain)?;
    let rates = state.rates.current();
    let currency = parameters.salary.currency.clone();
    let page = pages::search(&state, query(&state, parameters, &rates)?).await?;
    pages::answer_with(&state, &request, &page, |counts| {
        ("salary", salaries::facet(counts, &currency, &rates))
    })
}

/// The query of the index.
///
/// # Errors
/// A fault of `/cursor`, or of `/salary_currency` when there is no rate for it.
pub fn query(
    state: &AppState,
    parameters: ListParameters,
    rates: &Rates,
) -> Result<search::Query, ApiError> {
    let after = parameters
        .cursor
        .as_deref()
        .map(cursor::decode::<Cursor>)
        .transpose()?;
    let default_sort = if parameters.q.is_some() {
        Sort::Relevance
    } else {
        Sort::PostedAt
    };
    let filters = parameters.filters(rates)?;
    let histogram = if parameters.facets.contains(&Facet::Salary) {
        let histogram = salaries::histogram(&parameters.salary.currency, rates);
        Some(histogram.ok_or_else(|| no_rate(rates))?)
    } else {
        None
    };
    let facets = parameters.facets.iter().filter_map(|facet| match facet {
        Facet::Keyword(keyword) => Some(*keyword),
        Facet::Salary => None,
    });
    Ok(search::Query {
        kinds: vec![Kind::Job],
        prefix: parameters.prefix,
        filters,
        sort: parameters.sort.unwrap_or(default_sort),
        facets: facets.collect(),
        histogram,
        collapse: parameters.collapse,
        now: state.clock.now().timestamp_micros(),
        limit: parameters.limit,
        after,
        highlight: parameters.highlight.then_some(HIGHLIGHTED),
        interpret: parameters.interpret,
        explain: parameters.explain,
        text: parameters.q,
        ..search::Query::default()
    })
}
