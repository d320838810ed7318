//! What shows facts of another record changes when that does.
//!
//! A job shows its organization's name, type, country and verification, and is public only while the
//! organization is. So whoever changes an organization changes its open jobs, in the same transaction; of
//! an employer with very many, the rest follows soon after.

use crate::changes::{Actor, Change, deadlines};
use chrono::{DateTime, TimeDelta, Utc};
use entity::change::{Action, ActorRole, Kind};
use entity::deadline::Kind as Deadline;
use entity::feed_entry::{self, State};
use entity::ids::{JobId, OrganizationId};
use entity::job::{Column, Entity, Status};
use entity::organization;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Jobs that follow at a time.
const MOST: u64 = 1000;

/// Organizations whose jobs are asked for at a time.
const ORGANIZATIONS: usize = 500;

/// Fields of an organization that its jobs show.
const SHOWN: [&str; 6] = [
    "/name",
    "/organization_type",
    "/address",
    "/networks",
    "/verification",
    "/status",
];

/// What a change of an organization means to its jobs.
struct Cause {
    /// Whether the organization is public now.
    public: bool,
    /// Who changed it.
    actor: Actor,
    /// When.
    at: DateTime<Utc>,
}

/// The changes of jobs that follow from these changes of organizations; their rows are written.
///
/// # Errors
/// Whatever the database answers.
pub async fn of(txn: &DatabaseTransaction, recorded: &[Change]) -> Result<Vec<Change>, DbErr> {
    let shown = |change: &&Change| change.kind == Kind::Organization && shows(change);
    let cause = |change: &Change| Cause {
        public: change.public,
        actor: change.actor.clone(),
        at: change.at,
    };
    // Of several changes of an organization the last says what is.
    let causes: HashMap<_, _> = recorded
        .iter()
        .filter(shown)
        .map(|change| (OrganizationId(change.id), cause(change)))
        .collect();
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let now = causes
        .values()
        .map(|cause| cause.at)
        .max()
        .unwrap_or_default();
    let mut changes = Vec::new();
    let ids: Vec<_> = causes.keys().copied().collect();
    for ids in ids.chunks(ORGANIZATIONS) {
        let theirs = Condition::all().add(Column::OrganizationId.is_in(ids.iter().copied()));
        changes.extend(follow(txn, theirs, &causes, now).await?);
    }
    Ok(changes)
}

/// Continues with these organizations where [`of`] had too many jobs.
///
/// # Errors
/// Whatever the database answers.
pub async fn rest(
    txn: &DatabaseTransaction,
    organizations: &[OrganizationId],
    now: DateTime<Utc>,
) -> Result<Vec<Change>, DbErr> {
    let rows = organization::Entity::find()
        .filter(organization::Column::Id.is_in(organizations.iter().copied()))
        .all(txn)
        .await?;
    let causes: HashMap<_, _> = rows
        .into_iter()
        .map(|row| {
            let cause = Cause {
                public: row.status == organization::Status::Published,
                actor: Actor {
                    account: None,
                    role: ActorRole::Time,
                    source: None,
                },
                at: row.updated_at,
            };
            (row.id, cause)
        })
        .collect();
    let behind = causes.iter().fold(Condition::any(), |any, (id, cause)| {
        any.add(
            Condition::all()
                .add(Column::OrganizationId.eq(*id))
                .add(Column::UpdatedAt.lte(cause.at)),
        )
    });
    follow(txn, behind, &causes, now).await
}

/// Whether jobs show anything of what changed.
fn shows(change: &Change) -> bool {
    match change.action {
        // A new organization has no jobs yet.
        Action::Created | Action::Managed => false,
        Action::Updated => change.fields.as_array().is_some_and(|fields| {
            fields.iter().any(|field| {
                field["pointer"]
                    .as_str()
                    .is_some_and(|pointer| SHOWN.contains(&pointer))
            })
        }),
        _ => true,
    }
}

/// A job that follows.
struct Follower {
    id: JobId,
    organization: OrganizationId,
    version: i32,
    valid_through: Option<DateTime<Utc>>,
}

/// Brings the first of these published jobs in line; notes when there are more.
async fn follow(
    txn: &DatabaseTransaction,
    which: Condition,
    causes: &HashMap<OrganizationId, Cause>,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, DbErr> {
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let mut jobs = lock(txn, which).await?;
    if u64::try_from(jobs.len()).is_ok_and(|read| read > MOST) {
        // The last of them stands for all that were not read: they follow by and by.
        jobs.pop();
        for id in causes.keys() {
            deadlines::note(txn, Deadline::OrganizationJobs, id.0, now).await?;
        }
    }
    touch(txn, &jobs, causes).await?;
    let in_feed = in_feed(txn, &jobs).await?;
    let change = |job: Follower| {
        let cause = causes.get(&job.organization)?;
        let is_open = job.valid_through.is_none_or(|end| cause.at < end);
        Some(Change {
            kind: Kind::Job,
            id: job.id.0,
            action: Action::Updated,
            version: job.version.saturating_add(1),
            actor: Actor {
                account: None,
                ..cause.actor.clone()
            },
            fields: json!([]),
            note: None,
            was_public: in_feed.contains(&job.id.0) && is_open,
            public: cause.public && is_open,
            at: cause.at,
        })
    };
    Ok(jobs.into_iter().filter_map(change).collect())
}

/// Those of these jobs that are public as far as the log has it: what of the organization's changes it knows of
/// differs from job to job when there are very many.
async fn in_feed(txn: &DatabaseTransaction, jobs: &[Follower]) -> Result<HashSet<Uuid>, DbErr> {
    let ids: Vec<Uuid> = feed_entry::Entity::find()
        .select_only()
        .column(feed_entry::Column::Id)
        .filter(feed_entry::Column::Kind.eq(Kind::Job))
        .filter(feed_entry::Column::Id.is_in(jobs.iter().map(|job| job.id.0)))
        .filter(feed_entry::Column::State.eq(State::Updated))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Published jobs, locked, one more than are taken on.
async fn lock(txn: &DatabaseTransaction, which: Condition) -> Result<Vec<Follower>, DbErr> {
    let mut query = Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::OrganizationId,
            Column::Version,
            Column::ValidThrough,
        ])
        .filter(which)
        .filter(Column::Status.eq(Status::Published))
        .order_by_asc(Column::Id)
        .limit(MOST + 1);
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let rows: Vec<(JobId, OrganizationId, i32, Option<DateTime<Utc>>)> =
        query.into_tuple().all(txn).await?;
    let follower = |(id, organization, version, valid_through)| Follower {
        id,
        organization,
        version,
        valid_through,
    };
    Ok(rows.into_iter().map(follower).collect())
}

/// Writes that these jobs changed, a moment later than their organization: that tells who has followed.
async fn touch(
    txn: &DatabaseTransaction,
    jobs: &[Follower],
    causes: &HashMap<OrganizationId, Cause>,
) -> Result<(), DbErr> {
    let mut by_organization: HashMap<OrganizationId, Vec<JobId>> = HashMap::new();
    for job in jobs {
        let ids = by_organization.entry(job.organization).or_default();
        ids.push(job.id);
    }
    for (organization, ids) in by_organization {
        let Some(cause) = causes.get(&organization) else {
            continue;
        };
        let at = cause.at + TimeDelta::microseconds(1);
        Entity::update_many()
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAt, Expr::value(at))
            .filter(Column::Id.is_in(ids))
            .exec(txn)
            .await?;
    }
    Ok(())
}
