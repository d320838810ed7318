//! `DELETE /v1/api-clients/{client_id}`.

use crate::api_clients::rows;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::idempotency;
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::{HttpResponse, delete, web};
use entity::api_client::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// End an API client
///
/// Its secrets and its tokens stop at once.
#[utoipa::path(
    tag = "Access",
    params(("client_id" = Uuid, Path, description = "Id of the client")),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []))
)]
#[delete("/api-clients/{client_id}")]
pub async fn delete_api_client(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let id = rows::id(&id)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    let ended = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(state.clock.now()))
        .filter(Column::Id.eq(id))
        .filter(Column::AccountId.eq(account.id))
        .filter(Column::RevokedAt.is_null())
        .exec(&*txn)
        .await?;
    if ended.rows_affected == 0 {
        return Err(rows::not_found());
    }
    idempotency::forget(&txn, [id.0]).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
