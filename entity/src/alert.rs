//! Jobs that were found for saved searches.

use crate::ids::{AccountId, JobId, SavedSearchId};
use crate::{job, told_job};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{DeleteMany, QueryFilter, QueryOrder, QuerySelect, QueryTrait, UpdateMany};

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

    /// What waits to be told of a search and was named to its owner by mail, for another of their searches.
    pub fn named_elsewhere(search: SavedSearchId, owner: AccountId) -> UpdateMany<Self> {
        let named = told_job::Entity::find()
            .select_only()
            .column(told_job::Column::JobId)
            .filter(told_job::Column::AccountId.eq(owner))
            .into_query();
        Self::update_many()
            .filter(Column::SavedSearchId.eq(search))
            .filter(Column::ToldAt.is_null())
            .filter(Column::JobId.in_subquery(named))
    }

    /// Forgets that these jobs were found for a search: should they be found again, that is news.
    pub fn forget(
        search: SavedSearchId,
        jobs: impl IntoIterator<Item = JobId>,
    ) -> DeleteMany<Self> {
        Self::delete_many()
            .filter(Column::SavedSearchId.eq(search))
            .filter(Column::JobId.is_in(jobs))
    }

    /// Forgets what was found for a search and waits to be told.
    pub fn forget_untold(search: SavedSearchId) -> DeleteMany<Self> {
        Self::delete_many()
            .filter(Column::SavedSearchId.eq(search))
            .filter(Column::ToldAt.is_null())
    }

    /// Forgets that jobs were found for these searches that wait to be told and are not public now: when they
    /// return they are found anew.
    pub fn forget_hidden(searches: &[SavedSearchId], now: DateTimeUtc) -> DeleteMany<Self> {
        let is_public = job::Entity::public(now)
            .select_only()
            .column(job::Column::Id)
            .filter(Expr::col((job::Entity, job::Column::Id)).equals((Entity, Column::JobId)))
            .into_query();
        Self::delete_many()
            .filter(Column::SavedSearchId.is_in(searches.iter().copied()))
            .filter(Column::ToldAt.is_null())
            .filter(Expr::exists(is_public).not())
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
