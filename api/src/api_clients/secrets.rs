//! `POST /v1/api-clients/{client_id}/secrets`.

use crate::api_clients::rows;
use crate::api_clients::view::NewApiClientSecret;
use crate::app::AppState;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::NoBody;
use crate::http::query::{NoParameters, Query};
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};

/// Give an API client a new secret
///
/// It is shown this once. The older ones work for another 24 hours, to change over without a break. Takes
/// no body.
#[utoipa::path(
    tag = "Access",
    params(("client_id" = Uuid, Path, description = "Id of the client")),
    responses(
        (status = 201, description = "The new secret", body = NewApiClientSecret),
        (status = 409, description = "Ten secrets work already", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api-clients/{client_id}/secrets")]
pub async fn create_api_client_secret(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = rows::id(&id)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    let secret = rows::add_secret(&txn, &state.clock, account.id, id).await?;
    txn.commit().await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(NewApiClientSecret::from(secret)))
}
