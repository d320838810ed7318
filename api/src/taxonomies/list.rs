//! `GET /v1/taxonomies/{taxonomy}`.

use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::taxonomies::ica_regions::IcaRegion;
use crate::taxonomies::{networks, organization_types, sectors, skills};
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An entry of a code list. Lists add members of their own: `cooperative` for organization types,
/// `essglobal` for sectors, `country` and `website` for networks, `aliases` for skills.
#[derive(Serialize, ToSchema)]
pub struct TaxonomyEntry {
    /// The code, as records use it.
    pub code: String,
    /// What people call it, in English.
    pub label: String,
    /// Code of the wider entry.
    #[schema(required = false)]
    pub parent: Option<String>,
    /// What belongs there.
    #[schema(required = false)]
    pub description: Option<String>,
}

/// A code list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"code": "hosting", "label": "Hosting", "parent": "information_technology", "description": "Servers and services run for others."}]}))]
pub struct Taxonomy {
    /// Its entries; a narrower one follows the wider.
    pub items: Vec<TaxonomyEntry>,
}

/// A code list
///
/// The codes that records and filters use, with labels and, where the list is a tree, parents.
#[utoipa::path(
    tag = "Across kinds",
    params(("taxonomy" = String, Path, description = "Name of the list", example = "sectors", pattern = "^(sectors|skills|organization-types|networks|ica-regions)$")),
    responses((status = 200, description = "The list", body = Taxonomy))
)]
#[get("/taxonomies/{taxonomy}")]
pub async fn list_taxonomy(
    taxonomy: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let items = match taxonomy.as_str() {
        "sectors" => json!(sectors::all()),
        "skills" => json!(skills::all()),
        "organization-types" => json!(organization_types::all()),
        "networks" => networks::all().iter().map(network).collect(),
        "ica-regions" => IcaRegion::ALL
            .iter()
            .map(|region| region_entry(*region))
            .collect(),
        _ => {
            return Err(ApiError::NotFound(
                "there are sectors, skills, organization-types, networks and ica-regions"
                    .to_owned(),
            ));
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .json(json!({"items": items})))
}

fn network(network: &networks::Network) -> Value {
    json!({
        "code": network.code,
        "label": network.name,
        "parent": network.parent,
        "country": network.country,
        "website": network.website,
    })
}

fn region_entry(region: IcaRegion) -> Value {
    json!({
        "code": region.code(),
        "label": region.label(),
        "countries": region.countries().collect::<Vec<_>>(),
    })
}
