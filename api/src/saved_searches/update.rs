//! `PATCH /v1/saved-searches/{saved_search_id}`.

use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::etag::{IfMatch, etag};
use crate::http::query::{NoParameters, Query};
use crate::saved_searches::input::{SavedSearchInput, SavedSearchPatch};
use crate::saved_searches::rows;
use crate::saved_searches::view::{SavedSearchView, WrittenSavedSearch};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, patch, web};
use entity::saved_search::Model;
use serde_json::{Map, Value};

/// Change a saved search
///
/// A merge patch (RFC 7396). With another query you are told of what becomes public from now on. With another
/// `webhook_url` comes a new secret, shown this once. A webhook that has not echoed its challenge yet is asked
/// again by any change, an empty one too.
#[utoipa::path(
    tag = "Alerts",
    params(
        ("saved_search_id" = Uuid, Path, description = "Id of the saved search"),
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    request_body(content = SavedSearchPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = WrittenSavedSearch,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
    ),
    security(("bearer" = []))
)]
#[patch("/saved-searches/{saved_search_id}")]
pub async fn update_saved_search(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
    if_match: IfMatch,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    let revision = rows::next_revision(&txn).await?;
    let current = rows::own(&*txn, account.id, &id).await?;
    if_match.check(current.revision)?;
    let input = apply(&state, patch, &current)?;
    let row = rows::update(&state, &txn, &current, input, revision).await?;
    txn.commit().await?;
    state.deliveries.wake();
    let is_new = row.webhook_secret != current.webhook_secret;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, etag(row.revision)))
        .json(WrittenSavedSearch {
            search: SavedSearchView::new(&row, &state.public_url),
            secret: row.webhook_secret.filter(|_| is_new),
        }))
}

fn apply(
    state: &AppState,
    patch: Map<String, Value>,
    current: &Model,
) -> Result<SavedSearchInput, ApiError> {
    let view = SavedSearchView::new(current, &state.public_url);
    let whole = serde_json::to_value(view)
        .map_err(|_| ApiError::Internal("a saved search has no JSON form"))?;
    let mut patched = whole.clone();
    json_patch::merge(&mut patched, &Value::Object(patch));
    match patched {
        Value::Object(members) => SavedSearchInput::read(members, Some(&whole), state),
        _ => Err(ApiError::Internal("a patched object is not an object")),
    }
}
