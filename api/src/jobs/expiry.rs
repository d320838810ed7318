//! Jobs whose time is up, or soon will be.

use crate::changes::{Actor, Change, WriteTransaction, record};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::jobs::write::REMINDER;
use crate::mail::{self, Message};
use chrono::{DateTime, Utc};
use entity::change::{Action, ActorRole, Kind};
use entity::ids::{AccountId, JobId, OrganizationId};
use entity::job::{Column, Entity, Model, Status};
use entity::mail::Template;
use entity::{account, membership};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;

/// Editors read at a time.
const PAGE: u64 = 1_000;

/// Those of these jobs that are published and whose end has come expire. Whoever asks twice, and two
/// servers at once, do it once.
///
/// # Errors
/// Whatever the database answers.
pub async fn expire(
    txn: &mut WriteTransaction,
    ids: &[JobId],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut query = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::Status.eq(Status::Published))
        .filter(Column::ValidThrough.lte(now))
        .order_by_asc(Column::Id);
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let due: Vec<Model> = query.all(&**txn).await?;
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Expired))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.is_in(due.iter().map(|job| job.id)))
        .exec(&**txn)
        .await?;
    for job in due {
        record(
            txn,
            Change {
                kind: Kind::Job,
                id: job.id.0,
                action: Action::Expired,
                version: job.version.saturating_add(1),
                actor: Actor {
                    account: None,
                    role: ActorRole::Time,
                    source: None,
                },
                fields: json!([{"pointer": "/status", "from": Status::Published, "to": Status::Expired}]),
                note: None,
                was_public: true,
                public: false,
                at: now,
            },
        );
    }
    Ok(())
}

/// Writes to all who edit these jobs and can log in, if they are open and end within a week.
///
/// # Errors
/// Whatever the database answers.
pub async fn remind(
    txn: &WriteTransaction,
    due: &[(JobId, DateTime<Utc>)],
    clock: &Clock,
) -> Result<(), ApiError> {
    let now = clock.now();
    let jobs = Entity::public(now)
        .filter(Column::Id.is_in(due.iter().map(|(id, _)| *id)))
        .all(&**txn)
        .await?;
    // Of a job whose end has moved, only the note that fits the end it has now.
    let fits = |job: &Model| {
        let is_due = |(id, at): &(JobId, DateTime<Utc>)| {
            *id == job.id && job.valid_through == Some(*at + REMINDER)
        };
        due.iter().any(is_due)
    };
    let jobs: Vec<Model> = jobs.into_iter().filter(fits).collect();
    let mut last = None;
    loop {
        let editors = editors(txn, &jobs, last).await?;
        let Some((organization, account, _)) = editors.last() else {
            return Ok(());
        };
        last = Some((*organization, *account));
        let mut messages = Vec::new();
        for (organization, account, email) in editors {
            let theirs = jobs
                .iter()
                .filter(|job| job.organization_id == organization);
            messages.extend(theirs.map(|job| {
                let message = Message {
                    template: Template::JobExpires,
                    recipient: email.clone(),
                    parameters: json!({"record_id": job.id, "account_id": account}),
                };
                (clock.new_id(), message)
            }));
        }
        mail::queue_all(&**txn, messages, now).await?;
    }
}

/// Some of those who edit these jobs, with their addresses: the next after the last that was read.
async fn editors(
    txn: &WriteTransaction,
    jobs: &[Model],
    last: Option<(OrganizationId, AccountId)>,
) -> Result<Vec<(OrganizationId, AccountId, String)>, DbErr> {
    use membership::Column::{AccountId, OrganizationId};
    let employers = jobs.iter().map(|job| job.organization_id);
    let mut query = membership::Entity::find()
        .select_only()
        .columns([OrganizationId, AccountId])
        .column(account::Column::Email)
        .inner_join(account::Entity)
        .filter(OrganizationId.is_in(employers))
        .filter(account::Column::SuspendedAt.is_null())
        .order_by_asc(OrganizationId)
        .order_by_asc(AccountId)
        .limit(PAGE);
    if let Some((organization, account)) = last {
        query = query.filter(
            Condition::any()
                .add(OrganizationId.gt(organization))
                .add(OrganizationId.eq(organization).and(AccountId.gt(account))),
        );
    }
    query.into_tuple().all(&**txn).await
}
