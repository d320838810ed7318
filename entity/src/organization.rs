//! Organizations: the records of the directory.

use crate::account::Role;
use crate::attestation::Summaries;
use crate::ids::{AccountId, OrganizationId};
use crate::membership;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, IntoColumnRef, Query, SimpleExpr};
use sea_orm::{Condition, FromJsonQueryResult, QueryFilter};
use serde::{Deserialize, Serialize};

/// Where a record stands on its way to the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a moderator; only its editors and moderators see it.
    Pending,
    /// Public.
    Published,
    /// Was public and is kept, but no longer shown.
    Archived,
    /// A moderator declined it; only its editors and moderators see it.
    Rejected,
    /// It was another listing of an organization: id and slug lead to the one that is left.
    Merged,
    /// A tombstone: id, slug and source stay, the rest is erased.
    Deleted,
}

/// How far somebody vouches for what a record says, weakest first.
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
pub enum VerificationLevel {
    /// Nobody yet.
    None,
    /// The organization itself, proven by its domain.
    #[serde(rename = "self")]
    Itself,
    /// One other organization that is verified.
    Partner,
    /// Enough others, a federation, or a moderator.
    Verified,
}

/// A list of plain strings in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Strings(pub Vec<String>);

/// A link to another page about the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What the link is: an IANA link relation or a short word such as `mastodon`.
    pub rel: String,
    /// Absolute http(s) URL.
    pub url: String,
}

/// All links of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Links(pub Vec<Link>);

/// The organization's number in a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// org-id.guide list code such as `GB-COH`, or `wikidata`, `lei`, `domain`, or a source's own scheme.
    pub scheme: String,
    /// The number, as the register writes it.
    pub value: String,
}

/// All register numbers of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Identifiers(pub Vec<Identifier>);

/// One organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Unique for ever, also after deletion.
    #[sea_orm(unique)]
    pub slug: String,
    /// Who sees it.
    pub status: Status,
    /// Name it goes by.
    pub name: String,
    /// Registered name.
    pub legal_name: Option<String>,
    /// One or two sentences.
    pub summary: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// Code of the organization-types taxonomy.
    pub organization_type: String,
    /// Codes of the sectors taxonomy.
    pub sectors: Strings,
    /// Free words.
    pub tags: Strings,
    /// Free words.
    pub technologies: Strings,
    /// BCP 47 tags.
    pub languages: Strings,
    /// Codes of the networks taxonomy.
    pub networks: Strings,
    /// Further links.
    pub links: Links,
    /// Register numbers.
    pub identifiers: Identifiers,
    /// Absolute http(s) URL.
    pub website: Option<String>,
    /// Public contact address.
    pub email: Option<String>,
    /// Public phone number.
    pub phone: Option<String>,
    /// Absolute http(s) URL.
    pub logo_url: Option<String>,
    /// Legal form in the words of its register.
    pub legal_form: Option<String>,
    /// Day of foundation.
    pub founded_on: Option<Date>,
    /// Day of dissolution.
    pub dissolved_on: Option<Date>,
    /// Members, people or co-ops.
    pub members_count: Option<i32>,
    /// Employees.
    pub employees_count: Option<i32>,
    /// Street and number.
    pub street: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// County, state, province.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Degrees north, WGS 84.
    pub lat: Option<f64>,
    /// Degrees east, WGS 84.
    pub lon: Option<f64>,
    /// Source it was imported from.
    pub source_name: Option<String>,
    /// Where the source shows it.
    pub source_url: Option<String>,
    /// Licence of the source.
    pub source_license: Option<String>,
    /// Its id at the source.
    pub external_id: Option<String>,
    /// What follows from its attestations; kept by `verification::recompute` alone.
    pub verification_level: VerificationLevel,
    /// Its attestations that hold; kept by `verification::recompute` too, so that the row has all
    /// that a view shows.
    pub attestations: Summaries,
    /// The listing that a moderator merged this one into.
    pub merged_into: Option<OrganizationId>,
    /// The account that listed it, or handed it in last; none if a moderator or an import did.
    pub posted_by: Option<AccountId>,
    /// Fields that were taken down and no import may fill again.
    pub withheld: Strings,
    /// Counts its changes, from 1.
    pub version: i32,
    /// When it was first listed here.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Who asks: decides which rows a query may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody we know.
    Anonymous,
    /// Somebody who logged in.
    Account(AccountId, Role),
}

impl Viewer {
    /// Whether the viewer may see and change every record.
    pub fn is_moderator(self) -> bool {
        matches!(self, Self::Account(_, role) if role >= Role::Moderator)
    }
}

impl Entity {
    /// Rows the viewer may know of: the public ones and tombstones of public ones for everyone,
    /// one's own for an owner and those merged into them, all for moderators.
    pub fn visible_to(viewer: Viewer) -> Select<Self> {
        let query = Self::find();
        match viewer {
            _ if viewer.is_moderator() => query,
            Viewer::Anonymous => query.filter(ever_public()),
            Viewer::Account(account, _) => {
                query.filter(Condition::any().add(ever_public()).add(owned_by(account)))
            }
        }
    }

    /// What an account may edit because it speaks for it, whatever the status.
    pub fn edited_by(account: AccountId) -> Select<Self> {
        Self::find().filter(owned_by(account))
    }

    /// The public set.
    pub fn public() -> Select<Self> {
        Self::find().filter(Column::Status.eq(Status::Published))
    }

    /// Whether the organization that another query has in this column is public. It is looked up record by
    /// record: with `IN` SQLite may begin with all public organizations and go on to all they have.
    pub fn has_public(id: impl IntoColumnRef) -> SimpleExpr {
        let organization = Query::select()
            .expr(Expr::val(1))
            .from(Self)
            .and_where(Expr::col((Self, Column::Id)).equals(id))
            .and_where(Expr::col((Self, Column::Status)).eq(Status::Published))
            .to_owned();
        Expr::exists(organization)
    }
}

/// Published now, or in the feed as gone: both are known to the public.
fn ever_public() -> Condition {
    use crate::{change::Kind, feed_entry};
    Condition::any()
        .add(Column::Status.eq(Status::Published))
        .add(feed_entry::Entity::has(
            Kind::Organization,
            (Entity, Column::Id),
        ))
}

fn owned_by(account: AccountId) -> Condition {
    let owned = Query::select()
        .column(membership::Column::OrganizationId)
        .from(membership::Entity)
        .and_where(membership::Column::AccountId.eq(account))
        .to_owned();
    Condition::any()
        .add(Column::Id.in_subquery(owned.clone()))
        .add(Column::MergedInto.in_subquery(owned))
}
