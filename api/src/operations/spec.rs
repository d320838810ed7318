//! `/openapi.yaml` and `/openapi.json`.

use crate::openapi;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use utoipa::openapi::OpenApi;

/// The spec, written out once.
pub struct Spec {
    yaml: String,
    json: String,
}

impl Spec {
    /// Writes out a spec.
    pub fn of(spec: &OpenApi) -> Self {
        Self {
            yaml: openapi::yaml(spec).unwrap_or_default(),
            json: spec.to_pretty_json().unwrap_or_default(),
        }
    }
}

/// The spec as YAML
///
/// This document.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "OpenAPI 3.1", body = String, content_type = "application/yaml"))
)]
#[get("/openapi.yaml")]
pub async fn get_openapi_yaml(spec: web::Data<Spec>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/yaml")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(spec.yaml.clone())
}

/// The spec as JSON
///
/// This document.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value, content_type = "application/json"))
)]
#[get("/openapi.json")]
pub async fn get_openapi_json(spec: web::Data<Spec>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(spec.json.clone())
}
