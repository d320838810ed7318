//! `PATCH /v1/organizations/{id}/members/{member_id}`.

use super::rows::{self, Member};
use super::view::MemberView;
use crate::auth::account::ByPerson;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::OrganizationOwner;
use crate::organizations::{self, managed};
use crate::state::AppState;
use actix_web::{HttpResponse, patch, web};
use entity::membership::{self, MembershipRole};
use entity::{account, invitation};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Another role.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "owner"}))]
pub struct MemberPatch {
    /// What they may do from now on.
    #[schema(schema_with = crate::organizations::schema::membership_role)]
    pub role: MembershipRole,
}

/// Change a member's role
///
/// The last owner stays one.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("member_id" = String, Path, description = "Id of the member: an account or an invitation", max_length = 200),
    ),
    request_body(content = MemberPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = MemberView),
        (status = 409, description = "This is the last owner", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[patch("/organizations/{id}/members/{member_id}")]
pub async fn update_member(
    state: web::Data<AppState>,
    ByPerson(owner): ByPerson<OrganizationOwner>,
    ids: web::Path<(String, String)>,
    _: Query<NoParameters>,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let mut members = Members::new(patch);
    let role = members.required_choice("role", MembershipRole::WORDS);
    members.finish().or_none(())?;
    let role = role.unwrap_or(MembershipRole::Editor);
    let organization = owner.organization.id;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = organizations::rows::lock_present(&txn, organization).await?;
    let (field, view) = match rows::find(&*txn, organization, &ids.1).await? {
        Member::Active(membership) => {
            if role < membership.role {
                rows::check_another_owner(&*txn, &membership).await?;
            }
            let changed = membership::ActiveModel {
                organization_id: Set(organization),
                account_id: Set(membership.account_id),
                role: Set(role),
                ..Default::default()
            }
            .update(&*txn)
            .await?;
            let account = account::Entity::find_by_id(changed.account_id)
                .one(&*txn)
                .await?
                .ok_or(ApiError::Internal("a member has no account"))?;
            let field = managed::member(membership.account_id, Some(membership.role), Some(role));
            (field, MemberView::active(&changed, account))
        }
        Member::Invited(invitation) => {
            let field = managed::invitation(invitation.id, Some(invitation.role), Some(role));
            let changed = invitation::ActiveModel {
                id: Set(invitation.id),
                role: Set(role),
                ..Default::default()
            }
            .update(&*txn)
            .await?;
            (field, MemberView::invited(changed))
        }
    };
    if field["from"] != field["to"] {
        let now = state.clock.now();
        managed::note(&mut txn, &row, owner.actor(), vec![field], now);
    }
    txn.commit().await?;
    Ok(HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .json(view))
}
