//! The follower that sends what is new to webhooks (Standard Webhooks 1.0.0).

mod retries;
mod send;

use crate::state::AppState;
use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use entity::alert_delivery::{Column, Entity, Model};
use entity::ids::{AccountId, SavedSearchId};
use entity::saved_search;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};
use send::deal_with;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::Notify as Signal;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

/// Requests that are under way at the same time.
const AT_ONCE: usize = 64;

/// Of which so many are of one account: whose receivers are slow delays nobody else.
const OF_ONE: usize = 4;

/// How often to look without being woken: for other servers, and for what is tried again.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// What was sent is remembered so long.
const KEEP: TimeDelta = TimeDelta::days(1);

/// Challenges that a host gets in a minute, for whomever: it has not asked for them.
const CHALLENGES_OF_HOST: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Wakes the sender.
pub struct Deliveries {
    signal: Signal,
    challenges: DefaultKeyedRateLimiter<String>,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            signal: Signal::new(),
            challenges: RateLimiter::keyed(Quota::per_minute(CHALLENGES_OF_HOST)),
        }
    }
}

impl Deliveries {
    /// There is something to send.
    pub fn wake(&self) {
        self.signal.notify_one();
    }

    /// Whether the host of a search's webhook may get one more challenge now; if so, it counts.
    fn may_challenge(&self, search: &saved_search::Model) -> bool {
        let url = search
            .webhook_url
            .as_deref()
            .and_then(|url| Url::parse(url).ok());
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        self.challenges.check_key(&host.unwrap_or_default()).is_ok()
    }

    /// Forgets the hosts that got no challenge lately.
    pub fn sweep(&self) {
        self.challenges.retain_recent();
    }

    /// Sends until cancelled, and then waits for what is under way.
    pub async fn run(state: web::Data<AppState>, stop: CancellationToken) {
        let mut sending = Sending::new(state.clone());
        while !stop.is_cancelled() {
            if let Err(error) = sending.begin().await {
                tracing::error!(?error, "webhooks of saved searches were not sent");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = sending.end_one() => {}
                () = state.deliveries.signal.notified() => {}
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
        }
        while !sending.under_way.is_empty() {
            sending.end_one().await;
        }
    }
}

/// What is under way.
struct Sending {
    state: web::Data<AppState>,
    /// Which request each task deals with, and whose it is.
    under_way: HashMap<task::Id, (Uuid, Option<AccountId>)>,
    /// Each on its own: they hold connections, which nobody may wait for who keeps them from going on.
    tasks: JoinSet<bool>,
}

impl Sending {
    fn new(state: web::Data<AppState>) -> Self {
        Self {
            state,
            under_way: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Begins with what is due, as far as there is room.
    async fn begin(&mut self) -> Result<(), DbErr> {
        while self.under_way.len() < AT_ONCE && self.begin_some().await? {}
        Ok(())
    }

    /// The oldest that are due, up to as many as an account may have under way; `false` if there is none.
    async fn begin_some(&mut self) -> Result<bool, DbErr> {
        let room = AT_ONCE - self.under_way.len();
        let now = self.state.clock.now();
        let db = &self.state.store.db;
        let due = Entity::due(now, u64::try_from(room).unwrap_or_default())
            .filter(Column::Id.is_not_in(self.under_way.values().map(|(id, _)| *id)))
            .filter(
                Column::SavedSearchId
                    .not_in_subquery(saved_search::Entity::ids_of(self.busy()).into_query()),
            )
            .all(db)
            .await?;
        let owners = owners(db, &due).await?;
        let mut began = false;
        for delivery in due {
            let owner = owners.get(&delivery.saved_search_id).copied();
            if self.count_of(owner) < OF_ONE {
                began = true;
                let id = delivery.id;
                let task = self.tasks.spawn(deal(self.state.clone(), delivery));
                self.under_way.insert(task.id(), (id, owner));
            }
        }
        Ok(began)
    }

    fn count_of(&self, owner: Option<AccountId>) -> usize {
        let owners = self.under_way.values().map(|(_, owner)| *owner);
        owners.filter(|of| *of == owner).count()
    }

    /// Accounts that have as many under way as they may.
    fn busy(&self) -> Vec<AccountId> {
        let owners = self.under_way.values().filter_map(|(_, owner)| *owner);
        owners
            .filter(|owner| self.count_of(Some(*owner)) >= OF_ONE)
            .collect()
    }

    /// Waits until one is done with, and says whether it was ours; for ever if there is none.
    async fn end_one(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let (id, is_ours) = ended.unwrap_or_else(|error| {
            tracing::error!(%error, "a webhook of a saved search was not sent");
            (error.id(), false)
        });
        self.under_way.remove(&id);
        is_ours
    }
}

/// Sends what is due; says how many requests it dealt with.
///
/// # Errors
/// Whatever the database answers.
pub async fn drain_once(state: &web::Data<AppState>) -> Result<usize, DbErr> {
    let mut sending = Sending::new(state.clone());
    sending.begin().await?;
    let mut dealt_with = 0;
    while !sending.under_way.is_empty() {
        dealt_with += usize::from(sending.end_one().await);
    }
    Ok(dealt_with)
}

/// Forgets requests that ended a day ago.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::DoneAt.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}

/// Deals with one. `false` when it was not ours, or when the database does not answer: then it is tried again
/// in a while.
async fn deal(state: web::Data<AppState>, delivery: Model) -> bool {
    match deal_with(&state, &delivery).await {
        Ok(is_ours) => is_ours,
        Err(error) => {
            tracing::error!(?error, delivery = %delivery.id, "a webhook of a saved search was not sent");
            // It may be as due as it was: while it counts as under way nobody takes it up at once.
            tokio::time::sleep(POLL_EVERY).await;
            false
        }
    }
}

/// Whose searches these are.
async fn owners(
    db: &impl ConnectionTrait,
    due: &[Model],
) -> Result<HashMap<SavedSearchId, AccountId>, DbErr> {
    let searches = due.iter().map(|delivery| delivery.saved_search_id);
    let owners: Vec<(SavedSearchId, AccountId)> = saved_search::Entity::find()
        .select_only()
        .column(saved_search::Column::Id)
        .column(saved_search::Column::AccountId)
        .filter(saved_search::Column::Id.is_in(searches))
        .into_tuple()
        .all(db)
        .await?;
    Ok(owners.into_iter().collect())
}
