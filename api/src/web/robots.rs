//! `/robots.txt` (RFC 9309).

use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

/// Pages may be read by all; what is for programs, and what people press, is not for crawlers.
#[get("/robots.txt")]
pub async fn show_robots(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(format!(
            "User-agent: *\nDisallow: /v1/\nDisallow: /jobs/*/apply\nDisallow: /jobs/*/email\n\n\
             Sitemap: {}/sitemap.xml\n",
            state.public_url
        ))
}
