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
use entity::deadline::{self, Kind as Deadline};
use entity::ids::{AccountId, JobId, SavedSearchId};
use entity::mail::Template;
use entity::saved_search::{Column, Entity, Frequency, Model, Notify};
use entity::{told_job, told_webhook};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, DeleteMany, EntityTrait, QueryFilter,
    QuerySelect,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Jobs that one mail shows; it tells how many more there are.
pub const IN_A_MAIL: usize = 20;

/// Jobs that one request to a webhook tells of.
const IN_A_DELIVERY: usize = 20;

/// Jobs that a digest takes at once. A mail counts the rest, a webhook is told of it next.
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
    /// Not at all, until the webhook has proven itself.
    Unproven,
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
            Notify::Webhook if search.webhook_verified_at.is_none() => Self::Unproven,
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
    /// How many more there are that only a mail counts.
    pub more: usize,
}

impl News {
    fn is_mailed(&self) -> bool {
        matches!(self.way, Way::Email(_))
    }

    /// Whether the owner is told later.
    pub fn waits(&self) -> bool {
        matches!(self.way, Way::Email(_) | Way::Webhook)
            && self.search.frequency != Frequency::Instant
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
    for frequency in [Frequency::Daily, Frequency::Weekly] {
        let first: Vec<_> = later
            .iter()
            .map(|news| &news.search)
            .filter(|search| search.frequency == frequency && search.digest_at.is_none())
            .map(|search| search.id)
            .collect();
        note_digests(txn, &first, now + wait(frequency)).await?;
    }
    Ok(())
}

/// How long the first of what is new waits.
fn wait(frequency: Frequency) -> TimeDelta {
    match frequency {
        Frequency::Instant => TimeDelta::zero(),
        Frequency::Daily => TimeDelta::days(1),
        Frequency::Weekly => TimeDelta::weeks(1),
    }
}

/// Lets a digest that is to come later than this search's frequency says by now come sooner.
///
/// # Errors
/// Whatever the database answers.
pub async fn hasten(
    txn: &WriteTransaction,
    search: &Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let at = now + wait(search.frequency);
    let Some(later) = search.digest_at.filter(|digest_at| *digest_at > at) else {
        return Ok(());
    };
    deadline::Entity::delete_by_id((later, Deadline::AlertDigest, search.id.0))
        .exec(&**txn)
        .await?;
    note_digests(txn, &[search.id], at).await
}

/// Tells the owners of these searches of what waits to be told. What is not open is left out, and is news
/// when it returns.
///
/// # Errors
/// Whatever the database answers.
pub async fn digest(txn: &WriteTransaction, ids: &[Uuid], clock: &Clock) -> Result<(), ApiError> {
    let now = clock.now();
    let ids: Vec<_> = ids.iter().copied().map(SavedSearchId).collect();
    // Whoever finds jobs for them waits until the commit.
    let searches = Entity::locked(ids.iter().copied(), txn.get_database_backend())
        .all(&**txn)
        .await?;
    let mut news = Vec::with_capacity(searches.len());
    for (search, owner) in searches {
        let way = Way::of(&search, owner.as_ref());
        if matches!(way, Way::Email(_)) {
            alert::Entity::named_elsewhere(search.id, search.account_id)
                .col_expr(alert::Column::ToldAt, Expr::value(now))
                .exec(&**txn)
                .await?;
        }
        let jobs = take_untold(txn, search.id, now).await?;
        news.push(News {
            search,
            way,
            jobs,
            more: 0,
        });
    }
    alert::Entity::forget_hidden(&ids, now).exec(&**txn).await?;
    let rest = count_untold(txn, &ids).await?;
    let (mut goes_on, mut ends) = (Vec::new(), Vec::new());
    for news in &mut news {
        let left = rest.get(&news.search.id).copied().unwrap_or_default();
        if matches!(news.way, Way::Webhook) && left > 0 {
            goes_on.push(news.search.id);
        } else {
            news.more = left;
            ends.push(news.search.id);
        }
    }
    alert::Entity::update_many()
        .col_expr(alert::Column::ToldAt, Expr::value(now))
        .filter(alert::Column::SavedSearchId.is_in(ends.iter().copied()))
        .filter(alert::Column::ToldAt.is_null())
        .exec(&**txn)
        .await?;
    Entity::update_many()
        .col_expr(Column::DigestAt, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.is_in(ends))
        .exec(&**txn)
        .await?;
    note_digests(txn, &goes_on, now).await?;
    news.retain(|news| !news.jobs.is_empty());
    Ok(send(txn, clock, news).await?)
}

/// The newest of what waits to be told of a search; it does not wait any more.
async fn take_untold(
    txn: &WriteTransaction,
    search: SavedSearchId,
    now: DateTime<Utc>,
) -> Result<Vec<JobId>, DbErr> {
    let jobs: Vec<JobId> = alert::Entity::untold_jobs(search, now)
        .select_only()
        .column(entity::job::Column::Id)
        .limit(IN_A_DIGEST)
        .into_tuple()
        .all(&**txn)
        .await?;
    alert::Entity::update_many()
        .col_expr(alert::Column::ToldAt, Expr::value(now))
        .filter(alert::Column::SavedSearchId.eq(search))
        .filter(alert::Column::JobId.is_in(jobs.iter().copied()))
        .exec(&**txn)
        .await?;
    Ok(jobs)
}

/// How many jobs of each search still wait to be told.
async fn count_untold(
    txn: &WriteTransaction,
    searches: &[SavedSearchId],
) -> Result<HashMap<SavedSearchId, usize>, DbErr> {
    let rows: Vec<(SavedSearchId, i64)> = alert::Entity::find()
        .select_only()
        .column(alert::Column::SavedSearchId)
        .column_as(alert::Column::JobId.count(), "jobs")
        .filter(alert::Column::SavedSearchId.is_in(searches.iter().copied()))
        .filter(alert::Column::ToldAt.is_null())
        .group_by(alert::Column::SavedSearchId)
        .into_tuple()
        .all(&**txn)
        .await?;
    let count = |(id, jobs)| (id, usize::try_from(jobs).unwrap_or_default());
    Ok(rows.into_iter().map(count).collect())
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

/// Leaves out, of what is to be mailed, what a mail named to the same person before, for another of their
/// searches; and notes what the mails name now.
async fn leave_out_named(txn: &WriteTransaction, news: &mut Vec<News>) -> Result<(), DbErr> {
    let mailed = || news.iter().filter(|news| news.is_mailed());
    let accounts: HashSet<_> = mailed().map(|news| news.search.account_id).collect();
    let jobs: HashSet<_> = mailed().flat_map(|news| news.jobs.clone()).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let mut known: HashSet<(AccountId, JobId)> = told_job::Entity::find()
        .filter(told_job::Column::AccountId.is_in(accounts))
        .filter(told_job::Column::JobId.is_in(jobs))
        .all(&**txn)
        .await?
        .into_iter()
        .map(|row| (row.account_id, row.job_id))
        .collect();
    let mut named = Vec::new();
    for one in news.iter_mut().filter(|news| news.is_mailed()) {
        let account = one.search.account_id;
        let mut left = one.jobs.clone();
        left.retain(|job| !known.contains(&(account, *job)));
        // A mail that counts what it does not name has to name something.
        if !left.is_empty() || one.more == 0 {
            one.jobs = left;
        }
        for job in one.jobs.iter().take(IN_A_MAIL) {
            if known.insert((account, *job)) {
                named.push(told_job::ActiveModel {
                    account_id: Set(account),
                    job_id: Set(*job),
                });
            }
        }
    }
    while !named.is_empty() {
        let rest = named.split_off(named.len().min(ROWS_PER_STATEMENT));
        told_job::Entity::insert_many(named)
            .on_conflict_do_nothing()
            .exec_without_returning(&**txn)
            .await?;
        named = rest;
    }
    news.retain(|news| !news.jobs.is_empty());
    Ok(())
}

/// Leaves out, of what is to be sent to a webhook, what the same account tells the same URL of for another of
/// its searches; and notes what is sent now. The searches of others do not count: they sign with a secret of
/// their own, and nobody may keep others from being told.
async fn leave_out_sent(txn: &WriteTransaction, news: &mut Vec<News>) -> Result<(), DbErr> {
    let hooked = || {
        let hooked = news.iter().filter(|news| matches!(news.way, Way::Webhook));
        hooked.filter_map(|news| Some((news, target(&news.search)?)))
    };
    let accounts: HashSet<_> = hooked().map(|(news, _)| news.search.account_id).collect();
    let targets: HashSet<_> = hooked().map(|(_, target)| target).collect();
    let jobs: HashSet<_> = hooked().flat_map(|(news, _)| news.jobs.clone()).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let mut known: HashSet<_> = told_webhook::Entity::find()
        .filter(told_webhook::Column::AccountId.is_in(accounts))
        .filter(told_webhook::Column::Target.is_in(targets))
        .filter(told_webhook::Column::JobId.is_in(jobs))
        .all(&**txn)
        .await?
        .into_iter()
        .map(|row| (row.account_id, row.target, row.job_id))
        .collect();
    let mut sent = Vec::new();
    for one in news
        .iter_mut()
        .filter(|news| matches!(news.way, Way::Webhook))
    {
        let Some(target) = target(&one.search) else {
            continue;
        };
        let account = one.search.account_id;
        one.jobs
            .retain(|job| known.insert((account, target.clone(), *job)));
        sent.extend(one.jobs.iter().map(|job| told_webhook::ActiveModel {
            account_id: Set(account),
            target: Set(target.clone()),
            job_id: Set(*job),
        }));
    }
    while !sent.is_empty() {
        let rest = sent.split_off(sent.len().min(ROWS_PER_STATEMENT));
        told_webhook::Entity::insert_many(sent)
            .on_conflict_do_nothing()
            .exec_without_returning(&**txn)
            .await?;
        sent = rest;
    }
    news.retain(|news| !news.jobs.is_empty());
    Ok(())
}

/// What stands for the URL of a search's webhook, if it has one.
fn target(search: &Model) -> Option<String> {
    let url = search.webhook_url.as_deref()?;
    Some(format!("{:x}", Sha256::digest(url)))
}

/// Forgets that a search's webhook was told of these jobs: should they be found again, that is news.
pub fn forget_sent(
    search: &Model,
    jobs: impl IntoIterator<Item = JobId>,
) -> DeleteMany<told_webhook::Entity> {
    let target = target(search).unwrap_or_default();
    told_webhook::Entity::forget(search.account_id, &target, jobs)
}

async fn send(txn: &WriteTransaction, clock: &Clock, mut news: Vec<News>) -> Result<(), DbErr> {
    leave_out_named(txn, &mut news).await?;
    leave_out_sent(txn, &mut news).await?;
    let now = clock.now();
    let (mut mail, mut deliveries, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for News {
        search,
        way,
        jobs,
        more,
    } in news
    {
        match way {
            Way::Unproven | Way::None => continue,
            Way::Email(recipient) => {
                let shown: Vec<_> = jobs.iter().take(IN_A_MAIL).collect();
                let more = more + jobs.len().saturating_sub(shown.len());
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
                        challenge: Set(None),
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
