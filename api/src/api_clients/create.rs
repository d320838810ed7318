//! `POST /v1/api-clients`.

use crate::api_clients::input::{ApiClientInput, NewClient};
use crate::api_clients::rows;
use crate::api_clients::view::NewApiClient;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::changes::allowance::CHANGE_BYTES;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};

/// Make an API client
///
/// A program that acts for you, with the rights of a member at most, within its scopes. Its secret is shown
/// this once (an answer that is given again for an `Idempotency-Key` lacks it); `POST /oauth/token` gives an
/// access token for it.
#[utoipa::path(
    tag = "Access",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body = ApiClientInput,
    responses(
        (status = 201, description = "The client and its secret", body = NewApiClient,
            headers(("Location" = String, description = "Path of the client")),
            links(("token" = (operation_id = "create_token", request_body = json!({
                "grant_type": "client_credentials",
                "client_id": "$response.body#/client_id",
                "client_secret": "$response.body#/client_secret",
            }))))),
        (status = 409, description = "You have 50 API clients already, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "What the request with this Idempotency-Key made has been ended since", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such organization, or none you may know of", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api-clients")]
pub async fn create_api_client(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let key = key.claim(account.id.0, &request, &body.raw)?;
    let new = NewClient::read(body)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &key
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    txn.charge(&account.actor(), CHANGE_BYTES, state.clock.now());
    new.check_rights(&*txn, account.id, account.role).await?;
    let (row, secret) = rows::insert(&txn, &state.clock, account.id, new).await?;
    let (id, location) = (row.id.0, format!("/v1/api-clients/{}", row.id));
    let mut view = NewApiClient::of(row, secret);
    let answer = Answer::created(location.clone(), &view)?;
    if let Some(claim) = &key {
        // The secret is shown once, and kept nowhere.
        view.client_secret = None;
        let again = Answer::created(location, &view)?;
        claim.store(&txn, &again, id, state.clock.now()).await?;
    }
    txn.commit().await?;
    answer.respond()
}
