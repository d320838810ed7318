//! `POST /v1/organizations/{id}/claims/{claim_id}/approve` and `…/refuse`.

use super::access::{ClaimReader, Decider};
use super::rows::{self, OWNERS_DECIDE};
use super::settle::accept;
use super::view::ClaimView;
use crate::auth::account::Account;
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message};
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::{self, managed};
use crate::slug;
use crate::state::AppState;
use crate::verification;
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use entity::account::Role;
use entity::claim::{self, Status};
use entity::mail::Template;
use entity::membership::{self, MembershipRole};
use entity::organization::VerificationLevel;
use entity::{account, organization};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;

/// Approve a contested claim
///
/// The claimant becomes an owner beside those there are, and is told by mail. Owners decide for a week;
/// then, when there is no owner left, or when owners refused who had proven nothing, moderators may too.
/// Admins always may.
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
/// Where no owner has proven the domain, and others have not verified the listing either, an owner's no ends
/// nothing: the claim stays `contested`, and moderators decide at once.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("claim_id" = Uuid, Path, description = "Id of the claim"),
    ),
    responses(
        (status = 200, description = "Refused, or left to the moderators", body = ClaimView),
        (status = 409, description = "The claim is not contested, or not any more; or an owner left it to the moderators already", body = crate::http::problem::Problem, content_type = "application/problem+json"),
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
    // The listing may become public, and be named.
    slug::lock(&txn).await?;
    let organization = organizations::rows::lock_present(&txn, visitor.organization.id).await?;
    let claim = rows::lock(&txn, claim::Entity::find_by_id(claim.id))
        .await?
        .filter(|claim| claim.status == Status::Contested)
        .ok_or_else(|| ApiError::Conflict("this claim is not contested".to_owned()))?;
    let turn = turn(state, &txn, visitor.account, &claim).await?;
    let claimant = account::Entity::find_by_id(claim.account_id)
        .one(&*txn)
        .await?
        .ok_or(ApiError::Internal("a claim has no account"))?;
    let stands = turn == Turn::Moderators || is_proven(&txn, &organization, &claim).await?;
    let actor = visitor.account.actor();
    let (decided, decision) = match (approve, stands) {
        (true, _) => {
            if turn == Turn::Moderators {
                let what = format!("given another owner, who has proven {}", claim.domain);
                tell_owners(&txn, &state.clock, &organization, &what, None).await?;
            }
            let accepted = accept(state, &mut txn, organization.clone(), claim, actor).await?;
            (accepted, "accepted")
        }
        (false, true) => {
            let refused = refuse(state, &mut txn, &organization, claim, actor).await?;
            (refused, "refused")
        }
        (false, false) => {
            let left = leave_to_moderators(state, &mut txn, &organization, claim, actor).await?;
            (left, "left to the moderators of this directory")
        }
    };
    let message = Message {
        template: Template::ClaimDecided,
        recipient: claimant.email.clone(),
        parameters: json!({
            "record_id": decided.id,
            "decision": decision,
        }),
    };
    mail::queue(&*txn, state.clock.new_id(), message, state.clock.now()).await?;
    txn.commit().await?;
    state.post.wake();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ClaimView::new(state, decided, &organization, claimant)))
}

/// Whose turn it is to decide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Owners,
    Moderators,
}

/// Owners decide; moderators once they have had a week, are gone, or said no without a proof of their own;
/// admins always.
async fn turn(
    state: &AppState,
    txn: &WriteTransaction,
    account: Account,
    claim: &claim::Model,
) -> Result<Turn, ApiError> {
    if account.role == Role::Admin || is_left(state, txn, account, claim).await? {
        return Ok(Turn::Moderators);
    }
    let membership = membership::Entity::find_by_id((claim.organization_id, account.id))
        .one(&**txn)
        .await?;
    if membership.is_some_and(|membership| membership.role == MembershipRole::Owner) {
        return Ok(Turn::Owners);
    }
    Err(ApiError::Forbidden(
        if account.is_moderator() {
            "the organization's owners have a week to decide; moderators may after that"
        } else {
            "only the organization's owners decide"
        }
        .to_owned(),
    ))
}

/// Whether the account is a moderator, and the claim theirs to decide.
async fn is_left(
    state: &AppState,
    txn: &WriteTransaction,
    account: Account,
    claim: &claim::Model,
) -> Result<bool, ApiError> {
    let week_ago = state.clock.now() - OWNERS_DECIDE;
    Ok(account.is_moderator()
        && claim::Entity::left_to_moderators(week_ago)
            .filter(claim::Column::Id.eq(claim.id))
            .count(&**txn)
            .await?
            > 0)
}

/// Whether the owners there are can say no: one has proven the same domain, or others verified the listing
/// as it is. Anybody can post a listing of anybody.
async fn is_proven(
    txn: &WriteTransaction,
    organization: &organization::Model,
    claim: &claim::Model,
) -> Result<bool, ApiError> {
    if organization.verification_level == VerificationLevel::Verified {
        return Ok(true);
    }
    let proofs = claim::Entity::proven_by_owner(organization.id, &claim.domain)
        .count(&**txn)
        .await?;
    Ok(proofs > 0)
}

/// Notes that owners said no who have proven nothing.
async fn leave_to_moderators(
    state: &AppState,
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    claim: claim::Model,
    actor: Actor,
) -> Result<claim::Model, ApiError> {
    if claim.owners_refused_at.is_some() {
        return Err(ApiError::Conflict(
            "an owner refused this claim already; moderators decide now".to_owned(),
        ));
    }
    let field = managed::field("claims", claim.id, claim.status, "left_to_moderators");
    managed::note(txn, organization, actor, vec![field], state.clock.now());
    let left = claim::ActiveModel {
        id: Set(claim.id),
        owners_refused_at: Set(Some(state.clock.now())),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    Ok(left)
}

async fn refuse(
    state: &AppState,
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    claim: claim::Model,
    actor: Actor,
) -> Result<claim::Model, ApiError> {
    let field = managed::field("claims", claim.id, claim.status, Status::Refused);
    managed::note(txn, organization, actor, vec![field], state.clock.now());
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
