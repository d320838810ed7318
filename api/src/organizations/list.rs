//! `GET /v1/organizations`.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::cursor;
use crate::http::geo::GeoParameters;
use crate::http::pages::{self, Correction, FacetValue, Interpretation};
use crate::http::query::Query;
use crate::organizations::document::HIGHLIGHTED;
use crate::organizations::parameters::{FilterParameters, ListParameters};
use crate::organizations::queue;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::organization::Status;
use search::{Cursor, Kind, Sort};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One organization of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationItem {
    /// The organization.
    #[serde(flatten)]
    pub organization: OrganizationView,
    /// With `highlight=true`: the fields that matched, the matches in `<em>`, HTML-escaped
    /// otherwise; a list of strings for a field that is a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<BTreeMap<String, serde_json::Value>>)]
    pub highlights: Option<BTreeMap<String, serde_json::Value>>,
}

/// A page of organizations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct OrganizationPage {
    /// The organizations.
    #[schema(max_items = 100)]
    pub items: Vec<OrganizationItem>,
    /// How many match in all.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub total: u64,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
    /// Counts of the fields asked for, at most 100 values each, the commonest first. A field's
    /// counts ignore the filter on that field.
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
        "items": [crate::organizations::view::sample()],
        "total": 1,
        "next_cursor": null,
        "facets": {"country": [{"value": "GB", "count": 1}]},
    })
}

/// Search organizations
///
/// `q` is answered in stages, each only if the one before found nothing: all words (exact,
/// stemmed or by synonym), the last word as a prefix, all words with typos, the best partial
/// matches. Lists hold the public set only, whoever asks.
#[utoipa::path(
    tag = "Organizations",
    params(ListParameters, FilterParameters, GeoParameters),
    responses(
        (status = 200, description = "A page of organizations", body = OrganizationPage,
            headers(("Link" = String, description = "The next page, `rel=\"next\"`")),
            links(("get" = (operation_id = "get_organization", parameters(("id" = "$response.body#/items/0/id")))))),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations")]
pub async fn list_organizations(
    state: web::Data<AppState>,
    viewer: Viewer,
    request: HttpRequest,
    Query(parameters): Query<ListParameters>,
) -> Result<HttpResponse, ApiError> {
    if let Some(status @ (Status::Pending | Status::Rejected | Status::Archived)) =
        parameters.status
    {
        return queue::list(&state, viewer, &request, &parameters, status).await;
    }
    pages::may_explain(&viewer, parameters.explain)?;
    let page = pages::search(&state, query(parameters)?).await?;
    pages::answer(&state, &request, &page)
}

/// The query of the index.
///
/// # Errors
/// A fault of `/cursor`.
pub fn query(parameters: ListParameters) -> Result<search::Query, ApiError> {
    let after = parameters
        .cursor
        .as_deref()
        .map(cursor::decode::<Cursor>)
        .transpose()?;
    let default_sort = if parameters.q.is_some() {
        Sort::Relevance
    } else {
        Sort::Name
    };
    Ok(search::Query {
        kinds: vec![Kind::Organization],
        text: parameters.q,
        prefix: parameters.prefix,
        filters: parameters.filters,
        sort: parameters.sort.unwrap_or(default_sort),
        facets: parameters.facets,
        limit: parameters.limit,
        after,
        highlight: parameters.highlight.then_some(HIGHLIGHTED),
        interpret: parameters.interpret,
        explain: parameters.explain,
        ..search::Query::default()
    })
}
