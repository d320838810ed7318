//! Writing to the change log.

use crate::changes::allowance::Charges;
use crate::changes::wake::{CHANNEL, Key, MAX_NAMED, Wake, write_names};
use crate::changes::{dependents, unseen};
use crate::store::Store;
use chrono::{DateTime, Utc};
use entity::change::{self, Action, ActorRole, Kind};
use entity::feed_entry::{self, State};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QuerySelect, Statement,
};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

/// Key of the PostgreSQL advisory lock that is held from numbering to commit.
const LOG_LOCK: i64 = 0x746f_6164_6c6f_6731;

/// Rows per statement, well under both databases' limit of bind parameters.
const ROWS_PER_INSERT: usize = 500;

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account, if a person writes.
    pub account: Option<Uuid>,
    /// In which role.
    pub role: ActorRole,
    /// The source an import comes from.
    pub source: Option<String>,
}

/// One change of one record, before it has its number.
#[derive(Clone, Debug)]
pub struct Change {
    /// Kind of the record.
    pub kind: Kind,
    /// Id of the record.
    pub id: Uuid,
    /// What happened.
    pub action: Action,
    /// Version of the record after it.
    pub version: i32,
    /// Who wrote.
    pub actor: Actor,
    /// `[{"pointer", "from", "to"}]`, empty unless fields of an existing record changed.
    pub fields: serde_json::Value,
    /// What a moderator tells the editors about it.
    pub note: Option<String>,
    /// Whether the record was public before the change.
    pub was_public: bool,
    /// Whether the record is public after the change.
    pub public: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// A write in progress. Dropping it undoes everything.
pub struct WriteTransaction {
    txn: DatabaseTransaction,
    turn: Option<OwnedSemaphorePermit>,
    wake: Wake,
    recorded: Vec<Change>,
    charges: Charges,
}

/// Why a write did not come about.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The account has written all that it may in a day.
    #[error("the account has written all that it may in a day")]
    AllowanceSpent {
        /// Seconds until the next day.
        retry_after: u64,
    },
}

impl From<WriteError> for DbErr {
    /// For those who write for no account: only one has an allowance.
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => error,
            WriteError::AllowanceSpent { .. } => Self::Custom(error.to_string()),
        }
    }
}

/// Notes a change, to be numbered and stored when the transaction is sealed.
pub fn record(txn: &mut WriteTransaction, change: Change) {
    txn.recorded.push(change);
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.txn
    }
}

/// A write whose changes have their numbers and that only has to be committed.
///
/// On PostgreSQL it holds the lock on the log: do not do anything slow now.
pub struct Sealed {
    txn: DatabaseTransaction,
    turn: Option<OwnedSemaphorePermit>,
    wake: Wake,
    numbers: HashMap<Key, i64>,
}

impl Deref for Sealed {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.txn
    }
}

impl WriteTransaction {
    /// Begins a write.
    ///
    /// # Errors
    /// When the database has no connection or write lock to give in time.
    pub async fn begin(store: &Store) -> Result<Self, DbErr> {
        let (txn, turn) = store.begin().await?;
        Ok(Self {
            txn,
            turn,
            wake: store.wake.clone(),
            recorded: Vec::new(),
            charges: Charges::default(),
        })
    }

    /// Counts bytes that are kept for an account because of this write, beside the changes that are recorded.
    pub fn charge(&mut self, actor: &Actor, bytes: usize, at: DateTime<Utc>) {
        self.charges.add(actor, bytes, at);
    }

    /// Numbers and stores the recorded changes, as the last statements before the commit.
    ///
    /// On PostgreSQL a lock is held from here to the commit, taken after every row lock: a number
    /// is never visible before a smaller one, and two writers never wait for each other in a ring.
    ///
    /// # Errors
    /// [`WriteError::AllowanceSpent`], or whatever the database answers; drop the transaction then.
    pub async fn seal(self) -> Result<Sealed, WriteError> {
        let Self {
            txn,
            turn,
            wake,
            mut recorded,
            mut charges,
        } = self;
        unseen::bound(&txn, &mut recorded).await?;
        charges.add_changes(&recorded);
        charges.spend(&txn).await?;
        let dependents = dependents::of(&txn, &recorded).await?;
        recorded.extend(dependents);
        let mut numbers = HashMap::with_capacity(recorded.len());
        if !recorded.is_empty() {
            lock_log(&txn).await?;
            for rows in recorded.chunks(ROWS_PER_INSERT) {
                number(&txn, rows, &mut numbers).await?;
            }
            publish(&txn, &recorded, &numbers).await?;
            if !numbers.is_empty() && txn.get_database_backend() == DbBackend::Postgres {
                let names = write_names(&named(&numbers));
                txn.execute_raw(Statement::from_sql_and_values(
                    DbBackend::Postgres,
                    "SELECT pg_notify($1, $2)",
                    [CHANNEL.into(), names.into()],
                ))
                .await?;
            }
        }
        Ok(Sealed {
            txn,
            turn,
            wake,
            numbers,
        })
    }

