//! `GET /v1/organizations/{id}/members`.

use super::rows::MOST;
use super::view::{MemberList, MemberView};
use crate::auth::account::ByPerson;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::OrganizationEditor;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use entity::{account, invitation, membership};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Who speaks for an organization
///
/// For its editors and moderators: members, then open invitations.
#[utoipa::path(
    tag = "Access",
    params(("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200)),
    responses(
        (status = 200, description = "Members and open invitations", body = MemberList),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/members")]
pub async fn list_members(
    state: web::Data<AppState>,
    ByPerson(editor): ByPerson<OrganizationEditor>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let id = editor.organization.id;
    let members = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(id))
        .find_also_related(account::Entity)
        .order_by_asc(membership::Column::CreatedAt)
        .limit(MOST)
        .all(&state.store.db)
        .await?;
    let invitations = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(id))
        .filter(invitation::Column::ExpiresAt.gt(state.clock.now()))
        .order_by_asc(invitation::Column::CreatedAt)
        .limit(MOST)
        .all(&state.store.db)
        .await?;
    let items = members
        .into_iter()
        .filter_map(|(membership, account)| Some(MemberView::active(&membership, account?)))
        .chain(invitations.into_iter().map(MemberView::invited))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(MemberList { items }))
}
