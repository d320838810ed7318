//! Jobs from a source.

use super::employers::Employers;
use super::{Context, ImportError, Outcome, Summary, Target, reason, take_slug};
use crate::changes::WriteTransaction;
use crate::changes::diff::diff;
use crate::formats::Reject;
use crate::formats::jobs::{EmployerName, JobRow};
use crate::jobs::duplicate::fingerprint;
use crate::jobs::input::JobInput;
use crate::jobs::rows::input_of;
use crate::jobs::rules::{DEFAULT_TIME, MAX_TIME};
use crate::jobs::write::{self, Event};
use crate::slug;
use chrono::{DateTime, SubsecRound, Utc};
use entity::change::Action;
use entity::ids::{JobId, OrganizationId};
use entity::job::{ActiveModel, Column, Entity, Model, Status};
use entity::organization;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Writes jobs.
pub struct Jobs {
    employers: Employers,
}

/// A row that keeps all rules but for its organization, which is looked for later.
pub struct Ready {
    line: u64,
    external_id: String,
    employer: EmployerName,
    posted_at: Option<DateTime<Utc>>,
    input: JobInput,
}

impl Jobs {
    /// Jobs of the organizations that the rows name; of `default` where they name none.
    pub fn new(default: Option<OrganizationId>) -> Self {
        Self {
            employers: Employers::new(default),
        }
    }
}

impl Target for Jobs {
    type Row = JobRow;
    type Ready = Ready;

    fn warnings(row: &JobRow) -> (u64, &[String]) {
        (row.line, &row.warnings)
    }

    fn ready(&self, context: &Context, row: JobRow) -> Result<Ready, Reject> {
        let JobRow {
            line,
            external_id,
            employer,
            posted_at,
            mut data,
            warnings: _,
        } = row;
        let now = context.clock.now();
        // Who it is, is not known yet; the rules ask for somebody.
        data.insert("organization_id".to_owned(), json!(Uuid::nil()));
        let checked = JobInput::read(data, None).map_err(|error| reason(&error));
        let refused = |reason| Reject {
            line,
            external_id: Some(external_id.clone()),
            reason,
        };
        let input = checked.map_err(refused)?.normalized();
        if let Some(end) = input.valid_through.filter(|end| *end <= now) {
            let end = end.format("%Y-%m-%d");
            return Err(refused(format!("/valid_through ran out on {end}")));
        }
        Ok(Ready {
            line,
            external_id,
            employer,
            posted_at: posted_at
                .map(|posted| posted.trunc_subsecs(3))
                .filter(|posted| *posted < now),
            input,
        })
    }

    async fn write(
        &mut self,
        context: &Context,
        batch: Vec<Ready>,
    ) -> Result<Summary, ImportError> {
        let mut txn = WriteTransaction::begin(&context.store).await?;
        slug::lock(&txn).await?;
        let names = batch.iter().map(|ready| &ready.employer);
        let source = &context.settings.source;
        self.employers.look_for(&*txn, names, source).await?;
        let employers = lock_employers(&txn, &self.employers, &batch).await?;
        let mut known = known(&txn, context, &batch).await?;
        let twins = twins(&txn, context, &self.employers, &batch).await?;
        let mut slugs = taken_slugs(&txn, &employers, &self.employers, &batch).await?;
        let mut done = Summary::default();
        for ready in batch {
            let (line, external_id) = (ready.line, ready.external_id.clone());
            let employer = self.employers.get(&ready.employer).and_then(|id| {
                let row = employers.get(&id);
                row.filter(|row| row.status == organization::Status::Published)
                    .ok_or_else(|| "its organization is not published here".to_owned())
            });
            let outcome = match employer {
                Err(reason) => Outcome::Rejected(reason),
                Ok(employer) => {
                    let mut one = One {
                        txn: &mut txn,
                        context,
                        employer,
                        twin: twins
                            .get(&(employer.id, fingerprint(&ready.input)))
                            .copied(),
                    };
                    match known.remove(&external_id) {
                        None => one.create(ready, &mut slugs).await?,
                        Some(row) => one.update(ready, row).await?,
                    }
                }
            };
            done.count(line, external_id, outcome);
        }
        txn.commit().await?;
        Ok(done)
    }
}

