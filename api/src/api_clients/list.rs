//! `GET /v1/api-clients`, `GET /v1/api-clients/{client_id}`.

use crate::api_clients::rows;
use crate::api_clients::view::{ApiClientPage, ApiClientView, views};
use crate::app::AppState;
use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::query::{FromParameters, NoParameters, Parameters, Query};
use crate::http::{cursor, pages};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::api_client::{Column, Entity};
use entity::ids::ClientId;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use utoipa::IntoParams;
use uuid::Uuid;

/// Parameters of the list.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// Clients per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: u64,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for PageParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

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
    let more = u64::try_from(rows.len()).is_ok_and(|read| read > parameters.limit);
    if more {
        rows.pop();
    }
    let next_cursor = match rows.last() {
        Some(last) if more => Some(cursor::encode(&last.id.0)?),
        _ => None,
    };
    let items = views(&state.store.db, rows, state.clock.now()).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(next) = &next_cursor {
        answer.insert_header((header::LINK, pages::next_link(&state, &request, next)));
    }
    Ok(answer.json(ApiClientPage { items, next_cursor }))
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
