//! `GET /v1/organizations/{id}/claims/{claim_id}`.

use super::access::ClaimReader;
use super::view::ClaimView;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

/// Get a claim
///
/// For the claimant, the organization's owners, and moderators.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("claim_id" = Uuid, Path, description = "Id of the claim"),
    ),
    responses(
        (status = 200, description = "The claim", body = ClaimView),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/claims/{claim_id}")]
pub async fn get_claim(
    state: web::Data<AppState>,
    reader: ClaimReader,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let ClaimReader { claim, visitor } = reader;
    let view = ClaimView::load(&state, &state.store.db, claim, &visitor.organization).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}
