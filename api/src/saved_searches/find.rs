//! `GET /v1/saved-searches/{saved_search_id}`.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::etag::etag;
use crate::http::query::{NoParameters, Query};
use crate::saved_searches::rows;
use crate::saved_searches::view::SavedSearchView;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

/// One of your saved searches
///
/// The secret of a webhook is not shown again.
#[utoipa::path(
    tag = "Alerts",
    params(("saved_search_id" = Uuid, Path, description = "Id of the saved search")),
    responses(
        (status = 200, description = "The saved search", body = SavedSearchView,
            headers(("ETag" = String, description = "Entity tag, for If-Match"))),
    ),
    security(("bearer" = []))
)]
#[get("/saved-searches/{saved_search_id}")]
pub async fn get_saved_search(
    state: web::Data<AppState>,
    account: Account,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let row = rows::own(&state.store.db, account.id, &id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, etag(row.revision)))
        .json(SavedSearchView::new(&row, &state.public_url)))
}
