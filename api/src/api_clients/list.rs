//! `GET /v1/api-clients`, `GET /v1/api-clients/{client_id}`.

use crate::api_clients::rows;
use crate::api_clients::view::{ApiClientPage, ApiClientView, views};
use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::{NoParameters, Query};
use crate::http::{cursor, pages};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::api_client::{Column, Entity};
use entity::ids::ClientId;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Your API clients
///
/// Those you made, the oldest first. Secrets are not shown again.
#[utoipa::path(
    tag = "Access",
    params(PageParameters),
    responses((status = 200, description = "The clients you made", body = ApiClientPage)),
    security(("bearer" = []))
)]
#[get("/api-clients")]
pub async fn list_api_clients(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Entity::of(account.id);
    if let Some(cursor) = &parameters.cursor {
        let after = ClientId(cursor::decode::<Uuid>(cursor)?);
        query = query.filter(Column::Id.gt(after));
    }
    let mut rows = query
        .order_by_asc(Column::Id)
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id.0)?;
    let items = views(&state.store.db, rows, state.clock.now()).await?;
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(ApiClientPage { items, next_cursor }))
}

/// One of your API clients
///
/// What it may do, for whom, and when it was last used.
#[utoipa::path(
    tag = "Access",
    params(("client_id" = Uuid, Path, description = "Id of the client")),
    responses((status = 200, description = "The client", body = ApiClientView)),
    security(("bearer" = []))
)]
#[get("/api-clients/{client_id}")]
pub async fn get_api_client(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let row = Entity::of(account.id)
        .filter(Column::Id.eq(rows::id(&id)?))
        .one(&state.store.db)
        .await?
        .ok_or_else(rows::not_found)?;
    let view = views(&state.store.db, vec![row], state.clock.now())
        .await?
        .pop()
        .ok_or_else(rows::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}
