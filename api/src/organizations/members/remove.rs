//! `DELETE /v1/organizations/{id}/members/{member_id}`.

use super::rows::{self, Member};
use crate::auth::account::ByPerson;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::mail::tokens;
use crate::organizations::editor::OrganizationEditor;
use crate::organizations::{self, managed};
use crate::state::AppState;
use actix_web::{HttpResponse, delete, web};
use entity::change::ActorRole;
use entity::mail_token::Purpose;
use entity::{invitation, membership};
use sea_orm::EntityTrait;

/// Remove a member
///
/// Owners remove anybody and withdraw invitations; an editor may leave. The last owner stays.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("member_id" = String, Path, description = "Id of the member: an account or an invitation", max_length = 200),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "This is the last owner", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/organizations/{id}/members/{member_id}")]
pub async fn remove_member(
    state: web::Data<AppState>,
    ByPerson(editor): ByPerson<OrganizationEditor>,
    ids: web::Path<(String, String)>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let organization = editor.organization.id;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = organizations::rows::lock_present(&txn, organization).await?;
    let member = rows::find(&*txn, organization, &ids.1).await?;
    let leaves =
        matches!(&member, Member::Active(membership) if membership.account_id == editor.account.id);
    if editor.role == ActorRole::Editor && !leaves {
        return Err(ApiError::Forbidden(
            "only owners remove others; an editor may leave".to_owned(),
        ));
    }
    let field = match member {
        Member::Active(membership) => {
            rows::check_another_owner(&*txn, &membership).await?;
            membership::Entity::delete_by_id((organization, membership.account_id))
                .exec(&*txn)
                .await?;
            managed::member(membership.account_id, Some(membership.role), None)
        }
        Member::Invited(invitation) => {
            tokens::end(&*txn, Purpose::Invitation, invitation.id).await?;
            invitation::Entity::delete_by_id(invitation.id)
                .exec(&*txn)
                .await?;
            managed::invitation(invitation.id, Some(invitation.role), None)
        }
    };
    let now = state.clock.now();
    managed::note(&mut txn, &row, editor.actor(), vec![field], now);
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
