//! `/openapi.yaml` and `/openapi.json`.

use crate::openapi;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use std::sync::LazyLock;

/// Made when somebody first asks for it, in some 20 ms: a start need not wait for that.
static YAML: LazyLock<Bytes> = LazyLock::new(|| {
    let yaml = openapi::yaml(&openapi::openapi());
    yaml.unwrap_or_default().into()
});

static JSON: LazyLock<Bytes> = LazyLock::new(|| {
    let json = openapi::openapi().to_pretty_json();
    json.unwrap_or_default().into()
});

/// The spec as YAML
///
/// This document.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "OpenAPI 3.1", body = String, content_type = "application/yaml"))
)]
#[get("/openapi.yaml")]
pub async fn get_openapi_yaml() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/yaml")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(YAML.clone())
}

/// The spec as JSON
///
/// This document.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value, content_type = "application/json"))
)]
#[get("/openapi.json")]
pub async fn get_openapi_json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(JSON.clone())
}
