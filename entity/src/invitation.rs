//! Invitations to speak for an organization.

use crate::ids::{AccountId, OrganizationId};
use crate::membership::MembershipRole;
use sea_orm::entity::prelude::*;

/// One open invitation; it goes when it is accepted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Who is invited, lower case.
    pub email: String,
    /// As what.
    pub role: MembershipRole,
    /// By whom.
    pub invited_by: AccountId,
    /// When.
    pub created_at: DateTimeUtc,
    /// Until when it can be accepted.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
