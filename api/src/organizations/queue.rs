//! What is not public, for moderators: listed from SQL, never from the index.

use crate::auth::account::Viewer;
use crate::error::ApiError;
use crate::http::{cursor, pages};
use crate::organizations::parameters::ListParameters;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse};
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use search::{Filter, Keyword};
use serde_json::json;
use uuid::Uuid;

/// Records of one status, oldest first.
///
/// # Errors
/// 401 for nobody in particular, 403 for anybody but moderators, 400 for parameters that only the public list has.
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
            "only moderators may list what is not public; leave out status".to_owned(),
        ));
    }
    let mut query = Entity::find().filter(Column::Status.eq(status));
    for filter in &parameters.filters {
        match filter {
            Filter::Keyword {
                field: Keyword::Source,
                any_of,
                or_missing: false,
            } => {
                query = query.filter(Column::SourceName.is_in(any_of));
            }
            _ => return Err(unsupported()),
        }
    }
    let is_search = parameters.q.is_some()
        || parameters.prefix
        || parameters.highlight
        || !parameters.interpret
        || parameters.explain;
    if is_search || parameters.sort.is_some() || !parameters.facets.is_empty() {
        return Err(unsupported());
    }
    let total = query.clone().count(&state.store.db).await?;
    if let Some(after) = &parameters.cursor {
        let after = OrganizationId(cursor::decode::<Uuid>(after)?);
        query = query.filter(Column::Id.gt(after));
    }
    let limit = u64::try_from(parameters.limit).unwrap_or(100);
    let mut rows = query
        .order_by_asc(Column::Id)
        .limit(limit + 1)
        .all(&state.store.db)
        .await?;
    let next = pages::cut(&mut rows, limit, |last| last.id.0)?;
    let items: Vec<_> = rows.into_iter().map(OrganizationView::from).collect();
    Ok(pages::begin(state, request, next.as_deref())
        .json(json!({"items": items, "total": total, "next_cursor": next, "facets": {}})))
}

fn unsupported() -> ApiError {
    ApiError::field(
        "/status",
        "combines with source, limit and cursor only; leave out the other parameters",
    )
}
