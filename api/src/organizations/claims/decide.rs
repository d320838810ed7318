//! `POST /v1/organizations/{id}/claims/{claim_id}/approve` and `…/refuse`.

use super::access::{ClaimReader, Decider};
use super::rows::{self, OWNERS_DECIDE};
use super::settle::accept;
use super::view::ClaimView;
use crate::app::AppState;
use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message};
use crate::organizations::editor::gone;
use crate::verification;
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use entity::account::Role;
use entity::claim::{self, Status};
use entity::mail::Template;
use entity::membership::{self, MembershipRole};
use entity::{account, organization};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;

/// Approve a contested claim
///
/// The claimant becomes an owner beside those there are, and is told by mail. Owners decide for a week;
/// then, or when there is no owner left, moderators may too. Admins always may.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("claim_id" = Uuid, Path, description = "Id of the claim"),
    ),
    responses(
        (status = 200, description = "Approved", body = ClaimView),
        (status = 409, description = "The claim is not contested, or not any more", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/claims/{claim_id}/approve")]
pub async fn approve_claim(
    state: web::Data<AppState>,
    decider: Decider,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    decide(&state, decider, true).await
}

/// Refuse a contested claim
///
/// Nothing changes but the claim; the claimant is told by mail. Who may decide when is said at `approve`.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("claim_id" = Uuid, Path, description = "Id of the claim"),
    ),
    responses(
        (status = 200, description = "Refused", body = ClaimView),
        (status = 409, description = "The claim is not contested, or not any more", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/claims/{claim_id}/refuse")]
pub async fn refuse_claim(
    state: web::Data<AppState>,
    decider: Decider,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    decide(&state, decider, false).await
}

async fn decide(
    state: &AppState,
    Decider(reader): Decider,
    approve: bool,
) -> Result<HttpResponse, ApiError> {
    let ClaimReader { claim, visitor } = reader;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    let organization = crate::organizations::rows::lock(&txn, visitor.organization.id)
        .await?
        .filter(|row| {
            !matches!(
                row.status,
                organization::Status::Deleted | organization::Status::Merged
            )
        })
        .ok_or_else(gone)?;
    let claim = rows::lock(&txn, claim::Entity::find_by_id(claim.id))
        .await?
        .filter(|claim| claim.status == Status::Contested)
        .ok_or_else(|| ApiError::Conflict("this claim is not contested".to_owned()))?;
    check_turn(state, &txn, visitor.account, &claim).await?;
    let claimant = account::Entity::find_by_id(claim.account_id)
        .one(&*txn)
        .await?
        .ok_or(ApiError::Internal("a claim has no account"))?;
    let decided = if approve {
        let actor = visitor.account.actor();
        accept(state, &mut txn, organization.clone(), claim, actor).await?
    } else {
        refuse(state, &txn, claim).await?
    };
    let message = Message {
        template: Template::ClaimDecided,
        recipient: claimant.email.clone(),
        parameters: json!({
            "record_id": decided.id,
            "organization": organization.name,
            "decision": if approve { "accepted" } else { "refused" },
        }),
    };
    mail::queue(&*txn, state.clock.new_id(), message, state.clock.now()).await?;
    txn.commit().await?;
    state.post.wake();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ClaimView::new(state, decided, &organization, claimant)))
}

/// Owners decide; moderators once they have had a week, or are gone; admins always.
async fn check_turn(
    state: &AppState,
    txn: &WriteTransaction,
    account: Account,
    claim: &claim::Model,
) -> Result<(), ApiError> {
    let membership = membership::Entity::find_by_id((claim.organization_id, account.id))
        .one(&**txn)
        .await?;
    let is_owner = membership.is_some_and(|membership| membership.role == MembershipRole::Owner);
    if is_owner || account.role == Role::Admin {
        return Ok(());
    }
    if !account.is_moderator() {
        return Err(ApiError::Forbidden(
            "only the organization's owners decide".to_owned(),
        ));
    }
    let week_ago = state.clock.now() - OWNERS_DECIDE;
    let is_left = claim::Entity::left_to_moderators(week_ago)
        .filter(claim::Column::Id.eq(claim.id))
        .count(&**txn)
        .await?;
    if is_left == 0 {
        return Err(ApiError::Forbidden(
            "the organization's owners have a week to decide; moderators may after that".to_owned(),
        ));
    }
    Ok(())
}

async fn refuse(
    state: &AppState,
    txn: &WriteTransaction,
    claim: claim::Model,
) -> Result<claim::Model, ApiError> {
    rows::end_deadline(txn, claim.id).await?;
    let refused = claim::ActiveModel {
        id: Set(claim.id),
        status: Set(Status::Refused),
        decided_at: Set(Some(state.clock.now())),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    Ok(refused)
}
