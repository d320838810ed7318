//! Organizations from a source.

use super::{BATCH, Context, ImportError, Outcome, Summary, Target, reason, take_slug};
use crate::changes::diff::diff;
use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::keys;
use crate::formats::{Reject, Row};
use crate::organizations::input::OrganizationInput;
use crate::organizations::withheld;
use crate::slug;
use crate::verification;
use entity::change::{Action, Kind};
use entity::ids::OrganizationId;
use entity::membership::{self, MembershipRole};
use entity::organization::{ActiveModel, Column, Entity, Model, Status};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Writes organizations.
#[derive(Default)]
pub struct Organizations;

/// A row that keeps all rules.
pub struct Ready {
    line: u64,
    external_id: String,
    input: OrganizationInput,
}

impl Target for Organizations {
    type Row = Row;
    type Ready = Ready;

    fn warnings(row: &Row) -> (u64, &[String]) {
        (row.line, &row.warnings)
    }

    fn ready(&self, _: &Context, row: Row) -> Result<Ready, Reject> {
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

    async fn write(
        &mut self,
        context: &Context,
        batch: Vec<Ready>,
    ) -> Result<Summary, ImportError> {
        let mut txn = WriteTransaction::begin(&context.store).await?;
        verification::lock(&txn).await?;
        slug::lock(&txn).await?;
        let mut known = known(&txn, context, &batch).await?;
        let owned = owned(&txn, known.values()).await?;
        let mut done = Summary::default();
        let (mut new, mut new_keys) = (Vec::new(), Vec::new());
        let mut touched = Vec::new();
        let mut slugs = taken_slugs(&txn, &batch, &known).await?;
        for ready in batch {
            let (line, external_id) = (ready.line, ready.external_id.clone());
            let outcome = match known.remove(&external_id) {
                None => {
                    let id = OrganizationId(context.clock.new_id());
                    let base = slug::base(&ready.input.name, "organization");
                    let is_public = first_status(context, &ready) == Status::Published;
                    let base = slug::of_new(base, is_public, id.0);
                    let records = slug::Records::Organizations;
                    let slug = take_slug(&txn, records, base, &mut slugs).await?;
                    new_keys.push((id, keys::keys(&ready.input)));
                    new.push(create(&mut txn, context, id, ready, slug));
                    Outcome::Created
                }
                // Its survivor keeps its own data, whatever the source says of the other listing.
                Some(row) if row.status == Status::Merged => Outcome::Unchanged,
                Some(row) if row.status == Status::Deleted => Outcome::Rejected(
                    "this record was deleted here; it is not listed again".to_owned(),
                ),
                // Who speaks for it says what it is.
                Some(row) if owned.contains(&row.id) => {
                    if by_its_source(&row, &ready) == OrganizationInput::from(row) {
                        Outcome::Unchanged
                    } else {
                        Outcome::Kept
                    }
                }
                Some(row) => {
                    let before = row.clone();
                    match update(&mut txn, context, &ready, row).await? {
                        Some(row) => {
                            if verification::is_touched(&before, &row) {
                                touched.push(row.id);
                            }
                            Outcome::Updated
                        }
                        None => Outcome::Unchanged,
                    }
                }
            };
            done.count(line, external_id, outcome);
        }
        // Under SQLite's limit of 32,766 parameters, at about 40 columns a row.
        for rows in new.chunks(BATCH) {
            Entity::insert_many(rows.to_vec())
                .exec_without_returning(&*txn)
                .await?;
        }
        keys::insert(&*txn, new_keys).await?;
        verification::recompute(&mut txn, &touched, &context.clock, &context.actor()).await?;
        txn.commit().await?;
        Ok(done)
    }
}

/// The records of this source that the batch names, locked: nobody else changes them meanwhile.
async fn known(
    txn: &WriteTransaction,
    context: &Context,
    batch: &[Ready],
) -> Result<HashMap<String, Model>, DbErr> {
    let mut rows = Entity::find()
        .filter(Column::SourceName.eq(&context.settings.source))
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

fn first_status(context: &Context, ready: &Ready) -> Status {
    match ready.input.status {
        Some(hidden @ (Status::Pending | Status::Archived)) => hidden,
        _ if context.settings.publish => Status::Published,
        _ => Status::Pending,
    }
}

fn create(
    txn: &mut WriteTransaction,
    context: &Context,
    id: OrganizationId,
    ready: Ready,
    slug: String,
) -> ActiveModel {
    let now = context.clock.now();
    let status = first_status(context, &ready);
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: id.0,
            action: Action::Created,
            version: 1,
            actor: context.actor(),
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
        source_name: Set(Some(context.settings.source.clone())),
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
/// Which of these somebody owns.
async fn owned(
    txn: &WriteTransaction,
    rows: impl Iterator<Item = &Model>,
) -> Result<HashSet<OrganizationId>, DbErr> {
    let ids: Vec<OrganizationId> = membership::Entity::find()
        .select_only()
        .column(membership::Column::OrganizationId)
        .filter(membership::Column::OrganizationId.is_in(rows.map(|row| row.id)))
        .filter(membership::Column::Role.eq(MembershipRole::Owner))
        .into_tuple()
        .all(&**txn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// What a record is by its source: which does not say who sees it here, nor fills what was taken down.
fn by_its_source(row: &Model, ready: &Ready) -> OrganizationInput {
    let before = OrganizationInput::from(row.clone());
    let mut after = OrganizationInput {
        status: before.status,
        ..ready.input.clone()
    };
    withheld::keep(&row.withheld.0, &before, &mut after);
    after.normalized()
}

async fn update(
    txn: &mut WriteTransaction,
    context: &Context,
    ready: &Ready,
    row: Model,
) -> Result<Option<Model>, ImportError> {
    let (id, status, version) = (row.id, row.status, row.version.saturating_add(1));
    let after = by_its_source(&row, ready);
    let before = OrganizationInput::from(row);
    if before == after {
        return Ok(None);
    }
    let fields = diff(&before, &after)?;
    let now = context.clock.now();
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
            actor: context.actor(),
            fields: Value::Array(fields),
            note: None,
            was_public: status == Status::Published,
            public: status == Status::Published,
            at: now,
        },
    );
    Ok(Some(row))
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
