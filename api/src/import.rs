//! Bringing the directory in line with a source, in batches.

use crate::app::StartError;
use crate::changes::diff::diff;
use crate::changes::{Actor, Change, WriteTransaction, record};
use crate::clock::Clock;
use crate::duplicates::keys;
use crate::error::ApiError;
use crate::formats::{Reject, Row};
use crate::organizations::input::OrganizationInput;
use crate::organizations::withheld;
use crate::slug;
use crate::store::Store;
use crate::verification;
use entity::change::{Action, ActorRole, Kind};
use entity::ids::OrganizationId;
use entity::organization::{ActiveModel, Column, Entity, Model, Status};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::fmt;
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
    /// Status of new records, unless they say themselves that they are not public.
    pub status: Status,
}

/// What an import did. `created + updated + unchanged + rejects` are all rows.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records that were not there.
    pub created: u64,
    /// Records that differed.
    pub updated: u64,
    /// Records that were the same, or were merged into others; nothing was written.
    pub unchanged: u64,
    /// Rows that could not be taken, and why.
    pub rejects: Vec<Reject>,
}

impl Summary {
    /// Adds up.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.rejects.extend(other.rejects);
    }

    /// Rows in all.
    pub fn rows(&self) -> usize {
        let taken = self.created + self.updated + self.unchanged;
        usize::try_from(taken).unwrap_or(usize::MAX) + self.rejects.len()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "created: {}, updated: {}, unchanged: {}, rejected: {}",
            self.created,
            self.updated,
            self.unchanged,
            self.rejects.len()
        )
    }
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

/// An import in progress.
pub struct Importer {
    store: Store,
    clock: Clock,
    settings: Settings,
    batch: Vec<Ready>,
    summary: Summary,
}

/// A row that keeps all rules.
struct Ready {
    line: u64,
    external_id: String,
    input: OrganizationInput,
}

