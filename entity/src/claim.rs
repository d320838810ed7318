//! Claims to listings: somebody says that an organization is theirs, and proves its domain.

use crate::ids::{AccountId, OrganizationId};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How the domain is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A file at `https://<domain>/.well-known/toadlane-claim.txt`.
    WellKnown,
    /// A TXT record of `_toadlane.<domain>`.
    DnsTxt,
    /// A link in a mail to an address at the domain.
    Email,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The domain is not proven yet.
    Pending,
    /// Proven, but the listing has owners: they, and then the moderators, decide.
    Contested,
    /// Proven, and whoever claimed is an owner.
    Verified,
    /// The owners or a moderator said no.
    Refused,
}

/// One claim.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The listing.
    pub organization_id: OrganizationId,
    /// Who claims it.
    pub account_id: AccountId,
    /// How the domain is proven.
    pub method: Method,
    /// The domain of the listing's website when it was claimed, lower case, without `www.`.
    pub domain: String,
    /// The address at the domain that a link goes to.
    pub email: Option<String>,
    /// What has to be found at the domain.
    pub challenge: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it can be proven.
    pub expires_at: DateTimeUtc,
    /// When the domain was proven.
    pub proven_at: Option<DateTimeUtc>,
    /// When somebody decided.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
