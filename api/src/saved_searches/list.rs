//! `GET /v1/saved-searches`.

use crate::app::AppState;
use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::saved_searches::view::{SavedSearchPage, SavedSearchView};
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
    let more = u64::try_from(rows.len()).is_ok_and(|read| read > parameters.limit);
    if more {
        rows.pop();
    }
    let next_cursor = match rows.last() {
        Some(last) if more => Some(cursor::encode(&last.id.0)?),
        _ => None,
    };
    let views = rows
        .iter()
        .map(|row| SavedSearchView::new(row, &state.public_url));
    let items = views.collect();
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(next) = &next_cursor {
        answer.insert_header((header::LINK, pages::next_link(&state, &request, next)));
    }
    Ok(answer.json(SavedSearchPage { items, next_cursor }))
}
