//! Back-off after failed log-ins: waiting grows with the failures, and nobody is locked out: not where they
//! are, whatever strangers do elsewhere, if they have logged in there before.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::rate_limit::network;
use crate::store::Store;
use chrono::{DateTime, TimeDelta, Utc};
use entity::login_failure::{self, Model};
use entity::session;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Failures of an account from one network that cost no waiting.
const FREE: i32 = 5;

/// Failures of an account from everywhere that cost no waiting. Larger, so that one stranger's failures
/// do not make the person who owns the account wait.
const FREE_FROM_EVERYWHERE: i32 = 100;

/// Longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(1);

/// How long failures count.
const MEMORY: TimeDelta = TimeDelta::hours(1);

/// An attempt to log in.
pub struct Attempt {
    /// Key of the failures with this address from this network.
    here: String,
    /// Key of the failures with this address from everywhere.
    everywhere: String,
}

impl Attempt {
    /// An attempt with an address (whether it has an account or not) from a client.
    pub fn new(email: &str, client: Option<IpAddr>) -> Self {
        let from = client.map(|client| network(client).to_string());
        Self {
            here: hash(&format!("{email}\n{}", from.unwrap_or_default())),
            everywhere: hash(email),
        }
    }

    /// What a log-in keeps of where it came from.
    pub fn network(&self) -> &str {
        &self.here
    }

    fn keys(&self) -> [&str; 2] {
        [&self.here, &self.everywhere]
    }

    /// Whether it may be made, or answered, now.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`] when it has to wait.
    pub async fn check(&self, store: &Store, now: DateTime<Utc>) -> Result<(), ApiError> {
        match self.wait(store, now).await? {
            0 => Ok(()),
            retry_after => Err(ApiError::TooManyRequests { retry_after }),
        }
    }

    /// Seconds to wait; 0 when it may be made now.
    async fn wait(&self, store: &Store, now: DateTime<Utc>) -> Result<u64, DbErr> {
        let failures = login_failure::Entity::find()
            .filter(login_failure::Column::Key.is_in(self.keys()))
            .all(&store.db)
            .await?;
        // Asked for whether there were failures or not, so that no time tells.
        let is_known = session::Entity::from_network(&self.here)
            .limit(1)
            .count(&store.db)
            .await?
            > 0;
        let wait = failures
            .iter()
            .filter(|row| !is_known || row.key == self.here)
            .map(|row| self.wait_for(row, now))
            .max();
        Ok(wait.unwrap_or_default())
    }

    fn wait_for(&self, row: &Model, now: DateTime<Utc>) -> u64 {
        let free = if row.key == self.here {
            FREE
        } else {
            FREE_FROM_EVERYWHERE
        };
        // 1 s after the first that is not free, then 2, 4, …
        let Ok(doublings) = u32::try_from(row.failures.saturating_sub(free)) else {
            return 0;
        };
        let pause = TimeDelta::seconds(1_i64 << doublings.min(6)).min(LONGEST);
        let left = row.last_at + pause - now;
        // A clock that was set back does not make anybody wait for longer.
        let left = left.min(pause).num_milliseconds();
        u64::try_from(left).map_or(0, |millis| millis.div_ceil(1000))
    }

    /// Notes that it failed.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn failed(&self, store: &Store, now: DateTime<Utc>) -> Result<(), DbErr> {
        use sea_orm::ExprTrait as _;
        let txn = WriteTransaction::begin(store).await?;
        let rows = self.keys().map(|key| login_failure::ActiveModel {
            key: Set(key.to_owned()),
            failures: Set(1),
            last_at: Set(now),
        });
        let again = OnConflict::column(login_failure::Column::Key)
            .value(
                login_failure::Column::Failures,
                Expr::col((login_failure::Entity, login_failure::Column::Failures)).add(1),
            )
            .update_column(login_failure::Column::LastAt)
            .to_owned();
        login_failure::Entity::insert_many(rows)
            .on_conflict(again)
            .exec_without_returning(&*txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Forgets the failures: it was the right password, or the mailbox is theirs.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn succeeded(&self, txn: &WriteTransaction) -> Result<(), DbErr> {
        // In the order they are counted in, or two wait for each other in a ring.
        for key in self.keys() {
            login_failure::Entity::delete_by_id(key)
                .exec(&**txn)
                .await?;
        }
        Ok(())
    }
}

/// Forgets failures that no longer count.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(store: &Store, now: DateTime<Utc>) -> Result<(), DbErr> {
    login_failure::Entity::delete_many()
        .filter(login_failure::Column::LastAt.lt(now - MEMORY))
        .exec(&store.db)
        .await?;
    Ok(())
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}
