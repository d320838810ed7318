//! `GET /v1/organizations/{id}/attestations/{attestation_id}`.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::organizations::attestations::view::AttestationView;
use crate::organizations::editor::OrganizationReader;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use entity::attestation::{Column, Entity, Model};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

/// Get an attestation
///
/// Whoever may read the organization may read what others vouch for; what no longer holds, only its editors,
/// the issuer's, and moderators.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("attestation_id" = Uuid, Path, description = "Id of the attestation"),
    ),
    responses(
        (status = 200, description = "The attestation", body = AttestationView),
        (status = 410, description = "The organization is no longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations/{id}/attestations/{attestation_id}")]
pub async fn get_attestation(
    state: web::Data<AppState>,
    viewer: Viewer,
    reader: OrganizationReader,
    path: web::Path<(String, String)>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let row = find(&state, viewer.0, &reader, &path.1).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(AttestationView::of(row, viewer.0)))
}

/// The attestation, if the viewer may know of it.
///
/// # Errors
/// [`ApiError::NotFound`] if not.
pub async fn find(
    state: &AppState,
    viewer: entity::organization::Viewer,
    reader: &OrganizationReader,
    id: &str,
) -> Result<Model, ApiError> {
    let not_found =
        || ApiError::NotFound("the organization has no attestation with this id".to_owned());
    let id = Uuid::try_parse(id).map_err(|_| not_found())?;
    let now = state.clock.now();
    Entity::visible_to(viewer, reader.organization.id, reader.is_editor, now)
        .filter(Column::Id.eq(id))
        .one(&state.store.db)
        .await?
        .ok_or_else(not_found)
}
