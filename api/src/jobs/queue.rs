//! Jobs that are not public, for moderators: listed from SQL, never from the index.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::{cursor, pages};
use crate::jobs::parameters::ListParameters;
use crate::jobs::rows::with_employers;
use crate::jobs::view::JobView;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use entity::ids::{JobId, OrganizationId};
use entity::job::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Jobs of one status, oldest first.
///
/// # Errors
/// 401 for nobody in particular, 403 for anybody but moderators, 400 for parameters that only the public
/// list has.
pub async fn list(
    state: &AppState,
    viewer: Viewer,
    request: &HttpRequest,
    parameters: &ListParameters,
    status: Status,
) -> Result<HttpResponse, ApiError> {
    if viewer.0 == entity::organization::Viewer::Anonymous {
        return Err(ApiError::login_needed());
    }
    if !viewer.0.is_moderator() {
        return Err(ApiError::Forbidden(
            "only moderators may list what is not public; GET /v1/me/jobs lists your own"
                .to_owned(),
        ));
    }
    let employers: Vec<_> = parameters
        .organization_id
        .iter()
        .filter_map(|id| Uuid::try_parse(id).ok().map(OrganizationId))
        .collect();
    let others = parameters.filters.len() > usize::from(!employers.is_empty());
    let is_search = parameters.q.is_some()
        || parameters.prefix
        || parameters.highlight
        || !parameters.interpret
        || parameters.explain;
    let is_ordered = parameters.sort.is_some() || parameters.collapse;
    let is_paid = parameters.salary.min.is_some() || !parameters.salary.unspecified;
    if others || is_search || is_ordered || is_paid || !parameters.facets.is_empty() {
        return Err(ApiError::field(
            "/status",
            "combines with organization_id, limit and cursor only; leave out the other parameters",
        ));
    }
    let mut query = Entity::find().filter(Column::Status.eq(status));
    if !employers.is_empty() {
        query = query.filter(Column::OrganizationId.is_in(employers));
    }
    let total = query.clone().count(&state.store.db).await?;
    if let Some(after) = &parameters.cursor {
        query = query.filter(Column::Id.gt(JobId(cursor::decode::<Uuid>(after)?)));
    }
    let limit = u64::try_from(parameters.limit).unwrap_or(100);
    let mut rows = query
        .order_by_asc(Column::Id)
        .limit(limit + 1)
        .all(&state.store.db)
        .await?;
    let next = pages::cut(&mut rows, limit, |last| last.id.0)?;
    let now = state.clock.now();
    let items: Vec<_> = with_employers(&state.store.db, rows)
        .await?
        .into_iter()
        .map(|(row, employer)| JobView::new(row, &employer, now))
        .collect();
    Ok(pages::begin(state, request, next.as_deref())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"items": items, "total": total, "next_cursor": next, "facets": {}})))
}