    /// Seals and commits.
    ///
    /// # Errors
    /// As [`WriteTransaction::seal`]; nothing was written then.
    pub async fn commit(self) -> Result<(), WriteError> {
        Ok(self.seal().await?.commit().await?)
    }
}

impl Sealed {
    /// The latest change number of a record that this write changed.
    pub fn number(&self, kind: Kind, id: Uuid) -> Option<i64> {
        self.numbers.get(&(kind, id)).copied()
    }

    /// Makes the write durable and wakes the followers.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.txn.commit().await?;
        drop(self.turn);
        if !self.numbers.is_empty() {
            self.wake.wake(named(&self.numbers));
        }
        Ok(())
    }
}

/// Keeps others from numbering until the transaction ends.
///
/// # Errors
/// Whatever the database answers.
pub(super) async fn lock_log(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    // SQLite has one writer, and this transaction is it.
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOG_LOCK})"))
            .await?;
    }
    Ok(())
}

/// The records of a small commit; none of a large one.
fn named(numbers: &HashMap<Key, i64>) -> Vec<Key> {
    if numbers.len() > MAX_NAMED {
        return Vec::new();
    }
    numbers.keys().copied().collect()
}

/// Inserts into the log; remembers the highest number of each record that changed.
async fn number(
    txn: &DatabaseTransaction,
    changes: &[Change],
    numbers: &mut HashMap<Key, i64>,
) -> Result<(), DbErr> {
    let rows = changes.iter().map(|change| change::ActiveModel {
        kind: Set(change.kind),
        id: Set(change.id),
        action: Set(change.action),
        version: Set(change.version),
        actor: Set(change.actor.account),
        role: Set(change.actor.role),
        source: Set(change.actor.source.clone()),
        fields: Set(change.fields.clone()),
        note: Set(change.note.clone()),
        disclosed: Set(change.was_public && change.public),
        at: Set(change.at),
        ..Default::default()
    });
    for row in change::Entity::insert_many(rows)
        .exec_with_returning(txn)
        .await?
    {
        // Whoever follows the record has nothing to do about what does not change it.
        if row.action != Action::Managed {
            let latest = numbers.entry((row.kind, row.id)).or_insert(row.seq);
            *latest = row.seq.max(*latest);
        }
    }
    Ok(())
}

/// Moves each record that is public, or was, to its new place in its feed.
async fn publish(
    txn: &DatabaseTransaction,
    recorded: &[Change],
    numbers: &HashMap<Key, i64>,
) -> Result<(), DbErr> {
    // A record that was recorded twice counts with its last state.
    let last: HashMap<(Kind, Uuid), &Change> = recorded
        .iter()
        .filter(|change| change.action != Action::Managed)
        .map(|change| ((change.kind, change.id), change))
        .collect();
    // Only what is in the feed can leave it: a record that was never public stays unknown.
    let hidden = last.iter().filter(|(_, change)| !change.public);
    let leaving = listed(txn, hidden.map(|(key, _)| *key)).await?;
    let mut entries = Vec::new();
    for (key, change) in last {
        let Some(&seq) = numbers.get(&key) else {
            return Err(DbErr::RecordNotInserted);
        };
        if !change.public && !leaving.contains(&key) {
            continue;
        }
        let state = if change.public {
            State::Updated
        } else {
            State::Deleted
        };
        entries.push(feed_entry::ActiveModel {
            kind: Set(change.kind),
            id: Set(change.id),
            seq: Set(seq),
            state: Set(state),
            at: Set(change.at),
        });
    }
    let columns = OnConflict::columns([feed_entry::Column::Kind, feed_entry::Column::Id])
        .update_columns([
            feed_entry::Column::Seq,
            feed_entry::Column::State,
            feed_entry::Column::At,
        ])
        .to_owned();
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(ROWS_PER_INSERT));
        feed_entry::Entity::insert_many(entries)
            .on_conflict(columns.clone())
            .exec_without_returning(txn)
            .await?;
        entries = rest;
    }
    Ok(())
}

/// Which of these are in their feed: public, or were.
///
/// # Errors
/// Whatever the database answers.
pub async fn listed(
    txn: &DatabaseTransaction,
    keys: impl Iterator<Item = Key>,
) -> Result<HashSet<Key>, DbErr> {
    let mut of_kind: HashMap<Kind, Vec<Uuid>> = HashMap::new();
    let mut listed = HashSet::new();
    for (kind, id) in keys {
        of_kind.entry(kind).or_default().push(id);
    }
    for (kind, ids) in of_kind {
        for ids in ids.chunks(ROWS_PER_INSERT) {
            let found: Vec<Uuid> = feed_entry::Entity::find()
                .select_only()
                .column(feed_entry::Column::Id)
                .filter(feed_entry::Column::Kind.eq(kind))
                .filter(feed_entry::Column::Id.is_in(ids.iter().copied()))
                .into_tuple()
                .all(txn)
                .await?;
            listed.extend(found.into_iter().map(|id| (kind, id)));
        }
    }
    Ok(listed)
}
