//! `GET /v1/saved-searches`.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::saved_searches::view::{SavedSearchPage, SavedSearchView};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::ids::SavedSearchId;
use entity::saved_search::{Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Your saved searches
///
/// The oldest first. Secrets are not shown again.
#[utoipa::path(
    tag = "Alerts",
    params(PageParameters),
    responses((status = 200, description = "Your saved searches", body = SavedSearchPage)),
    security(("bearer" = []))
)]
#[get("/saved-searches")]
pub async fn list_saved_searches(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Entity::of(account.id);
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(Column::Id.gt(SavedSearchId(cursor::decode::<Uuid>(cursor)?)));
    }
    let mut rows = query
        .order_by_asc(Column::Id)
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id.0)?;
    let views = rows
        .iter()
        .map(|row| SavedSearchView::new(row, &state.public_url));
    let items = views.collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(SavedSearchPage { items, next_cursor }))
}