impl Importer {
    /// An import into `store`.
    pub fn new(store: Store, clock: Clock, settings: Settings) -> Self {
        Self {
            store,
            clock,
            settings,
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
    pub async fn take(&mut self, row: Result<Row, Reject>) -> Result<bool, ImportError> {
        match row.and_then(ready) {
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
        let mut txn = WriteTransaction::begin(&self.store).await?;
        verification::lock(&txn).await?;
        slug::lock(&txn).await?;
        let mut known = self.known(&txn, &batch).await?;
        let mut done = Summary::default();
        let (mut new, mut new_keys) = (Vec::new(), Vec::new());
        let mut touched = Vec::new();
        let mut slugs = taken_slugs(&txn, &batch, &known).await?;
        for ready in batch {
            match known.remove(&ready.external_id) {
                None => {
                    let slug = take_slug(&txn, &ready, &mut slugs).await?;
                    let id = OrganizationId(self.clock.new_id());
                    new_keys.push((id, keys::keys(&ready.input)));
                    new.push(self.create(&mut txn, id, ready, slug));
                    done.created += 1;
                }
                // Its survivor keeps its own data, whatever the source says of the other listing.
                Some(row) if row.status == Status::Merged => done.unchanged += 1,
                Some(row) if row.status == Status::Deleted => done.rejects.push(Reject {
                    line: ready.line,
                    external_id: Some(ready.external_id),
                    reason: "this record was deleted here; it is not listed again".to_owned(),
                }),
                Some(row) => {
                    let before = row.clone();
                    if let Some(row) = self.update(&mut txn, ready, row).await? {
                        if verification::is_touched(&before, &row) {
                            touched.push(row.id);
                        }
                        done.updated += 1;
                    } else {
                        done.unchanged += 1;
                    }
                }
            }
        }
        // Under SQLite's limit of 32,766 parameters, at about 40 columns a row.
        for rows in new.chunks(BATCH) {
            Entity::insert_many(rows.to_vec())
                .exec_without_returning(&*txn)
                .await?;
        }
        keys::insert(&*txn, new_keys).await?;
        verification::recompute(&mut txn, &touched, &self.clock, &self.actor()).await?;
        txn.commit().await?;
        let wrote = done.created + done.updated > 0;
        self.summary.add(done);
        if wrote && !self.store.is_postgres() {
            // SQLite's write lock has no queue: whoever waits for it in another process asks again
            // within this time.
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// The records of this source that the batch names, locked: nobody else changes them meanwhile.
    async fn known(
        &self,
        txn: &WriteTransaction,
        batch: &[Ready],
    ) -> Result<HashMap<String, Model>, DbErr> {
        let mut rows = Entity::find()
            .filter(Column::SourceName.eq(&self.settings.source))
            .filter(Column::ExternalId.is_in(batch.iter().map(|ready| ready.external_id.as_str())))
            .order_by_asc(Column::Id);
        // On SQLite this transaction is the only writer already.
        if txn.get_database_backend() == DbBackend::Postgres {
            rows = rows.lock_exclusive();
        }
        let rows = rows.all(&**txn).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.external_id.clone()?, row)))
            .collect())
    }

    fn create(
        &self,
        txn: &mut WriteTransaction,
        id: OrganizationId,
        ready: Ready,
        slug: String,
    ) -> ActiveModel {
        let now = self.clock.now();
        let status = match ready.input.status {
            Some(hidden @ (Status::Pending | Status::Archived)) => hidden,
            _ => self.settings.status,
        };
        record(
            txn,
            Change {
                kind: Kind::Organization,
                id: id.0,
                action: Action::Created,
                version: 1,
                actor: self.actor(),
                fields: json!([]),
                note: None,
                was_public: false,
                public: status == Status::Published,
                at: now,
            },
        );
        ActiveModel {
            id: Set(id),
            slug: Set(slug),
            status: Set(status),
            source_name: Set(Some(self.settings.source.clone())),
            source_url: Set(None),
            source_license: Set(None),
            external_id: Set(Some(ready.external_id)),
            version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
            ..ready.input.into_columns()
        }
    }

    /// The row as it is then, if there was anything to change.
    async fn update(
        &self,
        txn: &mut WriteTransaction,
        ready: Ready,
        row: Model,
    ) -> Result<Option<Model>, ImportError> {
        let (id, status, version) = (row.id, row.status, row.version.saturating_add(1));
        let withheld = row.withheld.0.clone();
        let before = OrganizationInput::from(row);
        // A source says what a record is, not who sees it here.
        let mut after = OrganizationInput {
            status: before.status,
            ..ready.input
        };
        withheld::keep(&withheld, &before, &mut after);
        let after = after.normalized();
        if before == after {
            return Ok(None);
        }
        let fields = diff(&before, &after)?;
        let now = self.clock.now();
        let row = ActiveModel {
            id: Set(id),
            version: Set(version),
            updated_at: Set(now),
            ..after.clone().into_columns()
        }
        .update(&**txn)
        .await?;
        keys::update(&**txn, id, &before, &after).await?;
        record(
            txn,
            Change {
                kind: Kind::Organization,
                id: id.0,
                action: Action::Updated,
                version,
                actor: self.actor(),
                fields,
                note: None,
                was_public: status == Status::Published,
                public: status == Status::Published,
                at: now,
            },
        );
        Ok(Some(row))
    }

    fn actor(&self) -> Actor {
        Actor {
            account: None,
            role: ActorRole::Import,
            source: Some(self.settings.source.clone()),
        }
    }
}

/// Those slugs that new rows would have, were they not taken.
async fn taken_slugs(
    txn: &WriteTransaction,
    batch: &[Ready],
    known: &HashMap<String, Model>,
) -> Result<HashSet<String>, DbErr> {
    let wanted: Vec<String> = batch
        .iter()
        .filter(|ready| !known.contains_key(&ready.external_id))
        .map(|ready| slug::base(&ready.input.name, "organization"))
        .collect();
    slug::used(txn, slug::Records::Organizations, &wanted).await
}

async fn take_slug(
    txn: &WriteTransaction,
    ready: &Ready,
    taken: &mut HashSet<String>,
) -> Result<String, DbErr> {
    let mut slug = slug::base(&ready.input.name, "organization");
    if taken.contains(&slug) {
        slug = slug::free(txn, slug::Records::Organizations, &slug, taken).await?;
    }
    taken.insert(slug.clone());
    Ok(slug)
}

/// Checks a row by the rules of the API.
fn ready(row: Row) -> Result<Ready, Reject> {
    let Row {
        line,
        external_id,
        data,
        warnings: _,
    } = row;
    match OrganizationInput::read(data, None) {
        Ok(input) => Ok(Ready {
            line,
            external_id,
            input: input.normalized(),
        }),
        Err(error) => Err(Reject {
            line,
            external_id: Some(external_id),
            reason: reason(&error),
        }),
    }
}

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
