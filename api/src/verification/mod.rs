//! How far an organization is vouched for: a level that follows from its attestations and claims.
//!
//! Nobody sets a level. Whoever changes what it follows from calls [`recompute`] in the same
//! transaction; what time changes, `changes::deadlines` does.

mod graph;
pub mod identity;
pub mod levels;
pub mod seen_name;

pub use graph::FEDERATION;

use crate::changes::{Actor, Change, WriteTransaction, deadlines, record};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::organizations::view::Verification;
use chrono::{DateTime, Utc};
use entity::attestation::{self, Summaries};
use entity::change::{Action, Kind};
use entity::deadline::Kind as Deadline;
use entity::ids::OrganizationId;
use entity::organization::{ActiveModel, Column, Entity, Model, Status, VerificationLevel};
use graph::{BATCH, Graph};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::HashMap;

/// Key of the PostgreSQL advisory lock that lets one transaction recompute at a time: two that each
/// see half of what speaks for an organization would both be wrong.
const VERIFICATION_LOCK: i64 = 0x746f_6164_7665_7269;

/// Keeps others from recomputing, and from changing what levels follow from, until this transaction
/// ends. Taken before any row, or two writers may wait for each other in a ring.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    // On SQLite this transaction is the only writer already.
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared(&format!(
            "SELECT pg_advisory_xact_lock({VERIFICATION_LOCK})"
        ))
        .await?;
    }
    Ok(())
}

/// Whether a level, its own or another's, may follow from what changed in a row.
pub fn is_touched(before: &Model, after: &Model) -> bool {
    // Where others vouch, the domain does not matter.
    let rests_on_domain = before.verification_level <= VerificationLevel::Itself;
    before.status != after.status
        || before.organization_type != after.organization_type
        || (rests_on_domain && before.website != after.website)
}

/// Brings level and list of the organizations that changed, and of all that stand on them, in line
/// with what speaks for them now. What differs is a change of its record, by the role of
/// `actor`; which account it was stays with the attestation. Call [`lock`] first.
///
/// # Errors
/// Whatever the database answers.
pub async fn recompute(
    txn: &mut WriteTransaction,
    changed: &[OrganizationId],
    clock: &Clock,
    actor: &Actor,
) -> Result<(), ApiError> {
    if changed.is_empty() {
        return Ok(());
    }
    lock(txn).await?;
    // Read under the lock: what time ended for the one before us has not begun again.
    let now = clock.now();
    let (graph, levels) = Graph::around(txn, changed, now).await?;
    let mut differing: Vec<_> = levels
        .into_iter()
        .filter_map(|(id, level)| Outcome::of(&graph, id, level))
        .collect();
    // Everybody who locks several takes them in this order.
    differing.sort_by_key(|outcome| outcome.id);
    for outcomes in differing.chunks(BATCH) {
        write(txn, outcomes, now, actor).await?;
    }
    Ok(())
}

/// Erases the attestations of a record that is deleted, and those it gave. After [`recompute`].
///
/// # Errors
/// Whatever the database answers.
pub async fn forget(txn: &DatabaseTransaction, id: OrganizationId) -> Result<(), DbErr> {
    attestation::Entity::delete_many()
        .filter(
            Condition::any()
                .add(attestation::Column::OrganizationId.eq(id))
                .add(attestation::Column::IssuerOrganizationId.eq(id)),
        )
        .exec(txn)
        .await?;
    identity::confirm(txn, id).await?;
    Ok(())
}

/// What an organization's row should say, and what it says.
struct Outcome {
    id: OrganizationId,
    before: (VerificationLevel, Summaries),
    after: (VerificationLevel, Summaries),
}

impl Outcome {
    /// `None` if nothing changes.
    fn of(graph: &Graph, id: OrganizationId, level: VerificationLevel) -> Option<Self> {
        let row = graph.row(id)?;
        let outcome = Self {
            id,
            before: (row.level, row.attestations.clone()),
            after: (level, graph.attestations(id)),
        };
        (outcome.before != outcome.after).then_some(outcome)
    }
}

async fn write(
    txn: &mut WriteTransaction,
    outcomes: &[Outcome],
    now: DateTime<Utc>,
    actor: &Actor,
) -> Result<(), ApiError> {
    let rows = lock_rows(txn, outcomes).await?;
    for level in [
        VerificationLevel::None,
        VerificationLevel::Itself,
        VerificationLevel::Partner,
        VerificationLevel::Verified,
    ] {
        // When many fall with one, most lists stay as they are.
        let ids: Vec<_> = outcomes
            .iter()
            .filter(|outcome| outcome.after.0 == level && outcome.before.1 == outcome.after.1)
            .map(|outcome| outcome.id)
            .collect();
        if !ids.is_empty() {
            update(txn, &ids, level, None, now).await?;
        }
    }
    for outcome in outcomes {
        let (level, list) = &outcome.after;
        if outcome.before.1 != *list {
            for end in list.0.iter().filter_map(|listed| listed.valid_to) {
                deadlines::note(txn, Deadline::Verification, outcome.id.0, end).await?;
            }
            update(txn, &[outcome.id], *level, Some(list.clone()), now).await?;
        }
        let &(status, version) = rows
            .get(&outcome.id)
            .ok_or(ApiError::Internal("an organization's row is gone"))?;
        let is_public = status == Status::Published;
        record(
            txn,
            Change {
                kind: Kind::Organization,
                id: outcome.id.0,
                action: Action::Updated,
                version: version.saturating_add(1),
                actor: Actor {
                    account: None,
                    ..actor.clone()
                },
                fields: fields(outcome),
                note: None,
                was_public: is_public,
                public: is_public,
                at: now,
            },
        );
    }
    Ok(())
}

fn fields(outcome: &Outcome) -> serde_json::Value {
    let view =
        |(level, list): &(VerificationLevel, Summaries)| Verification::of(*level, list.clone());
    json!([{
        "pointer": "/verification",
        "from": view(&outcome.before),
        "to": view(&outcome.after),
    }])
}

async fn lock_rows(
    txn: &WriteTransaction,
    outcomes: &[Outcome],
) -> Result<HashMap<OrganizationId, (Status, i32)>, DbErr> {
    let mut query = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Status, Column::Version])
        .filter(Column::Id.is_in(outcomes.iter().map(|outcome| outcome.id)))
        .order_by_asc(Column::Id);
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let rows: Vec<(OrganizationId, Status, i32)> = query.into_tuple().all(&**txn).await?;
    Ok(rows
        .into_iter()
        .map(|(id, status, version)| (id, (status, version)))
        .collect())
}

async fn update(
    txn: &WriteTransaction,
    ids: &[OrganizationId],
    level: VerificationLevel,
    list: Option<Summaries>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut columns = ActiveModel {
        verification_level: Set(level),
        updated_at: Set(now),
        ..Default::default()
    };
    if let Some(list) = list {
        columns.attestations = Set(list);
    }
    Entity::update_many()
        .set(columns)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**txn)
        .await?;
    Ok(())
}
