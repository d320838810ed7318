//! The change log: the spine every projection follows.

use crate::membership::MembershipRole;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// What a change is about; the API's singular words.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An organization.
    Organization,
    /// A job post.
    Job,
}

/// What happened to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It came to be.
    Created,
    /// Some of its fields changed.
    Updated,
    /// It became public.
    Published,
    /// It left the public set but is kept.
    Archived,
    /// A job was filled or withdrawn.
    Closed,
    /// A job's time is up.
    Expired,
    /// A job was given more time.
    Renewed,
    /// A moderator declined to list it.
    Rejected,
    /// It was another listing of an organization that is listed once now.
    Merged,
    /// It was removed; only a tombstone is left.
    Deleted,
    /// Something was done about it that does not change it: a member came, a claim was refused.
    Managed,
}

/// In which role somebody (or something) wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum ActorRole {
    /// An account that owns the record.
    Owner,
    /// An account that edits the record for its owners.
    Editor,
    /// A moderator.
    Moderator,
    /// An administrator.
    Admin,
    /// An import from a named source.
    Import,
    /// Nobody: its time had come.
    Time,
}

impl From<MembershipRole> for ActorRole {
    fn from(role: MembershipRole) -> Self {
        match role {
            MembershipRole::Owner => Self::Owner,
            MembershipRole::Editor => Self::Editor,
        }
    }
}

/// One committed write. `seq` order is commit order on both databases.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// Change number, from 1, below 2^53, ascending, never reused.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// Kind of the record.
    pub kind: Kind,
    /// Id of the record.
    pub id: Uuid,
    /// What happened.
    pub action: Action,
    /// The record's version after the change, from 1.
    pub version: i32,
    /// The account that wrote, if one did.
    pub actor: Option<Uuid>,
    /// The role it wrote in.
    pub role: ActorRole,
    /// Name of the source an import came from.
    pub source: Option<String>,
    /// `[{"pointer", "from", "to"}]`: what an update changed.
    pub fields: Json,
    /// Everybody may see `fields`: the record was public before the change and after it.
    pub disclosed: bool,
    /// What a moderator told the editors about it.
    pub note: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The one row `max(seq)`, an `Option<i64>`.
    pub fn head() -> Select<Self> {
        Self::find()
            .select_only()
            .column_as(Column::Seq.max(), "head")
    }

    /// All that is told of one record, newest first: its changes, and what was done about it.
    pub fn about(kind: Kind, id: Uuid) -> Select<Self> {
        Self::find()
            .filter(Column::Kind.eq(kind))
            .filter(Column::Id.eq(id))
            .order_by_desc(Column::Seq)
    }

    /// Changes of one record itself, newest first.
    pub fn of(kind: Kind, id: Uuid) -> Select<Self> {
        Self::about(kind, id).filter(Column::Action.ne(Action::Managed))
    }
}
