//! Requests to the webhooks of saved searches: committed with the alerts, sent afterwards.

use crate::ids::{JobId, SavedSearchId};
use sea_orm::entity::prelude::*;
use sea_orm::{DeleteMany, FromJsonQueryResult, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// Jobs in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct JobIds(pub Vec<JobId>);

/// One request, sent until it is taken.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_delivery")]
pub struct Model {
    /// Id; the receiver knows a repetition by it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The search.
    pub saved_search_id: SavedSearchId,
    /// What its target is to echo, if it is to prove itself by that; then it tells of nothing.
    pub challenge: Option<String>,
    /// What it tells of.
    pub job_ids: JobIds,
    /// What is sent: written at the first attempt, the same ever after. Emptied at the end.
    pub body: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// When to try next.
    pub due_at: DateTimeUtc,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When it was taken, given up, or found to have nothing to say.
    pub done_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The first `limit` requests to be sent by now, oldest first.
    pub fn due(now: DateTimeUtc, limit: u64) -> Select<Self> {
        Self::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::DueAt.lte(now))
            .order_by_asc(Column::DueAt)
            .limit(limit)
    }

    /// Requests of a search that nobody began to send.
    pub fn unwritten(search: SavedSearchId) -> Select<Self> {
        Self::find()
            .filter(Column::SavedSearchId.eq(search))
            .filter(Column::DoneAt.is_null())
            .filter(Column::Body.is_null())
    }

    /// Challenges of a search that were not answered yet.
    pub fn unanswered(search: SavedSearchId) -> DeleteMany<Self> {
        Self::delete_many()
            .filter(Column::SavedSearchId.eq(search))
            .filter(Column::Challenge.is_not_null())
            .filter(Column::DoneAt.is_null())
    }
}
