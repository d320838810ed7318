//! `GET /v1/jobs/{id}`.

use crate::error::ApiError;
use crate::http::etag::{etag, none_match};
use crate::http::query::{NoParameters, Query};
use crate::jobs::editor::JobReader;
use crate::jobs::view::JobView;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};

/// Get a job
///
/// By id or slug. A job that was filled, withdrawn or has run out says so in `status`; one that was deleted,
/// or whose organization left the public set, is 410; a draft is 404 to everybody but the organization's
/// editors and moderators.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        ("If-None-Match" = Option<String>, Header, description = "Entity tag of the version you have"),
    ),
    responses(
        (status = 200, description = "The job", body = JobView,
            headers(("ETag" = String, description = "Entity tag, for If-Match and If-None-Match")),
            links(
                ("update" = (operation_id = "update_job", parameters(("id" = "$response.body#/id")))),
                ("organization" = (operation_id = "get_organization", parameters(("id" = "$response.body#/organization_id")))),
            )),
        (status = 304, description = "You have this version already"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/jobs/{id}")]
pub async fn get_job(
    state: web::Data<AppState>,
    reader: JobReader,
    request: HttpRequest,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let JobReader {
        job,
        organization,
        number,
        ..
    } = reader;
    let now = state.clock.now();
    // That its time is up may not have been noted yet: then this is another representation. And what is
    // over or a draft has no new number when its organization changes, which the answer shows as it is.
    let is_known = job.is_open(now) && none_match(&request, &number.to_string());
    let mut answer = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, etag(number)))
        // Kept, but asked about each time: what somebody may see can change at any moment.
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if is_known {
        return Ok(answer.finish());
    }
    Ok(answer
        .insert_header(("Accept-Patch", crate::http::body::MERGE_PATCH))
        .json(JobView::new(job, &organization, now)))
}
