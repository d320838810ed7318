//! The one stylesheet.

use actix_web::http::header;
use actix_web::{HttpResponse, get};

/// `/style.css`
#[get("/style.css")]
pub async fn show_style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("style.css"))
}
