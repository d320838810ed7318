//! What follows when a domain is proven.

use super::rows;
use crate::changes::diff::diff;
use crate::changes::{Actor, Change, WriteTransaction, record};
use crate::error::ApiError;
use crate::mail::{self, Message};
use crate::organizations::declined;
use crate::organizations::editor::gone;
use crate::organizations::input::OrganizationInput;
use crate::organizations::{managed, members};
use crate::slug;
use crate::state::AppState;
use crate::verification::{self, FEDERATION};
use crate::vocabulary::domain::domain_of;
use chrono::{DateTime, Utc};
use entity::change::{self, Action, ActorRole, Kind};
use entity::claim::{self, Method, Status};
use entity::ids::OrganizationId;
use entity::mail::Template;
use entity::membership::{self, MembershipRole};
use entity::{account, organization};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};

/// Changes of a record by moderators that are looked through, the latest first.
const LOOKED_THROUGH: u64 = 500;

/// Makes whoever has proven a claim an owner, or leaves it to the owners there are. `seen` is the claim
/// that was proven: while we looked, everything may have changed. A claim that is settled stays as it is.
///
/// # Errors
/// A conflict when it can no longer be proven.
pub async fn settle(
    state: &AppState,
    txn: &mut WriteTransaction,
    seen: &claim::Model,
    actor: Actor,
) -> Result<claim::Model, ApiError> {
    use organization::Status::{Pending, Published};
    let now = state.clock.now();
    verification::lock(txn).await?;
    // It may become public, and be named.
    slug::lock(txn).await?;
    let organization = crate::organizations::rows::lock(txn, seen.organization_id)
        .await?
        .filter(|row| matches!(row.status, Published | Pending))
        .ok_or_else(gone)?;
    let claim = rows::lock(txn, claim::Entity::find_by_id(seen.id))
        .await?
        .ok_or_else(lapsed)?;
    if !check_provable(&claim, now)? {
        return Ok(claim);
    }
    if claim.challenge != seen.challenge || claim.email != seen.email {
        return Err(ApiError::Conflict(
            "the claim was renewed meanwhile; try again".to_owned(),
        ));
    }
    check_website(&claim, &organization)?;
    let owners = members::owners(&**txn, organization.id).await?;
    // Where the owners are gone and editors are left, a moderator decides.
    let is_nobodys = owners.is_empty() && !has_editors(txn, &organization).await?;
    if is_nobodys || owners.iter().any(|owner| owner.id == claim.account_id) {
        accept(state, txn, organization, claim, actor).await
    } else {
        contest(state, txn, &organization, claim, owners, actor).await
    }
}

/// Whether a claim is still to be proven; false when it has been.
///
/// # Errors
/// A conflict when it never will be.
pub fn check_provable(claim: &claim::Model, now: DateTime<Utc>) -> Result<bool, ApiError> {
    match claim.status {
        Status::Verified | Status::Contested => Ok(false),
        Status::Pending if claim.expires_at > now => Ok(true),
        Status::Pending => Err(lapsed()),
        Status::Refused => Err(ApiError::Conflict("this claim was refused".to_owned())),
    }
}

/// The website's domain must still be the one that is claimed.
///
/// # Errors
/// A conflict when it is not.
pub fn check_website(
    claim: &claim::Model,
    organization: &organization::Model,
) -> Result<(), ApiError> {
    if is_at_website(claim, organization) {
        return Ok(());
    }
    Err(ApiError::Conflict(format!(
        "the listing's website is no longer at {}; claim it anew",
        claim.domain
    )))
}

fn lapsed() -> ApiError {
    ApiError::Conflict("this claim has lapsed; claim the listing again".to_owned())
}

fn is_at_website(claim: &claim::Model, organization: &organization::Model) -> bool {
    let website = organization.website.as_deref();
    website.and_then(domain_of).as_ref() == Some(&claim.domain)
}

async fn has_editors(
    txn: &WriteTransaction,
    organization: &organization::Model,
) -> Result<bool, ApiError> {
    let members = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(organization.id))
        .count(&**txn)
        .await?;
    Ok(members > 0)
}

