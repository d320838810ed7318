//! `POST /v1/api-clients`.

use crate::api_clients::input::{ApiClientInput, NewClient};
use crate::api_clients::rows;
use crate::api_clients::view::NewApiClient;
use crate::app::AppState;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::query::{NoParameters, Query};
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};

/// Make an API client
///
/// A program that acts for you, with the rights of a member at most, within its scopes. Its secret is shown
/// this once; `POST /oauth/token` gives an access token for it.
#[utoipa::path(
    tag = "Access",
    request_body = ApiClientInput,
    responses(
        (status = 201, description = "The client and its secret", body = NewApiClient,
            headers(("Location" = String, description = "Path of the client"))),
        (status = 404, description = "There is no such organization, or none you may know of", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api-clients")]
pub async fn create_api_client(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let new = NewClient::read(body)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    new.check_rights(&*txn, account.id, account.role).await?;
    let (row, secret) = rows::insert(&txn, &state.clock, account.id, new).await?;
    txn.commit().await?;
    let location = format!("/v1/api-clients/{}", row.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(NewApiClient::of(row, secret)))
}
