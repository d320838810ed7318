//! `GET /v1/jobs/{id}/history`.

use crate::error::ApiError;
use crate::http::history::{self, HistoryPage, Sight};
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::jobs::editor::JobReader;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::change::Kind;

/// The history of a job
///
/// When it changed, what changed, in which role and from which source, newest first. A change without
/// fields followed one of its organization.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        PageParameters,
    ),
    responses(
        (status = 200, description = "Its changes", body = HistoryPage),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/jobs/{id}/history")]
pub async fn list_job_history(
    state: web::Data<AppState>,
    reader: JobReader,
    request: HttpRequest,
    Query(page): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let key = (Kind::Job, reader.job.id.0);
    let sight = if reader.is_editor {
        Sight::Editor
    } else {
        Sight::Public
    };
    history::page(&state, &request, key, sight, page).await
}
