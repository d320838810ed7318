//! `GET /v1/me/sessions`, `DELETE /v1/me/sessions/{session_id}`.

use crate::auth::account::Account;
use crate::auth::sessions;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, web};
use chrono::{DateTime, Utc};
use entity::session;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Log-ins shown at most, the latest used first.
const SHOWN: u64 = 100;

/// A log-in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "user_agent": "curl/8.5.0", "created_at": "2026-01-01T09:00:00Z", "last_used_at": "2026-01-02T09:30:00Z", "expires_at": "2026-02-01T09:30:00Z", "current": true}))]
pub struct SessionView {
    /// Id.
    pub id: Uuid,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its refresh token was last used.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is used before.
    pub expires_at: DateTime<Utc>,
    /// Whether this request belongs to it.
    pub current: bool,
}

/// Your log-ins.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// The latest used first, 100 at most.
    pub items: Vec<SessionView>,
}

/// Your log-ins
///
/// Where you are logged in: those that can still be used, the latest used first.
#[utoipa::path(
    tag = "Access",
    responses((status = 200, description = "Log-ins that can still be used", body = SessionList)),
    security(("bearer" = []))
)]
#[get("/me/sessions")]
pub async fn list_my_sessions(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let rows = session::Entity::live(state.clock.now())
        .filter(session::Column::AccountId.eq(account.id))
        .order_by_desc(session::Column::LastUsedAt)
        .limit(SHOWN)
        .all(&state.store.db)
        .await?;
    let items = rows
        .into_iter()
        .map(|row| SessionView {
            current: row.id == account.session,
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        })
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(SessionList { items }))
}

/// End a log-in
///
/// Its tokens stop at once.
#[utoipa::path(
    tag = "Access",
    params(("session_id" = Uuid, Path, description = "Id of the log-in")),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []))
)]
#[delete("/me/sessions/{session_id}")]
pub async fn delete_my_session(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let not_found = || ApiError::NotFound("you have no such log-in".to_owned());
    let id = Uuid::try_parse(&id).map_err(|_| not_found())?;
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    session::Entity::live(now)
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(account.id))
        .one(&*txn)
        .await?
        .ok_or_else(not_found)?;
    sessions::end(&*txn, &[id], now).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