/// Makes the claimant an owner. What waits for a moderator no longer has to: whoever has the domain speaks
/// for the organization; but what a moderator took from the public, a moderator gives back, and a federation,
/// whose word makes others verified, is always made public by one. A mail publishes nothing: a mailbox at a
/// domain is not yet a say in it. Under the locks of both and of the verification.
///
/// # Errors
/// Whatever the database answers.
pub async fn accept(
    state: &AppState,
    txn: &mut WriteTransaction,
    organization: organization::Model,
    claim: claim::Model,
    actor: Actor,
) -> Result<claim::Model, ApiError> {
    let now = state.clock.now();
    let owner = MembershipRole::Owner;
    let id = organization.id;
    let joined = members::add(&**txn, id, claim.account_id, owner, now).await?;
    let decided = managed::field("claims", claim.id, claim.status, Status::Verified);
    let fields = joined.into_iter().chain([decided]).collect();
    managed::note(txn, &organization, actor.clone(), fields, now);
    let accepted = claim::ActiveModel {
        id: Set(claim.id),
        status: Set(Status::Verified),
        proven_at: Set(claim.proven_at.or(Some(now))),
        decided_at: Set(Some(now)),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    if organization.status == organization::Status::Pending
        && accepted.method != Method::Email
        && organization.organization_type != FEDERATION
        && is_at_website(&accepted, &organization)
        && !was_moderated(txn, id).await?
        && !is_declined(txn, &organization).await?
    {
        publish(txn, organization, actor.clone(), now).await?;
    }
    verification::recompute(txn, &[id], &state.clock, &actor).await?;
    Ok(accepted)
}

/// Whether a moderator took the record from the public before: rejected or archived it, or put it back into
/// the queue.
async fn was_moderated(txn: &WriteTransaction, id: OrganizationId) -> Result<bool, ApiError> {
    let changes = change::Entity::of(Kind::Organization, id.0)
        .filter(change::Column::Role.is_in([ActorRole::Moderator, ActorRole::Admin]))
        .limit(LOOKED_THROUGH)
        .all(&**txn)
        .await?;
    Ok(changes.iter().any(|change| {
        let fields = change.fields.as_array().into_iter().flatten();
        let mut statuses = fields.filter(|field| field["pointer"] == "/status");
        matches!(change.action, Action::Rejected | Action::Archived)
            || statuses.any(|field| field["to"] == "pending")
    }))
}

/// Whether a moderator decided so about another listing with a website there, deleted since or not.
async fn is_declined(
    txn: &WriteTransaction,
    organization: &organization::Model,
) -> Result<bool, ApiError> {
    let website = organization.website.as_deref().into_iter();
    Ok(!declined::among(&**txn, website).await?.is_empty())
}

async fn publish(
    txn: &mut WriteTransaction,
    organization: organization::Model,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let status = organization::Status::Published;
    let before = OrganizationInput::from(organization.clone());
    let base = slug::base(&organization.name, "organization");
    let records = slug::Records::Organizations;
    let slug = slug::on_publication(txn, records, organization.id.0, &base).await?;
    let fields = diff(
        &before,
        &OrganizationInput {
            status: Some(status),
            ..before.clone()
        },
    )?;
    let version = organization.version.saturating_add(1);
    organization::ActiveModel {
        id: Set(organization.id),
        slug: slug.map_or(NotSet, Set),
        status: Set(status),
        version: Set(version),
        updated_at: Set(now),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: organization.id.0,
            action: Action::Published,
            version,
            actor,
            fields: Value::Array(fields),
            note: None,
            was_public: false,
            public: true,
            at: now,
        },
    );
    Ok(())
}

/// Tells the owners that they have to decide; the moderators may when their week is over.
async fn contest(
    state: &AppState,
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    claim: claim::Model,
    owners: Vec<account::Model>,
    actor: Actor,
) -> Result<claim::Model, ApiError> {
    let now = state.clock.now();
    for owner in owners {
        let message = Message {
            template: Template::ClaimContested,
            recipient: owner.email,
            parameters: json!({
                "record_id": claim.id,
                "domain": claim.domain,
                "path": format!("/v1/organizations/{}/claims/{}", organization.id, claim.id),
            }),
        };
        mail::queue(&**txn, state.clock.new_id(), message, now).await?;
    }
    let field = managed::field("claims", claim.id, claim.status, Status::Contested);
    managed::note(txn, organization, actor, vec![field], now);
    let contested = claim::ActiveModel {
        id: Set(claim.id),
        status: Set(Status::Contested),
        proven_at: Set(Some(now)),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    Ok(contested)
}
