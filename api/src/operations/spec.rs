//! `/openapi.yaml` and `/openapi.json`.

use crate::openapi;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use std::sync::OnceLock;

/// The spec, made when somebody first asks for it: a start need not wait for that.
#[derive(Default)]
pub struct Spec {
    yaml: OnceLock<String>,
    json: OnceLock<String>,
}

impl Spec {
    fn yaml(&self) -> &str {
        self.yaml
            .get_or_init(|| openapi::yaml(&openapi::openapi()).unwrap_or_default())
    }

    fn json(&self) -> &str {
        self.json
            .get_or_init(|| openapi::openapi().to_pretty_json().unwrap_or_default())
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
        .body(spec.yaml().to_owned())
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
        .body(spec.json().to_owned())
}
