//! `GET /v1/organizations/{id}/claims`.

use super::access::Visitor;
use super::view::{ClaimPage, ClaimView};
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::{account, claim};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Claims to a listing
///
/// Newest first. Owners and moderators see all; anybody else their own.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        PageParameters,
    ),
    responses(
        (status = 200, description = "Claims that you may know of", body = ClaimPage),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/claims")]
pub async fn list_claims(
    state: web::Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let organization = &visitor.organization;
    let mut query =
        claim::Entity::visible_to(organization.id, visitor.account.id, visitor.decides());
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(claim::Column::Id.lt(cursor::decode::<Uuid>(cursor)?));
    }
    let mut rows = query
        .find_also_related(account::Entity)
        .order_by_desc(claim::Column::Id)
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |(last, _)| last.id)?;
    let items = rows
        .into_iter()
        .filter_map(|(claim, account)| Some(ClaimView::new(&state, claim, organization, account?)))
        .collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(ClaimPage { items, next_cursor }))
}
