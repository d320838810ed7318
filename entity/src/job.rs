//! Job posts.

use crate::change::Kind;
use crate::ids::{AccountId, JobId, OrganizationId};
use crate::money::Amount;
pub use crate::money::Period;
use crate::organization::{Strings, Viewer};
use crate::{feed_entry, membership, organization};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, FromJsonQueryResult, QueryFilter};
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$about])* $variant),+ }

        impl $name {
            /// Every word, as the API writes it.
            pub const WORDS: &[(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word of the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// Where a job stands.
    Status {
        /// Only its editors see it.
        Draft = "draft",
        /// Waits for somebody to look at it, as what an untrusted source sends.
        Pending = "pending",
        /// Public, until `valid_through`, while its organization is.
        Published = "published",
        /// Somebody was found.
        Filled = "filled",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Its time was up.
        Expired = "expired",
        /// A tombstone: id, slug and source stay, the rest is erased.
        Deleted = "deleted",
    }
}

words! {
    /// How somebody is employed (Google JobPosting, `employmentType`, in lower case).
    EmploymentType {
        /// Full time.
        FullTime = "full_time",
        /// Part time.
        PartTime = "part_time",
        /// Free-lance.
        Contractor = "contractor",
        /// For a limited time.
        Temporary = "temporary",
        /// To learn.
        Intern = "intern",
        /// Unpaid.
        Volunteer = "volunteer",
        /// By the day.
        PerDiem = "per_diem",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// Where the work is done.
    Workplace {
        /// At a location of the job.
        OnSite = "on_site",
        /// Partly there.
        Hybrid = "hybrid",
        /// From anywhere the job allows.
        Remote = "remote",
    }
}

words! {
    /// How pay is set.
    PayPolicy {
        /// Everybody earns the same.
        Flat = "flat",
        /// By published bands.
        Banded = "banded",
        /// Negotiated.
        Individual = "individual",
        /// A share of what comes in.
        RevenueShare = "revenue_share",
    }
}

words! {
    /// How much experience is asked for.
    Seniority {
        /// Little.
        Junior = "junior",
        /// Some.
        Mid = "mid",
        /// Much.
        Senior = "senior",
        /// To lead others.
        Lead = "lead",
    }
}

words! {
    /// Whether whoever gets the job can become a member.
    MembershipTrack {
        /// No.
        None = "none",
        /// If they like.
        Open = "open",
        /// In time.
        Expected = "expected",
        /// They have to.
        Required = "required",
    }
}

words! {
    /// How the workplace decides.
    Governance {
        /// Everybody together.
        Collective = "collective",
        /// Until nobody objects.
        Consensus = "consensus",
        /// By circles and consent.
        Sociocratic = "sociocratic",
        /// By an elected board.
        Board = "board",
        /// Otherwise.
        Other = "other",
    }
}

/// Ways of employment in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct EmploymentTypes(pub Vec<EmploymentType>);

/// A place of work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Town.
    pub locality: Option<String>,
    /// County, state or province.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Degrees north, WGS 84.
    pub lat: Option<f64>,
    /// Degrees east, WGS 84.
    pub lon: Option<f64>,
}

/// All places of work in one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Locations(pub Vec<Location>);

/// What it takes to become a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Membership {
    /// Whether one can.
    pub track: MembershipTrack,
    /// Months before.
    pub probation_months: Option<i32>,
    /// What a share costs.
    pub buy_in: Option<BuyIn>,
    /// Whether a member has a vote.
    pub votes: Option<bool>,
}

/// What a member pays in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuyIn {
    /// How much.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: String,
    /// Whether it is paid back on leaving.
    pub refundable: Option<bool>,
    /// Whether it may be paid bit by bit.
    pub instalments: Option<bool>,
}

