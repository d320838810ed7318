//! `GET /v1/organizations/{id}/attestations`.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::organizations::attestations::view::AttestationView;
use crate::organizations::editor::OrganizationReader;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::attestation::{Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of attestations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttestationPage {
    /// The oldest first.
    pub items: Vec<AttestationView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// The attestations of an organization
///
/// Those that hold now. Its editors and moderators see all, also those that are to come, over or
/// revoked; the editors of an issuer see all of theirs.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        PageParameters,
    ),
    responses(
        (status = 200, description = "Its attestations", body = AttestationPage),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations/{id}/attestations")]
pub async fn list_attestations(
    state: web::Data<AppState>,
    viewer: Viewer,
    reader: OrganizationReader,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let now = state.clock.now();
    let mut query = Entity::visible_to(viewer.0, reader.organization.id, reader.is_editor, now);
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(Column::Id.gt(cursor::decode::<Uuid>(cursor)?));
    }
    let mut rows = query
        .order_by_asc(Column::Id)
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id)?;
    let items = rows
        .into_iter()
        .map(|row| AttestationView::of(row, viewer.0))
        .collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(AttestationPage { items, next_cursor }))
}
