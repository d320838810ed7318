//! Programs that act for an account.

use crate::ids::{AccountId, ClientId, OrganizationId};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a program may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// List, change and remove organizations.
    #[serde(rename = "organizations:write")]
    OrganizationsWrite,
    /// Post, change and close jobs.
    #[serde(rename = "jobs:write")]
    JobsWrite,
    /// Offer and change services and needs.
    #[serde(rename = "services:write")]
    ServicesWrite,
    /// Write the records of a source.
    #[serde(rename = "sources:push")]
    SourcesPush,
    /// Set up webhooks.
    #[serde(rename = "webhooks:manage")]
    WebhooksManage,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::OrganizationsWrite,
        Self::JobsWrite,
        Self::ServicesWrite,
        Self::SourcesPush,
        Self::WebhooksManage,
    ];

    /// Its name in requests and tokens.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrganizationsWrite => "organizations:write",
            Self::JobsWrite => "jobs:write",
            Self::ServicesWrite => "services:write",
            Self::SourcesPush => "sources:push",
            Self::WebhooksManage => "webhooks:manage",
        }
    }

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The scopes of one program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Scopes(pub Vec<Scope>);

impl Scopes {
    /// As OAuth writes them: names with spaces between (RFC 6749 section 3.3).
    pub fn joined(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|scope| scope.name()).collect();
        names.join(" ")
    }
}

/// One program.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client")]
pub struct Model {
    /// Id; the `client_id` of OAuth.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClientId,
    /// Who made it, and for whom it acts.
    pub account_id: AccountId,
    /// What its maker calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The only organization it may act for, if it is bound to one.
    pub organization_id: Option<OrganizationId>,
    /// The only source it may push to, if it is bound to one.
    pub source_name: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was ended.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it last asked for anything, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// Whose it is.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The programs that can still be used.
    pub fn live() -> Select<Self> {
        Self::find().filter(Column::RevokedAt.is_null())
    }

    /// The programs that an account made and that can still be used.
    pub fn of(account: AccountId) -> Select<Self> {
        Self::live().filter(Column::AccountId.eq(account))
    }
}
