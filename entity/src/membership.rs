//! Who speaks for an organization.

use crate::ids::{AccountId, OrganizationId};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an account may do for one organization, weakest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum MembershipRole {
    /// Edits the listing.
    Editor,
    /// Also removes it, and says who else speaks for the organization.
    Owner,
}

impl MembershipRole {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[("owner", Self::Owner), ("editor", Self::Editor)];
}

/// One account's say in one organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// What the account may do.
    pub role: MembershipRole,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// The organization's row.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// The account's row.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
