//! Documents at well-known places (RFC 8615).

use crate::error::ApiError;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::json;

/// The API catalog
///
/// Where the spec and its documentation are (RFC 9727).
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "A linkset", body = serde_json::Value, content_type = "application/linkset+json"))
)]
#[get("/.well-known/api-catalog")]
pub async fn get_api_catalog(state: web::Data<AppState>) -> HttpResponse {
    let base = &state.public_url;
    let link = |path: &str, media_type: &str| json!([{"href": format!("{base}{path}"), "type": media_type}]);
    let catalog = json!({"linkset": [{
        "anchor": format!("{base}/v1"),
        "service-desc": link("/openapi.yaml", "application/yaml"),
        "service-doc": link("/docs/", "text/html"),
        "status": link("/healthz", "application/json"),
    }]});
    HttpResponse::Ok()
        .content_type(
            "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"",
        )
        .insert_header((
            header::LINK,
            format!("<{base}/.well-known/api-catalog>; rel=\"api-catalog\""),
        ))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(catalog.to_string())
}

/// Security contact
///
/// How to report a vulnerability (RFC 9116); 404 where the instance names no contact.
#[utoipa::path(
    tag = "Operations",
    responses(
        (status = 200, description = "security.txt", body = String, content_type = "text/plain"),
        (status = 404, description = "The instance names no contact", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    )
)]
#[get("/.well-known/security.txt")]
pub async fn get_security_txt(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let contact = state.security_contact.as_ref().ok_or_else(|| {
        ApiError::NotFound(
            "this instance names no security contact; see --security-contact".to_owned(),
        )
    })?;
    // RFC 9116 section 2.5.5: less than a year ahead.
    let expires =
        (state.clock.now() + TimeDelta::days(180)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let canonical = &state.public_url;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {canonical}/.well-known/security.txt\n"
    )))
}
