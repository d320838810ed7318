//! Mail to be sent: committed with the write that causes it, sent afterwards.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

/// What a message says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// A link that completes a registration. `record_id`: the registration.
    VerifyEmail,
    /// A link to choose a new password. No record: the recipient names the account, if there is one.
    ResetPassword,
    /// A link that proves a new address of an account. `record_id`: the account.
    ChangeEmail,
    /// To the old address: the account has a new one.
    EmailChanged,
    /// An invitation to speak for an organization. `record_id`: the invitation.
    Invitation,
    /// A link that proves an address at an organization's domain. `record_id`: the claim.
    ClaimEmail,
    /// To the owners: somebody else has proven the domain of their listing. `record_id`: the claim.
    ClaimContested,
    /// To whoever claimed: how it was decided. `record_id`: the claim.
    ClaimDecided,
    /// To the owners: what a moderator did with their listing. `record_id`: the organization.
    ListingModerated,
    /// To the editors: a job ends in a week. `record_id`: the job.
    JobExpires,
    /// To whoever saved a search: jobs that are new for it. `record_id`: the saved search.
    JobAlerts,
}

/// One message.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it says.
    pub template: Template,
    /// Address.
    pub recipient: String,
    /// What the template needs: ids and public facts, never a secret.
    pub parameters: Json,
    /// How often it was tried.
    pub attempts: i32,
    /// When to try next.
    pub due_at: DateTimeUtc,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When it was sent, given up, or found to have nothing to say.
    pub done_at: Option<DateTimeUtc>,
    /// Who caused it, as [`crate::mail_request`] says; none when nobody in particular did.
    pub sender: Option<String>,
    /// Domain of the address.
    pub domain: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a message waits for its turn among: those of the same template and sender, of the same template and
/// domain, and of the same template.
const TURNS: [&str; 3] = [
    "ROW_NUMBER() OVER (PARTITION BY template, COALESCE(sender, recipient) ORDER BY due_at, id)",
    "ROW_NUMBER() OVER (PARTITION BY template, COALESCE(domain, recipient) ORDER BY due_at, id)",
    "ROW_NUMBER() OVER (PARTITION BY template ORDER BY due_at, id)",
];

/// Messages that take turns, the oldest: more than may wait of the most urgent kinds.
const IN_TURN: u64 = 30_000;

impl Entity {
    /// Messages that are not done.
    pub fn waiting() -> Select<Self> {
        Self::find().filter(Column::DoneAt.is_null())
    }

    /// The first `limit` messages of some templates to be sent by now, without those to some domains. In turns:
    /// the first of every sender before the second of any, and among those the first to every domain, and of
    /// every template; so that who sends many, or many to one domain, makes others wait for one.
    pub fn due(
        now: DateTimeUtc,
        templates: &[Template],
        but: impl IntoIterator<Item = String>,
        limit: u64,
    ) -> Select<Self> {
        let oldest = Self::waiting()
            .select_only()
            .column(Column::Id)
            .filter(Column::DueAt.lte(now))
            .filter(Column::Template.is_in(templates.iter().copied()))
            .filter(
                Condition::any()
                    .add(Column::Domain.is_null())
                    .add(Column::Domain.is_not_in(but)),
            )
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(IN_TURN);
        let mut query = Self::find().filter(Column::Id.in_subquery(oldest.into_query()));
        for turn in TURNS {
            query = query.order_by_asc(Expr::cust(turn));
        }
        query
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(limit)
    }
}
