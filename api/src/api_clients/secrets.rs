//! `POST /v1/api-clients/{client_id}/secrets`.

use crate::api_clients::rows;
use crate::api_clients::view::NewApiClientSecret;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::NoBody;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};

/// Give an API client a new secret
///
/// It is shown this once (an answer that is given again for an `Idempotency-Key` lacks it). The older ones work for another 24 hours, to change over without a break. Takes
/// no body.
#[utoipa::path(
    tag = "Access",
    params(
        ("client_id" = Uuid, Path, description = "Id of the client"),
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    responses(
        (status = 201, description = "The new secret", body = NewApiClientSecret,
            headers(("Location" = String, description = "Path of the client, which lists its secrets"))),
        (status = 410, description = "The client has been ended since", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Ten secrets work already, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api-clients/{client_id}/secrets")]
pub async fn create_api_client_secret(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let key = key.claim(account.id.0, &request, &[])?;
    let id = rows::id(&id)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &key
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    let secret = rows::add_secret(&txn, &state.clock, account.id, id).await?;
    let location = format!("/v1/api-clients/{id}");
    let mut view = NewApiClientSecret::from(secret);
    let answer = Answer::created(location.clone(), &view)?;
    if let Some(claim) = &key {
        view.client_secret = None;
        let again = Answer::created(location, &view)?;
        claim.store(&txn, &again, id.0, state.clock.now()).await?;
    }
    txn.commit().await?;
    answer.respond()
}
