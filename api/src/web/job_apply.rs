//! `/jobs/{id or slug}/apply`: on to where a job is applied to. Who goes is counted, not noted.

use crate::error::ApiError;
use crate::http::envelope;
use crate::state::AppState;
use crate::web::job;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};

/// To the employer's page, or to ours where it is by mail.
#[get("/jobs/{id}/apply")]
pub async fn go_to_apply(
    state: web::Data<AppState>,
    name: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let job = match job::open(&state, &name).await? {
        Ok(reader) => reader.job,
        Err(answer) => return Ok(answer),
    };
    let location = match job.apply_url {
        Some(url) => {
            let today = state.clock.now().date_naive();
            // Who asks for the head alone looks where it leads.
            if !envelope::is_head(&request) {
                state.apply_counts.note(job.id, today);
            }
            url
        }
        None => format!("/jobs/{}/email", job.slug),
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Robots-Tag", "noindex"))
        .finish())
}
