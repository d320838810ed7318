//! What others vouch for of an organization.

use crate::ids::{AccountId, OrganizationId};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is a member of the issuer.
    Membership,
    /// It is in a register.
    Registration,
    /// The issuer knows it.
    PeerVouch,
    /// A document says so.
    Document,
}

/// What the issuer's word counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A moderator of this instance.
    Moderator,
    /// A federation, of its own member.
    Partner,
    /// Another organization.
    Peer,
}

/// One attestation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attestation")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of whom.
    pub organization_id: OrganizationId,
    /// What is vouched for.
    pub kind: Kind,
    /// What the issuer's word counts for.
    pub authority: Authority,
    /// Name of the issuer.
    pub issuer: String,
    /// The issuer, where it is an organization listed here.
    pub issuer_organization_id: Option<OrganizationId>,
    /// The account that wrote it.
    pub issued_by: AccountId,
    /// Where it can be checked.
    pub evidence_url: Option<String>,
    /// From when it counts.
    pub valid_from: DateTimeUtc,
    /// Until when it counts.
    pub valid_to: Option<DateTimeUtc>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was taken back.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