/// One job post.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Unique for ever, also after deletion.
    #[sea_orm(unique)]
    pub slug: String,
    /// Where it stands. What is published may have run out all the same: see [`Model::is_open`].
    pub status: Status,
    /// Whose job it is.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// At least one.
    pub employment_types: EmploymentTypes,
    /// Where the work is done.
    pub workplace: Workplace,
    /// Places of work, at most 50.
    pub locations: Locations,
    /// ISO 3166-1 alpha-2 codes of where applicants may live.
    pub applicant_countries: Strings,
    /// Quarter hours east of UTC.
    pub utc_offset_min: Option<i16>,
    /// Quarter hours east of UTC, not below the minimum.
    pub utc_offset_max: Option<i16>,
    /// The least that is paid.
    pub salary_min: Option<Amount>,
    /// The most; not below the least.
    pub salary_max: Option<Amount>,
    /// ISO 4217.
    pub salary_currency: Option<String>,
    /// What it is paid for.
    pub salary_period: Option<Period>,
    /// How pay is set.
    pub pay_policy: Option<PayPolicy>,
    /// Highest pay in multiples of the lowest.
    pub pay_ratio: Option<f64>,
    /// Share of the surplus of those who work there, in percent.
    pub surplus_share: Option<f64>,
    /// Hours of a full week.
    pub hours_per_week: Option<Amount>,
    /// Experience asked for.
    pub seniority: Option<Seniority>,
    /// Names of skills: canonical ones where we know them.
    pub skills: Strings,
    /// BCP 47 tags.
    pub languages: Strings,
    /// What it takes to become a member.
    pub membership: Option<Membership>,
    /// How the workplace decides.
    pub governance: Option<Governance>,
    /// Whether the employer sponsors a visa.
    pub visa_sponsorship: Option<bool>,
    /// Where to apply.
    pub apply_url: Option<String>,
    /// Whom to write to; never in a view.
    pub apply_email: Option<String>,
    /// Whether applying ends there, without an account elsewhere.
    pub direct_apply: bool,
    /// The same for posts of the same job: see `jobs::duplicate`.
    pub fingerprint: String,
    /// Source it was imported from.
    pub source_name: Option<String>,
    /// Where the source shows it.
    pub source_url: Option<String>,
    /// Licence of the source.
    pub source_license: Option<String>,
    /// Its id at the source.
    pub external_id: Option<String>,
    /// Counts its changes, from 1.
    pub version: i32,
    /// When it was first public. Never moves.
    pub posted_at: Option<DateTimeUtc>,
    /// When it was last given more time.
    pub renewed_at: Option<DateTimeUtc>,
    /// It is open before this moment.
    pub valid_through: Option<DateTimeUtc>,
    /// When it was first written here.
    pub created_at: DateTimeUtc,
    /// When it, or what it shows of its organization, last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it is published and its time is not up.
    pub fn is_open(&self, now: DateTimeUtc) -> bool {
        self.status == Status::Published && self.valid_through.is_none_or(|end| now < end)
    }
}

impl Entity {
    /// Rows the viewer may know of: those that are or were public for everyone, all of one's
    /// organizations for their editors, all for moderators.
    pub fn visible_to(viewer: Viewer) -> Select<Self> {
        let query = Self::find();
        match viewer {
            _ if viewer.is_moderator() => query,
            Viewer::Anonymous => query.filter(ever_public()),
            Viewer::Account(account, _) => {
                query.filter(Condition::any().add(ever_public()).add(edited_by(account)))
            }
        }
    }

    /// Jobs of the organizations that an account edits, whatever their status.
    pub fn edited_by(account: AccountId) -> Select<Self> {
        Self::find().filter(edited_by(account))
    }

    /// Published jobs, public or not: their time may be up, or their organization hidden.
    pub fn published() -> Select<Self> {
        Self::find().filter(Column::Status.eq(Status::Published))
    }

    /// The public set at a moment: open jobs of public organizations.
    pub fn public(now: DateTimeUtc) -> Select<Self> {
        Self::published()
            .filter(
                Condition::any()
                    .add(Column::ValidThrough.is_null())
                    .add(Column::ValidThrough.gt(now)),
            )
            .filter(organization::Entity::has_public((
                Entity,
                Column::OrganizationId,
            )))
    }
}

fn ever_public() -> Condition {
    Condition::any().add(feed_entry::Entity::has(Kind::Job, (Entity, Column::Id)))
}

fn edited_by(account: AccountId) -> Condition {
    Condition::any().add(
        Column::OrganizationId.in_subquery(
            Query::select()
                .column(membership::Column::OrganizationId)
                .from(membership::Entity)
                .and_where(membership::Column::AccountId.eq(account))
                .to_owned(),
        ),
    )
}
