//! `/healthz` and `/readyz`.

use crate::changes::index;
use crate::error::ApiError;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// How long the database may take: whoever asks is a load balancer and asks again soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the server is.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub struct Health {
    /// `ok`.
    pub status: String,
}

/// Alive
///
/// Answers while the process runs, whatever else is wrong.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "The process runs", body = Health)))]
#[get("/healthz")]
pub async fn get_health() -> HttpResponse {
    ok()
}

/// Ready
///
/// After a start: not before the index has reached the head of the change log as it stood then, and
/// what fell due meanwhile is done.
/// Afterwards: while the database answers. How far the index is behind makes no server unready: that is a
/// metric, `toadlane_index_lag_changes`.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "Ready for requests", body = Health)))]
#[get("/readyz")]
pub async fn get_readiness(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    tokio::time::timeout(PATIENCE, index::head(&state.store.db))
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or(ApiError::Unavailable("the database does not answer"))?;
    if !state.index.caught_up_since_start() {
        return Err(ApiError::Unavailable(
            "the search index is still catching up with the database",
        ));
    }
    if !state.deadlines.applied_since_start(state.index.position()) {
        return Err(ApiError::Unavailable(
            "what fell due while the server was down is not done yet",
        ));
    }
    Ok(ok())
}

fn ok() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Health {
            status: "ok".to_owned(),
        })
}
