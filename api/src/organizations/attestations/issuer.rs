//! Who may vouch for what.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::organizations::attestations::input::AttestationInput;
use crate::verification::FEDERATION;
use entity::attestation::{Authority, Kind};
use entity::ids::OrganizationId;
use entity::membership;
use entity::organization::{Column, Entity, Model, Status, VerificationLevel};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Whose word it is.
pub struct Issuer {
    /// What it counts for.
    pub authority: Authority,
    /// Name, as it is shown.
    pub name: String,
    /// The organization; none when a moderator says who it is.
    pub organization: Option<OrganizationId>,
}

impl Issuer {
    /// Whoever the input names, if the account may speak for them. Hold `verification::lock`.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] with what is missing, a fault of `/issuer` for one's own praise.
    pub async fn of(
        txn: &DatabaseTransaction,
        account: Account,
        target: OrganizationId,
        input: &AttestationInput,
    ) -> Result<Self, ApiError> {
        if account.is_moderator() {
            return Ok(Self {
                authority: Authority::Moderator,
                name: input.issuer.clone(),
                organization: None,
            });
        }
        let named = match Uuid::try_parse(&input.issuer) {
            Ok(id) => Column::Id.eq(OrganizationId(id)),
            Err(_) => Column::Slug.eq(&input.issuer),
        };
        let organization = Entity::edited_by(account.id)
            .filter(named)
            .one(txn)
            .await?
            .ok_or_else(|| {
                forbidden("issuer must be the id or slug of an organization you edit")
            })?;
        if organization.id == target {
            return Err(ApiError::field(
                "/issuer",
                "an organization cannot vouch for itself; ask another one",
            ));
        }
        let is_own = membership::Entity::find_by_id((target, account.id))
            .one(txn)
            .await?
            .is_some();
        if is_own {
            return Err(forbidden(
                "you edit this organization; let somebody vouch for it who does not",
            ));
        }
        Ok(Self {
            authority: authority(&organization, input.kind)?,
            name: organization.name,
            organization: Some(organization.id),
        })
    }
}

/// What an organization may say.
fn authority(issuer: &Model, kind: Kind) -> Result<Authority, ApiError> {
    let authority = match kind {
        Kind::PeerVouch => Authority::Peer,
        Kind::Membership if issuer.organization_type == FEDERATION => Authority::Partner,
        Kind::Membership => {
            return Err(forbidden(
                "only a federation may attest membership; vouch with kind peer_vouch",
            ));
        }
        Kind::Registration | Kind::Document => {
            return Err(forbidden("only a moderator may attest this kind"));
        }
    };
    if issuer.status != Status::Published {
        return Err(forbidden("the issuer has to be published first"));
    }
    if issuer.verification_level != VerificationLevel::Verified {
        return Err(forbidden(
            "the issuer has to be verified itself first; ask a federation, two verified organizations or a moderator",
        ));
    }
    Ok(authority)
}

fn forbidden(detail: &str) -> ApiError {
    ApiError::Forbidden(detail.to_owned())
}
