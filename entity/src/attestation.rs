//! What others vouch for of an organization.

use crate::identity_change;
use crate::ids::{AccountId, OrganizationId};
use crate::organization::{self, Viewer};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{Condition, FromJsonQueryResult, QueryFilter};
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

impl Kind {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[
        ("membership", Self::Membership),
        ("registration", Self::Registration),
        ("peer_vouch", Self::PeerVouch),
        ("document", Self::Document),
    ];
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

/// What everybody may know of an attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Id.
    pub id: Uuid,
    /// What is vouched for.
    pub kind: Kind,
    /// Name of the issuer.
    pub issuer: String,
    /// The issuer, where it is an organization listed here.
    pub issuer_organization_id: Option<OrganizationId>,
    /// Where it can be checked.
    pub evidence_url: Option<String>,
    /// From when it counts.
    pub valid_from: DateTimeUtc,
    /// Until when it counts.
    pub valid_to: Option<DateTimeUtc>,
}

/// The attestations of an organization that hold at a moment, as its row keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Summaries(pub Vec<Summary>);

impl From<Model> for Summary {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            issuer: row.issuer,
            issuer_organization_id: row.issuer_organization_id,
            evidence_url: row.evidence_url,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        }
    }
}

impl Entity {
    /// Those that are not taken back and not over at `now`; some may not have begun.
    pub fn live(now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(is_live(now))
    }

    /// Those that hold at `now`, of whom the organization is now.
    pub fn holding(now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(holds(now))
    }

    /// Those of an organization that the viewer may know of: all for those who edit it, and for
    /// moderators; else those that hold and whose issuer is public, and those of organizations the
    /// viewer edits.
    pub fn visible_to(
        viewer: Viewer,
        of: OrganizationId,
        is_editor: bool,
        now: DateTimeUtc,
    ) -> Select<Self> {
        let all = Self::find().filter(Column::OrganizationId.eq(of));
        if is_editor || viewer.is_moderator() {
            return all;
        }
        let public_issuer = Condition::any()
            .add(Column::IssuerOrganizationId.is_null())
            .add(organization::Entity::has_public((
                Entity,
                Column::IssuerOrganizationId,
            )));
        let holding = holds(now).add(public_issuer);
        all.filter(match viewer {
            Viewer::Anonymous => holding,
            Viewer::Account(account, _) => Condition::any().add(holding).add(issued_for(account)),
        })
    }
}

fn is_live(now: DateTimeUtc) -> Condition {
    Condition::all().add(Column::RevokedAt.is_null()).add(
        Condition::any()
            .add(Column::ValidTo.is_null())
            .add(Column::ValidTo.gt(now)),
    )
}

/// It has begun and is not over, and the organization has not become another since it was written.
fn holds(now: DateTimeUtc) -> Condition {
    let same = sea_orm::ExprTrait::equals(
        Expr::col((
            identity_change::Entity,
            identity_change::Column::OrganizationId,
        )),
        (Entity, Column::OrganizationId),
    );
    let later = sea_orm::ExprTrait::gte(
        Expr::col((identity_change::Entity, identity_change::Column::At)),
        Expr::col((Entity, Column::CreatedAt)),
    );
    let changed = Query::select()
        .expr(Expr::val(1))
        .from(identity_change::Entity)
        .and_where(same)
        .and_where(later)
        .to_owned();
    is_live(now)
        .add(Column::ValidFrom.lte(now))
        .add(sea_orm::ExprTrait::not(Expr::exists(changed)))
}

/// The issuer is an organization that the account edits.
fn issued_for(account: AccountId) -> Condition {
    use crate::membership;
    Condition::all().add(
        Column::IssuerOrganizationId.in_subquery(
            Query::select()
                .column(membership::Column::OrganizationId)
                .from(membership::Entity)
                .and_where(membership::Column::AccountId.eq(account))
                .to_owned(),
        ),
    )
}
