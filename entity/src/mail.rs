//! Mail to be sent: committed with the write that causes it, sent afterwards.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
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
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The first `limit` messages to be sent by now, oldest first.
    pub fn due(now: DateTimeUtc, limit: u64) -> Select<Self> {
        Self::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::DueAt.lte(now))
            .order_by_asc(Column::DueAt)
            .limit(limit)
    }
}
