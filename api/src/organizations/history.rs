//! `GET /v1/organizations/{id}/history`.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::history::{self, HistoryPage, Sight};
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::organizations::editor::OrganizationReader;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::change::Kind;

/// The history of an organization
///
/// When it changed, what changed, in which role and from which source, newest first. Owners and moderators also
/// see what was done about it without changing it.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        PageParameters,
    ),
    responses(
        (status = 200, description = "Its changes", body = HistoryPage),
        (status = 308, description = "Merged into another record: `Location` is the same of that one",
            headers(("Location" = String, description = "Path of the survivor's"))),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations/{id}/history")]
pub async fn list_organization_history(
    state: web::Data<AppState>,
    reader: OrganizationReader,
    person: Option<Account>,
    request: HttpRequest,
    Query(page): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let key = (Kind::Organization, reader.organization.id.0);
    let sight = match (reader.is_editor, reader.is_manager && person.is_some()) {
        (_, true) => Sight::Manager,
        (true, false) => Sight::Editor,
        (false, false) => Sight::Public,
    };
    history::page(&state, &request, key, sight, page).await
}
