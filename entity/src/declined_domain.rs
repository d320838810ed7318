//! Domains of listings that a moderator kept or took from the public.
//!
//! They outlive the listings: whoever deletes one and posts it anew is not published by a proof alone.

use sea_orm::entity::prelude::*;

/// One domain.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "declined_domain")]
pub struct Model {
    /// The registrable domain of the website, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain: String,
    /// When a moderator decided so last.
    pub declined_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
