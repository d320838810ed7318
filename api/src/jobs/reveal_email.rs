//! `POST /v1/jobs/{id}/reveal-email`.

use crate::error::ApiError;
use crate::http::body::NoBody;
use crate::http::query::{NoParameters, Query};
use crate::jobs::editor::{JobReader, not_found};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom to write to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"email": "jobs@example.coop"}))]
pub struct RevealedEmail {
    /// The address.
    #[schema(schema_with = crate::jobs::schema::apply_email)]
    pub email: String,
}

/// Reveal where to apply
///
/// The address of an open job that is applied to by mail. It is in no list and on no page, so that nobody
/// gathers it; this is asked for one job at a time, within a budget of its own.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 200, description = "The address", body = RevealedEmail),
        (status = 409, description = "It is applied to elsewhere: see `apply_url`", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer open", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[post("/jobs/{id}/reveal-email")]
pub async fn reveal_job_email(
    state: web::Data<AppState>,
    reader: JobReader,
    _: Query<NoParameters>,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    if !reader.is_editor && !reader.job.is_open(state.clock.now()) {
        return Err(ApiError::Gone("this job is no longer open".to_owned()));
    }
    if reader.job.apply_url.is_some() {
        return Err(ApiError::Conflict(
            "this job is applied to at its apply_url".to_owned(),
        ));
    }
    let email = reader.job.apply_email.ok_or_else(not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(RevealedEmail { email }))
}
