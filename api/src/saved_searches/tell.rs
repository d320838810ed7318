//! Telling people what is new for their saved searches: in the transaction that finds it, or later in a
//! digest.

use crate::changes::{WriteTransaction, deadlines};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::mail::{self, Message};
use chrono::{DateTime, TimeDelta, Utc};
use entity::account;
use entity::alert;
use entity::alert_delivery::{self, JobIds};
use entity::deadline::Kind as Deadline;
use entity::ids::{JobId, SavedSearchId};
use entity::mail::Template;
use entity::saved_search::{Column, Entity, Frequency, Model, Notify};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// Jobs that one mail shows; it tells how many more there are.
pub const IN_A_MAIL: usize = 20;

/// Jobs that one request to a webhook tells of.
const IN_A_DELIVERY: usize = 20;

/// Jobs that a digest takes at most; the private feed has those that are left out too.
const IN_A_DIGEST: u64 = 200;

/// Rows per statement, well under both databases' limit of bind parameters.
const ROWS_PER_STATEMENT: usize = 500;

/// How, and whether, the owner of a search is told.
#[derive(Clone, Debug)]
pub enum Way {
    /// By mail to this address.
    Email(String),
    /// By a request.
    Webhook,
    /// Not at all.
    None,
}

impl Way {
    /// The way of a search and its owner.
    pub fn of(search: &Model, owner: Option<&account::Model>) -> Self {
        let Some(owner) = owner.filter(|owner| owner.suspended_at.is_none()) else {
            return Self::None;
        };
        match search.notify {
            Notify::Email => Self::Email(owner.email.clone()),
            Notify::Webhook => Self::Webhook,
            Notify::None => Self::None,
        }
    }
}

/// A search with what is new for it.
pub struct News {
    /// The search.
    pub search: Model,
    /// How its owner is told.
    pub way: Way,
    /// What is new, the newest first.
    pub jobs: Vec<JobId>,
}

impl News {
    /// Whether the owner is told later.
    pub fn waits(&self) -> bool {
        !matches!(self.way, Way::None) && self.search.frequency != Frequency::Instant
    }
}

/// Tells the owners of these searches, or notes when they will be told.
///
/// # Errors
/// Whatever the database answers.
pub async fn tell(txn: &WriteTransaction, clock: &Clock, news: Vec<News>) -> Result<(), DbErr> {
    let now = clock.now();
    let (later, at_once): (Vec<_>, Vec<_>) = news.into_iter().partition(News::waits);
    send(txn, clock, at_once).await?;
    for (frequency, wait) in [
        (Frequency::Daily, TimeDelta::days(1)),
        (Frequency::Weekly, TimeDelta::weeks(1)),
    ] {
        let first: Vec<_> = later
            .iter()
            .map(|news| &news.search)
            .filter(|search| search.frequency == frequency && search.digest_at.is_none())
            .map(|search| search.id)
            .collect();
        note_digests(txn, &first, now + wait).await?;
    }
    Ok(())
}

/// Tells the owners of these searches of what waits to be told. What is no longer open is left out.
///
/// # Errors
/// Whatever the database answers.
pub async fn digest(txn: &WriteTransaction, ids: &[Uuid], clock: &Clock) -> Result<(), ApiError> {
    let now = clock.now();
    let ids: Vec<_> = ids.iter().copied().map(SavedSearchId).collect();
    let searches = Entity::locked(ids.iter().copied(), txn.get_database_backend())
        .all(&**txn)
        .await?;
    let mut news = Vec::with_capacity(searches.len());
    for (search, owner) in searches {
        let jobs = alert::Entity::untold_jobs(search.id, now)
            .select_only()
            .column(entity::job::Column::Id)
            .limit(IN_A_DIGEST)
            .into_tuple()
            .all(&**txn)
            .await?;
        let way = Way::of(&search, owner.as_ref());
        news.push(News { search, way, jobs });
    }
    alert::Entity::update_many()
        .col_expr(alert::Column::ToldAt, Expr::value(now))
        .filter(alert::Column::SavedSearchId.is_in(ids.iter().copied()))
        .filter(alert::Column::ToldAt.is_null())
        .exec(&**txn)
        .await?;
    Entity::update_many()
        .col_expr(Column::DigestAt, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.is_in(ids))
        .exec(&**txn)
        .await?;
    news.retain(|news| !news.jobs.is_empty());
    Ok(send(txn, clock, news).await?)
}

async fn note_digests(
    txn: &WriteTransaction,
    ids: &[SavedSearchId],
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        Entity::update_many()
            .col_expr(Column::DigestAt, Expr::value(at))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .exec(&**txn)
            .await?;
        deadlines::note_all(txn, Deadline::AlertDigest, ids.iter().map(|id| id.0), at).await?;
    }
    Ok(())
}

async fn send(txn: &WriteTransaction, clock: &Clock, news: Vec<News>) -> Result<(), DbErr> {
    let now = clock.now();
    let (mut mail, mut deliveries, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for News { search, way, jobs } in news {
        match way {
            Way::None => continue,
            Way::Email(recipient) => {
                let shown: Vec<_> = jobs.iter().take(IN_A_MAIL).collect();
                let more = jobs.len().saturating_sub(shown.len());
                let message = Message {
                    template: Template::JobAlerts,
                    recipient,
                    parameters: json!({"record_id": search.id, "job_ids": shown, "more": more}),
                };
                mail.push((clock.new_id(), message));
            }
            Way::Webhook => {
                let requests = jobs
                    .chunks(IN_A_DELIVERY)
                    .map(|jobs| alert_delivery::ActiveModel {
                        id: Set(clock.new_id()),
                        saved_search_id: Set(search.id),
                        job_ids: Set(JobIds(jobs.to_vec())),
                        body: Set(None),
                        attempts: Set(0),
                        due_at: Set(now),
                        created_at: Set(now),
                        done_at: Set(None),
                    });
                deliveries.extend(requests);
            }
        }
        told.push(search.id);
    }
    mail::queue_all(&**txn, mail, now).await?;
    while !deliveries.is_empty() {
        let rest = deliveries.split_off(deliveries.len().min(ROWS_PER_STATEMENT));
        alert_delivery::Entity::insert_many(deliveries)
            .exec_without_returning(&**txn)
            .await?;
        deliveries = rest;
    }
    for ids in told.chunks(ROWS_PER_STATEMENT) {
        Entity::update_many()
            .col_expr(Column::LastNotifiedAt, Expr::value(now))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .exec(&**txn)
            .await?;
    }
    Ok(())
}
