//! What shows facts of another record changes when that does.
//!
//! A job shows its organization's name, type, country and verification, and is public only while the
//! organization is. So whoever changes an organization changes its open jobs, in the same transaction; of
//! an employer with many, the rest follows within a second or so, part by part.
//!
//! An organization that changes again and again takes its jobs along once in [`REST`]: a job that waits for its
//! turn is not written again. What must not wait is never put off: see [`is_urgent`].

use crate::changes::{Actor, Change, deadlines};
use chrono::{DateTime, TimeDelta, Utc};
use entity::change::{Action, ActorRole, Kind};
use entity::deadline::{self, Kind as Deadline};
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

/// Jobs that follow at a time, in some 50 ms on SQLite: meanwhile nobody else writes there, nor logs in. Whoever waits
/// for their turn gets it before the next follow.
const MOST: u64 = 100;

/// Organizations whose jobs are asked for at a time.
const ORGANIZATIONS: usize = 500;

/// After the jobs of an organization followed it, what else changes waits for so long: one row of `deadline` in
/// place of a change of each job.
pub const REST: TimeDelta = TimeDelta::seconds(10);

/// A job that was written so long after now was written by a clock that was wrong.
const SKEW: TimeDelta = TimeDelta::seconds(1);

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
    /// Whether its jobs follow at once, whenever they last did.
    urgent: bool,
    /// Who changed it.
    actor: Actor,
    /// When. Jobs that were written later are in line with it.
    at: DateTime<Utc>,
}

type Causes = HashMap<OrganizationId, Cause>;

/// The changes of jobs that follow from these changes of organizations; their rows are written.
///
/// # Errors
/// Whatever the database answers.
pub async fn of(txn: &DatabaseTransaction, recorded: &[Change]) -> Result<Vec<Change>, DbErr> {
    let shown: Vec<_> = recorded
        .iter()
        .filter(|change| change.kind == Kind::Organization && shows(change))
        .collect();
    let Some(now) = shown.iter().map(|change| change.at).max() else {
        return Ok(Vec::new());
    };
    let mut causes = Causes::new();
    for change in shown {
        let id = OrganizationId(change.id);
        let urgent = is_urgent(change) || causes.get(&id).is_some_and(|earlier| earlier.urgent);
        // Of several changes of an organization the last says what is.
        let cause = Cause {
            public: change.public,
            urgent,
            actor: change.actor.clone(),
            at: now,
        };
        causes.insert(id, cause);
    }
    put_off(txn, &mut causes, now).await?;
    let mut changes = Vec::new();
    let ids: Vec<_> = causes.keys().copied().collect();
    for ids in ids.chunks(ORGANIZATIONS) {
        let theirs = Condition::all().add(Column::OrganizationId.is_in(ids.iter().copied()));
        changes.extend(follow(txn, theirs, ids, &causes, now).await?);
    }
    Ok(changes)
}

/// What never waits: an organization that enters or leaves the public takes its jobs along at once, and so does
/// whatever moderators do, who take down what must not be seen.
fn is_urgent(change: &Change) -> bool {
    change.action != Action::Updated
        || change.was_public != change.public
        || matches!(change.actor.role, ActorRole::Moderator | ActorRole::Admin)
}

/// Leaves out the organizations whose jobs followed them a moment ago: these follow when that moment ends, by a
/// deadline that is noted once, however often the organization changes until then.
async fn put_off(
    txn: &DatabaseTransaction,
    causes: &mut Causes,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let calm = causes.iter().filter(|(_, cause)| !cause.urgent);
    let calm: Vec<_> = calm.map(|(id, _)| id.0).collect();
    let mut resting: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
    for ids in calm.chunks(ORGANIZATIONS) {
        let rows = deadline::Entity::find()
            .filter(deadline::Column::At.gt(now))
            .filter(deadline::Column::At.lte(now + REST))
            .filter(deadline::Column::Kind.eq(Deadline::OrganizationJobsRest))
            .filter(deadline::Column::Id.is_in(ids.iter().copied()))
            .all(txn)
            .await?;
        for row in rows {
            let end = resting.entry(row.id).or_insert(row.at);
            *end = std::cmp::max(*end, row.at);
        }
    }
    for (id, end) in resting {
        deadlines::note(txn, Deadline::OrganizationJobs, id, end).await?;
        causes.remove(&OrganizationId(id));
    }
    Ok(())
}

/// Continues with these organizations where [`of`] had too many jobs, or put them off. `due` says up to when
/// changes of each have to be on its jobs.
///
/// # Errors
/// Whatever the database answers.
pub async fn rest(
    txn: &DatabaseTransaction,
    due: &[(OrganizationId, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<Vec<Change>, DbErr> {
    let mut until: HashMap<OrganizationId, DateTime<Utc>> = HashMap::new();
    for (id, at) in due {
        let latest = until.entry(*id).or_insert(*at);
        *latest = std::cmp::max(*latest, *at);
    }
    let rows = organization::Entity::find()
        .filter(organization::Column::Id.is_in(until.keys().copied()))
        .all(txn)
        .await?;
    let causes: Causes = rows
        .into_iter()
        .filter_map(|row| {
            let cause = Cause {
                public: row.status == organization::Status::Published,
                urgent: false,
                actor: Actor {
                    account: None,
                    role: ActorRole::Time,
                    source: None,
                },
                at: *until.get(&row.id)?,
            };
            Some((row.id, cause))
        })
        .collect();
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let behind = causes.iter().fold(Condition::any(), |any, (id, cause)| {
        let outdated = Column::UpdatedAt
            .lte(cause.at)
            .or(Column::UpdatedAt.gt(now + SKEW));
        any.add(
            Condition::all()
                .add(Column::OrganizationId.eq(*id))
                .add(outdated),
        )
    });
    let ids: Vec<_> = causes.keys().copied().collect();
    follow(txn, behind, &ids, &causes, now).await
}

/// Holds these organizations until the transaction ends: whoever changes one meanwhile waits, and then sees that
/// its deadline is gone.
///
/// # Errors
/// Whatever the database answers.
pub async fn hold(txn: &DatabaseTransaction, ids: &[OrganizationId]) -> Result<(), DbErr> {
    // SQLite has one writer, and this transaction is it.
    if txn.get_database_backend() == DbBackend::Postgres {
        organization::Entity::find()
            .select_only()
            .column(organization::Column::Id)
            .filter(organization::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(organization::Column::Id)
            .lock_exclusive()
            .into_tuple::<OrganizationId>()
            .all(txn)
            .await?;
    }
    Ok(())
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

/// Brings the first of these published jobs in line; notes when there are more, and that they followed now.
async fn follow(
    txn: &DatabaseTransaction,
    which: Condition,
    whose: &[OrganizationId],
    causes: &Causes,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, DbErr> {
    let mut jobs = lock(txn, which).await?;
    if u64::try_from(jobs.len()).is_ok_and(|read| read > MOST) {
        // The last of them stands for all that were not read: they follow by and by.
        jobs.pop();
        for id in whose {
            if let Some(cause) = causes.get(id) {
                deadlines::note(txn, Deadline::OrganizationJobs, id.0, cause.at).await?;
            }
        }
    }
    touch(txn, &jobs, causes).await?;
    let followed: HashSet<_> = jobs.iter().map(|job| job.organization.0).collect();
    if !followed.is_empty() {
        let end = now + REST;
        deadlines::note_all(txn, Deadline::OrganizationJobsRest, followed, end).await?;
    }
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
async fn touch(txn: &DatabaseTransaction, jobs: &[Follower], causes: &Causes) -> Result<(), DbErr> {
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
