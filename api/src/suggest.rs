//! `GET /v1/suggest`.

use crate::error::ApiError;
use crate::http::pages::refused;
use crate::http::query::{FromParameters, Parameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use search::{Kind, SuggestQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Completions at most.
const LIMIT: usize = 10;

/// What has been typed.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuggestParameters {
    /// What has been typed so far.
    #[param(
        min_length = 1,
        max_length = 512,
        pattern = r"^[^\x00]*$",
        example = "host"
    )]
    pub q: String,
    /// Comma-separated kinds; all when left out.
    #[param(value_type = Option<String>, required = false, pattern = "^(organization|job)(,(organization|job))*$", example = "organization")]
    pub kinds: Vec<Kind>,
}

impl FromParameters for SuggestParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let q = parameters.required("q");
        let kinds: Vec<_> = Kind::ALL
            .iter()
            .map(|kind| (kind.as_str(), *kind))
            .collect();
        Self {
            q,
            kinds: parameters.choices("kinds", &kinds),
        }
    }
}

/// One completion.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Completion {
    /// What to search for.
    pub text: String,
    /// Kind of the records that match.
    #[schema(pattern = "^(organization|job)$", example = "organization")]
    pub kind: String,
    /// How many match.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub count: u64,
    /// Id of the record, when the completion is the name of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// At most ten completions, the best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"items": [{"text": "hosting", "kind": "organization", "count": 20}]}))]
pub struct Completions {
    /// The completions.
    #[schema(max_items = 10)]
    pub items: Vec<Completion>,
}

/// Complete as you type
///
/// At most ten completions with how many records match each; typing errors are forgiven.
#[utoipa::path(
    tag = "Across kinds",
    params(SuggestParameters),
    responses((status = 200, description = "Completions, the best first", body = Completions))
)]
#[get("/suggest")]
pub async fn suggest(
    state: web::Data<AppState>,
    Query(SuggestParameters { q, kinds }): Query<SuggestParameters>,
) -> Result<HttpResponse, ApiError> {
    let index = state.index.index.clone();
    let query = SuggestQuery {
        text: q,
        kinds,
        now: state.clock.now().timestamp_micros(),
        limit: LIMIT,
    };
    let suggestions = web::block(move || index.suggest(&query))
        .await
        .map_err(|_| ApiError::Internal("a completion was cancelled"))?
        .map_err(refused)?;
    let items = suggestions
        .into_iter()
        .map(|suggestion| Completion {
            text: suggestion.text,
            kind: suggestion.kind.as_str().to_owned(),
            count: suggestion.count,
            id: suggestion.id,
        })
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(Completions { items }))
}
