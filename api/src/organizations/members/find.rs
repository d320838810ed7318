//! `GET /v1/organizations/{id}/members/{member_id}`.

use super::rows::{self, Member};
use super::view::MemberView;
use crate::auth::account::ByPerson;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::OrganizationEditor;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use entity::account;
use sea_orm::EntityTrait;

/// Get a member
///
/// Somebody who speaks for the organization, or is invited to; for its editors and moderators.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("member_id" = String, Path, description = "Id of the member: an account or an invitation", max_length = 200),
    ),
    responses(
        (status = 200, description = "The member", body = MemberView),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/members/{member_id}")]
pub async fn get_member(
    state: web::Data<AppState>,
    ByPerson(editor): ByPerson<OrganizationEditor>,
    ids: web::Path<(String, String)>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let db = &state.store.db;
    let view = match rows::find(db, editor.organization.id, &ids.1).await? {
        Member::Active(membership) => {
            let account = account::Entity::find_by_id(membership.account_id)
                .one(db)
                .await?
                .ok_or_else(rows::not_found)?;
            MemberView::active(&membership, account)
        }
        Member::Invited(invitation) => MemberView::invited(invitation),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}
