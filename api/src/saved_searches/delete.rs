//! `DELETE /v1/saved-searches/{saved_search_id}`.

use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::etag::IfMatch;
use crate::http::idempotency;
use crate::http::query::{NoParameters, Query};
use crate::saved_searches::rows;
use crate::state::AppState;
use actix_web::{HttpResponse, delete, web};
use entity::saved_search::Entity;
use sea_orm::EntityTrait;

/// Remove a saved search
///
/// You are told nothing more, and its feed is gone.
#[utoipa::path(
    tag = "Alerts",
    params(
        ("saved_search_id" = Uuid, Path, description = "Id of the saved search"),
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    responses((status = 204, description = "Removed")),
    security(("bearer" = []))
)]
#[delete("/saved-searches/{saved_search_id}")]
pub async fn delete_saved_search(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
    if_match: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    rows::next_revision(&txn).await?;
    let current = rows::own(&*txn, account.id, &id).await?;
    if_match.check(current.revision)?;
    // What was found for it goes with the row.
    Entity::delete_by_id(current.id).exec(&*txn).await?;
    idempotency::forget(&txn, [current.id.0]).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
