//! What time changes by itself.
//!
//! Whoever writes a record that will be another at a moment notes the moment with it
//! ([`note`]). Every server looks for what is due; the first to delete the note does it.

use crate::changes::{Actor, WriteTransaction, dependents, index, record};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::jobs::expiry;
use crate::saved_searches::tell;
use crate::store::Store;
use crate::verification;
use chrono::{DateTime, Utc};
use entity::change::ActorRole;
use entity::deadline::{Column, Entity, Kind, Model};
use entity::ids::{JobId, OrganizationId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Deadlines taken at a time.
const BATCH: u64 = 100;

/// How often to look without knowing of anything: what other servers note.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Longest pause after repeated failures.
const MAX_BACK_OFF: Duration = Duration::from_secs(30);

/// Notes that a record may be another from a moment on. Twice is once.
///
/// # Errors
/// Whatever the database answers.
pub async fn note(
    txn: &DatabaseTransaction,
    kind: Kind,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    note_all(txn, kind, [id], at).await
}

/// The same of several records, some hundreds at most.
///
/// # Errors
/// Whatever the database answers.
pub async fn note_all(
    txn: &DatabaseTransaction,
    kind: Kind,
    ids: impl IntoIterator<Item = Uuid>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let rows = ids.into_iter().map(|id| entity::deadline::ActiveModel {
        at: Set(at),
        kind: Set(kind),
        id: Set(id),
    });
    Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([Column::At, Column::Kind, Column::Id])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(txn)
        .await?;
    Ok(())
}

/// Does what is due.
pub struct Deadlines {
    store: Store,
    clock: Clock,
    /// Head of the log once everything that fell due before the start was done.
    head: AtomicI64,
}

impl Deadlines {
    /// A follower that is not running yet.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            head: AtomicI64::new(i64::MAX),
        }
    }

    /// Whether what fell due before the start is done, and an index that has read up to `position`
    /// knows of it. It stays so.
    pub fn applied_since_start(&self, position: i64) -> bool {
        let is_applied = position >= self.head.load(Ordering::Acquire);
        if is_applied {
            self.head.store(0, Ordering::Release);
        }
        is_applied
    }

    /// Runs until cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        let mut back_off = Duration::from_millis(100);
        while !stop.is_cancelled() {
            let pause = match self.step().await {
                Ok(pause) => {
                    back_off = Duration::from_millis(100);
                    pause
                }
                Err(error) => {
                    tracing::error!(?error, pause = ?back_off, "what is due could not be done and is tried again");
                    let pause = back_off;
                    back_off = (back_off * 2).min(MAX_BACK_OFF);
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does everything that is due; says how long to sleep.
    async fn step(&self) -> Result<Duration, ApiError> {
        let drained = self.drain().await;
        // Where nothing can be written a server starts all the same. What is past its time is not shown,
        // whether or not that is written.
        let is_tried = matches!(drained, Ok(()) | Err(ApiError::InsufficientStorage));
        if is_tried && self.head.load(Ordering::Acquire) == i64::MAX {
            let head = index::head(&self.store.db).await?;
            self.head.store(head, Ordering::Release);
        }
        drained?;
        let next = Entity::next(1).one(&self.store.db).await?;
        let until_next = next.map(|next| next.at - self.clock.now());
        Ok(until_next.map_or(POLL_EVERY, |until_next| {
            until_next.to_std().unwrap_or_default().min(POLL_EVERY)
        }))
    }

    async fn drain(&self) -> Result<(), ApiError> {
        while self.drain_once().await? > 0 {}
        Ok(())
    }

    /// Does the next of what is due, in one transaction; says how many there were.
    ///
    /// # Errors
    /// Whatever the database answers; nothing was done then.
    pub async fn drain_once(&self) -> Result<usize, ApiError> {
        let now = self.clock.now();
        let next = Entity::next(1).one(&self.store.db).await?;
        if next.is_none_or(|next| next.at > now) {
            return Ok(0);
        }
        let mut txn = WriteTransaction::begin(&self.store).await?;
        verification::lock(&txn).await?;
        // Afresh, now that no other server is at it. One kind at a time: each locks rows in its own order.
        let Some(first) = Entity::next(1)
            .filter(Column::At.lte(now))
            .one(&*txn)
            .await?
        else {
            return Ok(0);
        };
        let due = Entity::next(BATCH)
            .filter(Column::At.lte(now))
            .filter(Column::Kind.eq(first.kind))
            .all(&*txn)
            .await?;
        if first.kind == Kind::OrganizationJobs {
            let organizations: Vec<_> = due.iter().map(|due| OrganizationId(due.id)).collect();
            dependents::hold(&txn, &organizations).await?;
        }
        take(&txn, &due).await?;
        self.act(&mut txn, first.kind, &due).await?;
        txn.commit().await?;
        Ok(due.len())
    }

    async fn act(
        &self,
        txn: &mut WriteTransaction,
        kind: Kind,
        due: &[Model],
    ) -> Result<(), ApiError> {
        let jobs = || -> Vec<_> { due.iter().map(|due| JobId(due.id)).collect() };
        let organizations = || -> Vec<_> { due.iter().map(|due| OrganizationId(due.id)).collect() };
        match kind {
            Kind::Verification => {
                let actor = Actor {
                    account: None,
                    role: ActorRole::Time,
                    source: None,
                };
                verification::recompute(txn, &organizations(), &self.clock, &actor).await?;
            }
            Kind::JobExpiry => expiry::expire(txn, &jobs(), self.clock.now()).await?,
            Kind::JobReminder => {
                let due: Vec<_> = due.iter().map(|due| (JobId(due.id), due.at)).collect();
                expiry::remind(txn, &due, &self.clock).await?;
            }
            Kind::OrganizationJobs => {
                let now = self.clock.now();
                let due: Vec<_> = due
                    .iter()
                    .map(|due| (OrganizationId(due.id), due.at))
                    .collect();
                for change in dependents::rest(txn, &due, now).await? {
                    record(txn, change);
                }
            }
            // Over: the next change of the organization is on its jobs at once.
            Kind::OrganizationJobsRest => {}
            Kind::AlertDigest => {
                let ids: Vec<_> = due.iter().map(|due| due.id).collect();
                tell::digest(txn, &ids, &self.clock).await?;
            }
        }
        Ok(())
    }
}

async fn take(txn: &DatabaseTransaction, due: &[Model]) -> Result<(), DbErr> {
    let these = due.iter().fold(Condition::any(), |these, due| {
        these.add(
            Condition::all()
                .add(Column::At.eq(due.at))
                .add(Column::Kind.eq(due.kind))
                .add(Column::Id.eq(due.id)),
        )
    });
    Entity::delete_many().filter(these).exec(txn).await?;
    Ok(())
}
