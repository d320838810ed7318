//! `GET /v1/stats`.

use crate::error::ApiError;
use crate::http::pages::{self, FacetValue};
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use search::{Keyword, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// Public records, counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "kinds": {"organization": 90, "job": 25},
    "countries": [{"value": "GB", "count": 10}],
    "organization_types": [{"value": "worker_cooperative", "count": 36}],
    "networks": [{"value": "cotech", "count": 6}],
    "ica_regions": [{"value": "europe", "count": 48}],
}))]
pub struct Stats {
    /// By kind.
    #[schema(schema_with = counts)]
    pub kinds: BTreeMap<String, u64>,
    /// Organizations by country, the commonest first.
    pub countries: Vec<FacetValue>,
    /// Organizations by type.
    pub organization_types: Vec<FacetValue>,
    /// Organizations by network.
    pub networks: Vec<FacetValue>,
    /// Organizations by region of the International Cooperative Alliance.
    pub ica_regions: Vec<FacetValue>,
}

fn counts() -> Object {
    let count = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(9_007_199_254_740_991_i64));
    ObjectBuilder::new()
        .description(Some("By kind."))
        .additional_properties(Some(count))
        .build()
}

/// Counts
///
/// How many records are public, by kind, country, type, network and ICA region.
#[utoipa::path(
    tag = "Across kinds",
    responses((status = 200, description = "The counts", body = Stats))
)]
#[get("/stats")]
pub async fn get_stats(
    state: web::Data<AppState>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let page = pages::search(
        &state,
        search::Query {
            kinds: vec![Kind::Organization],
            facets: vec![
                Keyword::Country,
                Keyword::OrganizationType,
                Keyword::Network,
                Keyword::IcaRegion,
            ],
            max_facet_values: usize::MAX,
            limit: 0,
            ..search::Query::default()
        },
    )
    .await?;
    let jobs = search::Query {
        kinds: vec![Kind::Job],
        now: state.clock.now().timestamp_micros(),
        limit: 0,
        ..search::Query::default()
    };
    let jobs = pages::search(&state, jobs).await?.total;
    let mut counted = page.facets.into_iter().map(|(_, values)| {
        values
            .into_iter()
            .map(|facet| FacetValue {
                value: facet.value,
                count: facet.count,
            })
            .collect()
    });
    let mut next = || counted.next().unwrap_or_default();
    let answer = Stats {
        kinds: BTreeMap::from([
            (Kind::Organization.as_str().to_owned(), page.total),
            (Kind::Job.as_str().to_owned(), jobs),
        ]),
        countries: next(),
        organization_types: next(),
        networks: next(),
        ica_regions: next(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .json(answer))
}
