//! Searches that people keep, to be told of what is new.

use crate::account;
use crate::ids::{AccountId, SavedSearchId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{DbBackend, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Job posts.
    Job,
}

impl Kind {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[("job", Self::Job)];
}

/// How somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// By mail to the account's address.
    Email,
    /// By a request to a URL of theirs.
    Webhook,
    /// Not at all; there is the private feed.
    None,
}

impl Notify {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[
        ("email", Self::Email),
        ("webhook", Self::Webhook),
        ("none", Self::None),
    ];
}

/// How often somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// At once.
    Instant,
    /// A day after the first job that was not told yet.
    Daily,
    /// A week after the first job that was not told yet.
    Weekly,
}

impl Frequency {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] = &[
        ("instant", Self::Instant),
        ("daily", Self::Daily),
        ("weekly", Self::Weekly),
    ];
}

/// One saved search.
///
/// Its secrets are stored as they are, not as hashes: the tokens of its links are shown and mailed again
/// and again, and the webhook's is what requests are signed with. Each is good for this search alone: to
/// read which public jobs it found, to end its mail, to sign as us towards its own webhook.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_search")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedSearchId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What is searched for.
    pub kind: Kind,
    /// Query string of the list, as typed.
    pub query: String,
    /// How its owner is told.
    pub notify: Notify,
    /// How often.
    pub frequency: Frequency,
    /// Where webhooks go.
    pub webhook_url: Option<String>,
    /// When whoever is there answered the challenge. Until then it gets nothing else.
    pub webhook_verified_at: Option<DateTimeUtc>,
    /// `whsec_…`; what webhooks are signed with. Never in a view, but when it is new.
    pub webhook_secret: Option<String>,
    /// Names its private feed.
    #[sea_orm(unique)]
    pub feed_token: String,
    /// Ends its mail.
    #[sea_orm(unique)]
    pub unsubscribe_token: String,
    /// Head of the change log when the search was saved, or got its query: what was public then is not new.
    pub after_seq: i64,
    /// Number of the last write of its owner, ascending over all saved searches in the order of commits.
    pub revision: i64,
    /// When it was saved.
    pub created_at: DateTimeUtc,
    /// When its owner last changed it.
    pub updated_at: DateTimeUtc,
    /// When its owner was last told of something.
    pub last_notified_at: Option<DateTimeUtc>,
    /// When its owner is told next, while something waits to be told.
    pub digest_at: Option<DateTimeUtc>,
    /// Whose it is.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The searches of an account.
    pub fn of(account: AccountId) -> Select<Self> {
        Self::find().filter(Column::AccountId.eq(account))
    }

    /// The ids of the searches of these accounts.
    pub fn ids_of(accounts: impl IntoIterator<Item = AccountId>) -> Select<Self> {
        Self::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::AccountId.is_in(accounts))
    }

    /// Those of these that are still there, each with its owner, kept from changing until the transaction
    /// ends. Always in the order of their ids, so that nobody waits in a ring.
    pub fn locked(
        ids: impl IntoIterator<Item = SavedSearchId>,
        backend: DbBackend,
    ) -> sea_orm::SelectTwo<Self, account::Entity> {
        let mut query = Self::find()
            .filter(Column::Id.is_in(ids))
            .order_by_asc(Column::Id);
        if backend == DbBackend::Postgres {
            QuerySelect::query(&mut query).lock_with_tables(LockType::Update, [Self]);
        }
        query.find_also_related(account::Entity)
    }
}
