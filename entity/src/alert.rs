//! Jobs that were found for saved searches.

use crate::ids::{JobId, SavedSearchId};
use crate::job;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{QueryFilter, QueryOrder};

/// A job is found for a search once: the key keeps anybody from being told twice.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert")]
pub struct Model {
    /// The search.
    #[sea_orm(primary_key, auto_increment = false)]
    pub saved_search_id: SavedSearchId,
    /// The job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// When it was found.
    pub at: DateTimeUtc,
    /// When its owner was told, or was not to be told; without it, it waits for the next digest.
    pub told_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The jobs of a search that are open, the newest first.
    pub fn open_jobs(search: SavedSearchId, now: DateTimeUtc) -> Select<job::Entity> {
        open(search, now, false)
    }

    /// The open jobs of a search whose owner is not told of them yet, the newest first.
    pub fn untold_jobs(search: SavedSearchId, now: DateTimeUtc) -> Select<job::Entity> {
        open(search, now, true)
    }
}

fn open(search: SavedSearchId, now: DateTimeUtc, only_untold: bool) -> Select<job::Entity> {
    let mut alerts = Query::select()
        .column(Column::JobId)
        .from(Entity)
        .and_where(Column::SavedSearchId.eq(search))
        .to_owned();
    if only_untold {
        alerts.and_where(Column::ToldAt.is_null());
    }
    job::Entity::public(now)
        .filter(job::Column::Id.in_subquery(alerts))
        .order_by_desc(job::Column::PostedAt)
        .order_by_desc(job::Column::Id)
}
