//! Claims to listings: somebody says that an organization is theirs, and proves its domain.

use crate::account;
use crate::ids::{AccountId, OrganizationId};
use crate::membership::{self, MembershipRole};
use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query};
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

impl Method {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[
        ("well_known", Self::WellKnown),
        ("dns_txt", Self::DnsTxt),
        ("email", Self::Email),
    ];
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
    /// When owners who had proven nothing refused it: the moderators decide since.
    pub owners_refused_at: Option<DateTimeUtc>,
    /// How often we looked for the challenge, or mailed it, in the hour that began at `attempts_since`.
    pub attempts: i32,
    /// When that hour began.
    pub attempts_since: Option<DateTimeUtc>,
    /// The claimant's row.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Claims to an organization that an account may know of: its own, and all for those who decide.
    pub fn visible_to(
        organization: OrganizationId,
        account: AccountId,
        decides: bool,
    ) -> Select<Self> {
        let query = Self::find().filter(Column::OrganizationId.eq(organization));
        if decides {
            query
        } else {
            query.filter(Column::AccountId.eq(account))
        }
    }

    /// An account's claims to an organization, whatever became of them.
    pub fn of(organization: OrganizationId, account: AccountId) -> Select<Self> {
        Self::visible_to(organization, account, false)
    }

    /// Claims that an account has proven.
    pub fn proven_by(account: AccountId) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::Status.eq(Status::Verified))
    }

    /// An account's claims that it can still prove.
    pub fn open_of(account: AccountId, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::Status.eq(Status::Pending))
            .filter(Column::ExpiresAt.gt(now))
    }

    /// Claims by which a listing's present owners have proven a domain.
    pub fn proven_by_owner(organization: OrganizationId, domain: &str) -> Select<Self> {
        let owners = Query::select()
            .column(membership::Column::AccountId)
            .from(membership::Entity)
            .and_where(membership::Column::OrganizationId.eq(organization))
            .and_where(membership::Column::Role.eq(MembershipRole::Owner))
            .to_owned();
        Self::find()
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::Status.eq(Status::Verified))
            .filter(Column::Domain.eq(domain))
            .filter(Column::AccountId.in_subquery(owners))
    }

    /// Claims that moderators may decide: contested since before `contested_before`, refused by owners who
    /// had proven nothing, or to a listing that has no owner any more.
    pub fn left_to_moderators(contested_before: DateTimeUtc) -> Select<Self> {
        let same = sea_orm::ExprTrait::equals(
            Expr::col((membership::Entity, membership::Column::OrganizationId)),
            (Entity, Column::OrganizationId),
        );
        let owner = Query::select()
            .expr(Expr::val(1))
            .from(membership::Entity)
            .and_where(same)
            .and_where(membership::Column::Role.eq(MembershipRole::Owner))
            .and_where(
                membership::Column::AccountId.in_subquery(
                    Query::select()
                        .column(account::Column::Id)
                        .from(account::Entity)
                        .and_where(account::Column::SuspendedAt.is_null())
                        .to_owned(),
                ),
            )
            .to_owned();
        let is_theirs = sea_orm::Condition::any()
            .add(Column::ProvenAt.lte(contested_before))
            .add(Column::OwnersRefusedAt.is_not_null())
            .add(sea_orm::ExprTrait::not(Expr::exists(owner)));
        Self::find()
            .filter(Column::Status.eq(Status::Contested))
            .filter(is_theirs)
    }
}
