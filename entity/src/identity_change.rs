//! Listings whose name or website those who speak for them changed after others vouched for them.
//!
//! What was attested until then was said of whom the listing named then; it does not count until a moderator
//! confirms that it is still the same organization.

use crate::ids::OrganizationId;
use sea_orm::entity::prelude::*;

/// One listing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_change")]
pub struct Model {
    /// The listing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// When it changed last.
    pub at: DateTimeUtc,
    /// The listing's row.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
