//! `POST /v1/saved-searches`.

use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::{NoParameters, Query};
use crate::saved_searches::input::SavedSearchInput;
use crate::saved_searches::rows;
use crate::saved_searches::view::{SavedSearchView, WrittenSavedSearch};
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};

/// Save a search
///
/// You are told of jobs that match it and become public from now on, of each once: by mail, by webhook, or in
/// a private Atom feed. The secret of a webhook is shown this once. What gets webhooks first echoes a challenge:
/// to a signed request `{"type": "webhook.verification", "data": {"challenge": "…"}}` it answers 2xx with that
/// text, or with a JSON object that has it as `challenge`. Until then nothing else is sent there.
#[utoipa::path(
    tag = "Alerts",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours, without the secret", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body(content = SavedSearchInput, content_type = "application/json"),
    responses(
        (status = 201, description = "Saved", body = WrittenSavedSearch,
            headers(("Location" = String, description = "Path of the saved search"), ("ETag" = String, description = "Entity tag, for If-Match")),
            links(("get" = (operation_id = "get_saved_search", parameters(("saved_search_id" = "$response.body#/id")))))),
        (status = 409, description = "You have as many saved searches as you may have, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "What the request with this Idempotency-Key made has been deleted since", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/saved-searches")]
pub async fn create_saved_search(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let claim = key.claim(account.id.0, &request, &body.raw)?;
    let input = SavedSearchInput::read(body.members, None, &state)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &claim
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    let row = rows::insert(&state, &txn, account.id, input).await?;
    let search = SavedSearchView::new(&row, &state.public_url);
    let answer = Answer {
        status: 201,
        headers: vec![
            ("Location", format!("/v1/saved-searches/{}", row.id)),
            ("ETag", etag(row.revision)),
            ("Cache-Control", "no-store".to_owned()),
        ],
        body: serde_json::to_string(&search)
            .map_err(|_| ApiError::Internal("a saved search has no JSON form"))?,
    };
    if let Some(claim) = &claim {
        claim
            .store(&txn, &answer, row.id.0, state.clock.now())
            .await?;
    }
    txn.commit().await?;
    state.deliveries.wake();
    let mut response = HttpResponse::Created();
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    Ok(response.json(WrittenSavedSearch {
        search,
        secret: row.webhook_secret,
    }))
}