/// The employers of a batch, in the order of their ids. None of them leaves the public meanwhile.
async fn lock_employers(
    txn: &WriteTransaction,
    employers: &Employers,
    batch: &[Ready],
) -> Result<HashMap<OrganizationId, organization::Model>, DbErr> {
    let ids: BTreeSet<Uuid> = batch
        .iter()
        .filter_map(|ready| employers.get(&ready.employer).ok())
        .map(|id| id.0)
        .collect();
    let mut rows = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids.into_iter().map(OrganizationId)))
        .order_by_asc(organization::Column::Id);
    // On SQLite this transaction is the only writer already.
    if txn.get_database_backend() == DbBackend::Postgres {
        rows = rows.lock(LockType::Share);
    }
    let rows = rows.all(&**txn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The jobs of this source that the batch names, locked.
async fn known(
    txn: &WriteTransaction,
    context: &Context,
    batch: &[Ready],
) -> Result<HashMap<String, Model>, DbErr> {
    let ids = batch.iter().map(|ready| ready.external_id.as_str());
    let mut rows = Entity::find()
        .filter(Column::SourceName.eq(&context.settings.source))
        .filter(Column::ExternalId.is_in(ids))
        .order_by_asc(Column::Id);
    if txn.get_database_backend() == DbBackend::Postgres {
        rows = rows.lock_exclusive();
    }
    let rows = rows.all(&**txn).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.external_id.clone()?, row)))
        .collect())
}

/// Open jobs that are the same as one of the batch and do not come from this source: those of one source
/// are told apart by their ids.
async fn twins(
    txn: &WriteTransaction,
    context: &Context,
    employers: &Employers,
    batch: &[Ready],
) -> Result<HashMap<(OrganizationId, String), JobId>, DbErr> {
    let now = context.clock.now();
    // Pair by pair, and by nothing else: SQLite looks each up in its index then. With two lists, or the
    // status beside them, it goes through all jobs of the organizations.
    let pairs: Vec<_> = batch
        .iter()
        .filter_map(|ready| {
            let employer = employers.get(&ready.employer).ok()?;
            let pair = Condition::all()
                .add(Column::OrganizationId.eq(employer))
                .add(Column::Fingerprint.eq(fingerprint(&ready.input)));
            Some(pair)
        })
        .collect();
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(pairs.into_iter().fold(Condition::any(), Condition::add))
        .all(&**txn)
        .await?;
    let is_open = |row: &Model| {
        row.status == Status::Published && row.valid_through.is_none_or(|end| end > now)
    };
    let is_ours =
        |row: &Model| row.source_name.as_deref() == Some(context.settings.source.as_str());
    Ok(rows
        .into_iter()
        .filter(|row| is_open(row) && !is_ours(row))
        .map(|row| ((row.organization_id, row.fingerprint), row.id))
        .collect())
}

/// Those slugs that rows of the batch would have, were they not taken.
async fn taken_slugs(
    txn: &WriteTransaction,
    rows: &HashMap<OrganizationId, organization::Model>,
    employers: &Employers,
    batch: &[Ready],
) -> Result<HashSet<String>, DbErr> {
    let wanted: Vec<String> = batch
        .iter()
        .filter_map(|ready| {
            let employer = rows.get(&employers.get(&ready.employer).ok()?)?;
            Some(write::slug_base(&ready.input.title, employer))
        })
        .collect();
    slug::used(txn, slug::Records::Jobs, &wanted).await
}

/// One row on its way into the store.
struct One<'a> {
    txn: &'a mut WriteTransaction,
    context: &'a Context,
    employer: &'a organization::Model,
    twin: Option<JobId>,
}

