//! What an account may write in a day.
//!
//! It is counted when a write is sealed, and in the database: through whichever server and by whichever client
//! of the account it came, nothing that a write leaves behind is passed over.

use crate::changes::record::{Actor, Change, WriteError};
use chrono::{DateTime, Days, NaiveTime, Utc};
use entity::account_usage::{ActiveModel, Column, Entity};
use entity::change::{Action, ActorRole};
use entity::ids::AccountId;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// MiB that an account and its clients may write in a day, from midnight to midnight in UTC: what they add to
/// histories, the records they make, and the answers kept for their `Idempotency-Key`s.
pub const DAILY_MIB: i64 = 20;

/// What a change takes beside the values it notes: its row in the log, one in the feed, and their indexes. As much
/// is counted for other rows that are kept for a while after they were removed.
pub const CHANGE_BYTES: usize = 1024;

/// What a write costs its accounts, in the order in which their rows are locked.
#[derive(Debug, Default)]
pub struct Charges(BTreeMap<Uuid, (DateTime<Utc>, usize)>);

impl Charges {
    /// Adds to what an account writes. Moderators, imports and time are not counted.
    pub fn add(&mut self, actor: &Actor, bytes: usize, at: DateTime<Utc>) {
        let is_counted = matches!(actor.role, ActorRole::Owner | ActorRole::Editor);
        if let Some(account) = actor.account.filter(|_| is_counted) {
            self.0.entry(account).or_insert((at, 0)).1 += bytes;
        }
    }

    /// Adds what is recorded. Whoever makes something pays for its removal too, which is never refused.
    pub fn add_changes(&mut self, changes: &[Change]) {
        if changes.iter().any(|it| it.action == Action::Deleted) {
            return;
        }
        for change in changes {
            let removal = if change.action == Action::Created {
                CHANGE_BYTES
            } else {
                0
            };
            let bytes = CHANGE_BYTES + removal + change.fields.to_string().len();
            self.add(&change.actor, bytes, change.at);
        }
    }

    /// Counts it, under locks of the accounts' rows of the day.
    ///
    /// # Errors
    /// [`WriteError::AllowanceSpent`] when it is more than is left, or whatever the database answers.
    pub async fn spend(self, txn: &DatabaseTransaction) -> Result<(), WriteError> {
        let charges = self.0.into_iter().filter(|(_, (_, bytes))| *bytes > 0);
        for (account, (at, bytes)) in charges {
            let written = write(txn, AccountId(account), at, bytes).await?;
            if written > DAILY_MIB << 20 {
                return Err(WriteError::AllowanceSpent {
                    retry_after: seconds_left(at),
                });
            }
        }
        Ok(())
    }
}

/// What the account has written on the day, with this.
async fn write(
    txn: &DatabaseTransaction,
    account: AccountId,
    at: DateTime<Utc>,
    bytes: usize,
) -> Result<i64, DbErr> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let row = ActiveModel {
        account_id: Set(account),
        day: Set(at.date_naive()),
        bytes: Set(bytes),
    };
    let add = OnConflict::columns([Column::AccountId, Column::Day])
        .value(Column::Bytes, Expr::col((Entity, Column::Bytes)).add(bytes))
        .to_owned();
    Entity::insert(row)
        .on_conflict(add)
        .exec_without_returning(txn)
        .await?;
    let row = Entity::find_by_id((account, at.date_naive()))
        .one(txn)
        .await?;
    Ok(row.map_or(0, |row| row.bytes))
}

/// Seconds until the day is over.
fn seconds_left(at: DateTime<Utc>) -> u64 {
    let tomorrow = at.date_naive() + Days::new(1);
    let left = tomorrow.and_time(NaiveTime::MIN).and_utc() - at;
    u64::try_from(left.num_seconds() + 1).unwrap_or(1)
}

/// Forgets the days that are over.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Day.lt(now.date_naive() - Days::new(1)))
        .exec(db)
        .await?;
    Ok(())
}
