//! Bringing the store in line with a source, in batches.

mod employers;
mod jobs;
mod organizations;

pub use jobs::Jobs;
pub use organizations::Organizations;

use crate::app::StartError;
use crate::changes::{Actor, WriteError, WriteTransaction};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::formats::Reject;
use crate::slug;
use crate::store::Store;
use entity::change::ActorRole;
use sea_orm::DbErr;
use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// Rows of one transaction at most.
pub const BATCH: usize = 200;

/// Between two batches others may write.
const PAUSE: Duration = Duration::from_millis(40);

/// What an import is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the source; with the external id, what a record is known by.
    pub source: String,
    /// Whether new records are public at once, or wait for somebody to look at them.
    pub publish: bool,
}

/// What a row becomes: the rules and the writing of one kind of record.
pub trait Target {
    /// What a reader yields.
    type Row;
    /// A row that keeps all rules.
    type Ready;

    /// The line of a row, and what was left out of it or guessed.
    fn warnings(row: &Self::Row) -> (u64, &[String]);

    /// Checks a row by the rules of the API.
    ///
    /// # Errors
    /// The row as a reject, with every fault.
    fn ready(&self, context: &Context, row: Self::Row) -> Result<Self::Ready, Reject>;

    /// Writes a batch in one transaction.
    ///
    /// # Errors
    /// When the database fails; nothing of the batch was written then.
    fn write(
        &mut self,
        context: &Context,
        batch: Vec<Self::Ready>,
    ) -> impl Future<Output = Result<Summary, ImportError>>;
}

/// Where an import writes, and as what.
#[derive(Clone)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// Its clock.
    pub clock: Clock,
    /// What it was told.
    pub settings: Settings,
}

impl Context {
    /// The author of what it writes.
    fn actor(&self) -> Actor {
        Actor {
            account: None,
            role: ActorRole::Import,
            source: Some(self.settings.source.clone()),
        }
    }
}

/// What an import did. All counts together are all rows.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records that were not there.
    pub created: u64,
    /// Records that differed.
    pub updated: u64,
    /// Records that were the same, or are closed or merged here; nothing was written.
    pub unchanged: u64,
    /// Of those unchanged: what has an owner, and differs at the source.
    pub kept: u64,
    /// Rows that are copies of another but for the place, which that one took.
    pub folded: u64,
    /// Rows that could not be taken, and why.
    pub rejects: Vec<Reject>,
}

impl Summary {
    /// Adds up.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.kept += other.kept;
        self.folded += other.folded;
        self.rejects.extend(other.rejects);
    }

    /// Rows in all.
    pub fn rows(&self) -> usize {
        let taken = self.created + self.updated + self.unchanged + self.folded;
        usize::try_from(taken).unwrap_or(usize::MAX) + self.rejects.len()
    }

    fn count(&mut self, line: u64, external_id: String, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Kept => {
                self.unchanged += 1;
                self.kept += 1;
            }
            Outcome::Rejected(reason) => self.rejects.push(Reject {
                line,
                external_id: Some(external_id),
                reason,
            }),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
            kept,
            folded,
            rejects,
        } = self;
        let rejected = rejects.len();
        write!(
            f,
            "created: {created}, updated: {updated}, unchanged: {unchanged}, rejected: {rejected}"
        )?;
        if *kept > 0 {
            write!(f, ", of the unchanged their owners keep: {kept}")?;
        }
        if *folded > 0 {
            write!(f, ", folded into others: {folded}")?;
        }
        Ok(())
    }
}

/// What became of a row.
enum Outcome {
    Created,
    Updated,
    Unchanged,
    Kept,
    Rejected(String),
}

/// Why an import stopped. What was committed before stays; run it again to go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database failed.
    #[error("the database: {0}")]
    Database(#[from] DbErr),
    /// Something else did.
    #[error(transparent)]
    Other(#[from] ApiError),
    /// The store could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl From<WriteError> for ImportError {
    fn from(error: WriteError) -> Self {
        Self::Database(error.into())
    }
}

/// An import in progress.
pub struct Importer<T: Target> {
    context: Context,
    target: T,
    batch: Vec<T::Ready>,
    summary: Summary,
}

impl<T: Target> Importer<T> {
    /// An import of `target`'s records.
    pub fn new(context: Context, target: T) -> Self {
        Self {
            context,
            target,
            batch: Vec::with_capacity(BATCH),
            summary: Summary::default(),
        }
    }

    /// What was done so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Takes one row; true when a batch was committed.
    ///
    /// # Errors
    /// When the database fails; a bad row is a reject, not an error.
    pub async fn take(&mut self, row: Result<T::Row, Reject>) -> Result<bool, ImportError> {
        match row.and_then(|row| self.target.ready(&self.context, row)) {
            Ok(ready) => self.batch.push(ready),
            Err(reject) => self.summary.rejects.push(reject),
        }
        if self.batch.len() < BATCH {
            return Ok(false);
        }
        self.write().await?;
        Ok(true)
    }

    /// Writes what is left, and tells what was done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(mut self) -> Result<Summary, ImportError> {
        self.write().await?;
        Ok(self.summary)
    }

    async fn write(&mut self) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let done = self.target.write(&self.context, batch).await?;
        let wrote = done.created + done.updated > 0;
        self.summary.add(done);
        if wrote && !self.context.store.is_postgres() {
            // SQLite's write lock has no queue: whoever waits for it in another process asks again
            // within this time.
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// What the rules of the API say of a row, in one line.
fn reason(error: &ApiError) -> String {
    match error {
        ApiError::Validation(faults) => faults
            .as_slice()
            .iter()
            .map(|fault| format!("{} {}", fault.pointer, fault.detail))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

/// The slug of a new record: `base`, or with a number when somebody in the store or the batch has it.
async fn take_slug(
    txn: &WriteTransaction,
    records: slug::Records,
    base: String,
    taken: &mut HashSet<String>,
) -> Result<String, DbErr> {
    let slug = if taken.contains(&base) {
        slug::free(txn, records, &base, taken).await?
    } else {
        base
    };
    taken.insert(slug.clone());
    Ok(slug)
}