impl One<'_> {
    async fn create(
        &mut self,
        ready: Ready,
        slugs: &mut HashSet<String>,
    ) -> Result<Outcome, ImportError> {
        if let Some(twin) = self.twin {
            return Ok(posted_already(twin));
        }
        let now = self.context.clock.now();
        let publish = self.context.settings.publish;
        let asked = ready.input.valid_through;
        let posted_at = ready.posted_at.or(publish.then_some(now));
        let id = self.context.clock.new_id();
        let base = slug::of_new(
            write::slug_base(&ready.input.title, self.employer),
            publish,
            id,
        );
        let slug = take_slug(self.txn, slug::Records::Jobs, base, slugs).await?;
        let row = ActiveModel {
            id: Set(JobId(id)),
            slug: Set(slug),
            status: Set(if publish {
                Status::Published
            } else {
                Status::Pending
            }),
            organization_id: Set(self.employer.id),
            posted_at: Set(posted_at),
            // It may be old; its time here counts from today.
            renewed_at: Set(ready.posted_at.filter(|_| publish).map(|_| now)),
            valid_through: Set(if publish {
                Some(end(asked, now, now))
            } else {
                asked
            }),
            source_name: Set(Some(self.context.settings.source.clone())),
            external_id: Set(Some(ready.external_id)),
            version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
            ..ready.input.into_columns()
        }
        .insert(&**self.txn)
        .await?;
        self.note(None, &row, Action::Created, json!([])).await?;
        Ok(Outcome::Created)
    }

    async fn update(&mut self, ready: Ready, row: Model) -> Result<Outcome, ImportError> {
        if row.status == Status::Deleted {
            let reason = "this job was deleted here; it is not listed again";
            return Ok(Outcome::Rejected(reason.to_owned()));
        }
        if row.organization_id != self.employer.id {
            let reason = "it was another organization's before; a job stays with its organization";
            return Ok(Outcome::Rejected(reason.to_owned()));
        }
        let now = self.context.clock.now();
        let asked = ready.input.valid_through;
        let is_over =
            matches!(row.status, Status::Published | Status::Expired) && !row.is_open(now);
        let (status, action, valid_through) = match (row.status, asked) {
            // What was closed here stays closed, whatever its source still shows.
            (Status::Filled | Status::Withdrawn, _) => return Ok(Outcome::Unchanged),
            (_, None) if is_over => return Ok(Outcome::Unchanged),
            (_, Some(_)) if is_over => {
                if let Some(twin) = self.twin {
                    return Ok(posted_already(twin));
                }
                (
                    Status::Published,
                    Action::Renewed,
                    Some(end(asked, now, now)),
                )
            }
            (Status::Published, Some(_)) => {
                let from = row.renewed_at.or(row.posted_at).unwrap_or(now);
                (row.status, Action::Updated, Some(end(asked, from, now)))
            }
            (status, _) => (status, Action::Updated, asked.or(row.valid_through)),
        };
        let before = input_of(row.clone());
        let after = JobInput {
            organization_id: before.organization_id,
            status: Some(status),
            valid_through,
            ..ready.input
        };
        if before == after {
            return Ok(Outcome::Unchanged);
        }
        let fields = diff(&before, &after)?;
        let mut changed = ActiveModel {
            id: Set(row.id),
            status: Set(status),
            valid_through: Set(valid_through),
            version: Set(row.version.saturating_add(1)),
            updated_at: Set(now),
            ..after.into_columns()
        };
        if action == Action::Renewed {
            changed.renewed_at = Set(Some(now));
        }
        let changed = changed.update(&**self.txn).await?;
        self.note(Some(&row), &changed, action, Value::Array(fields))
            .await?;
        Ok(Outcome::Updated)
    }

    async fn note(
        &mut self,
        before: Option<&Model>,
        after: &Model,
        action: Action,
        fields: Value,
    ) -> Result<(), DbErr> {
        let event = Event {
            action,
            actor: self.context.actor(),
            fields,
            at: self.context.clock.now(),
        };
        write::note(self.txn, before, after, self.employer, event).await
    }
}

fn posted_already(twin: JobId) -> Outcome {
    Outcome::Rejected(format!("this job is posted here already: /v1/jobs/{twin}"))
}

/// The end that the source names, at most so far from the day the job was posted or renewed here; 60 days
/// from today when it names none.
fn end(asked: Option<DateTime<Utc>>, from: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    asked.unwrap_or(now + DEFAULT_TIME).min(from + MAX_TIME)
}
