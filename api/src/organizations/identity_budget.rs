//! How often those who speak for a listing may change what it is known by.
//!
//! Everything that shows an organization changes with it, on every server and at every partner: up to a thousand
//! jobs at once. An honest listing changes its name a few times in its life.

use crate::error::ApiError;
use crate::organizations::input::OrganizationInput;
use crate::verification::identity::place;
use chrono::{DateTime, TimeDelta, Utc};
use entity::identity_edit::{ActiveModel, Column, Entity};
use entity::ids::OrganizationId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// So many changes of one listing in so long, whoever makes them.
const BUDGETS: [Budget; 2] = [
    Budget {
        most: 10,
        window: TimeDelta::hours(1),
        bound: "a listing changes its name, type, address, networks or the domain of its website at most 10 times in an hour",
    },
    Budget {
        most: 30,
        window: DAY,
        bound: "a listing changes its name, type, address, networks or the domain of its website at most 30 times in a day",
    },
];

/// The longest window.
const DAY: TimeDelta = TimeDelta::days(1);

struct Budget {
    most: usize,
    window: TimeDelta,
    bound: &'static str,
}

/// Whether readers would know it by something else: what its jobs show of it, or the domain of its website.
pub fn is_of_identity(before: &OrganizationInput, after: &OrganizationInput) -> bool {
    before.name != after.name
        || before.organization_type != after.organization_type
        || before.address != after.address
        || before.networks != after.networks
        || place(before.website.as_deref()) != place(after.website.as_deref())
}

/// Counts a change of a listing whose row is locked. It is counted in the database: for all servers, and across
/// restarts.
///
/// # Errors
/// 429 when there were as many as may be, or whatever the database answers.
pub async fn spend(
    txn: &DatabaseTransaction,
    organization: OrganizationId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let longest = BUDGETS.iter().map(|budget| budget.most).max();
    let latest: Vec<DateTime<Utc>> = Entity::find()
        .select_only()
        .column(Column::At)
        .filter(Column::OrganizationId.eq(organization))
        // What a clock that was wrong has counted in the future does not count.
        .filter(Column::At.between(now - DAY, now))
        .order_by_desc(Column::At)
        .limit(longest.and_then(|most| u64::try_from(most).ok()))
        .into_tuple()
        .all(txn)
        .await?;
    for budget in BUDGETS {
        let earliest = latest.get(budget.most - 1);
        let again = earliest.map_or(now, |earliest| *earliest + budget.window);
        if let Some(wait) = u64::try_from((again - now).num_seconds())
            .ok()
            .filter(|_| again > now)
        {
            return Err(ApiError::OverBudget {
                bound: budget.bound.into(),
                retry_after: wait + 1,
            });
        }
    }
    let edit = ActiveModel {
        id: Set(id),
        organization_id: Set(organization),
        at: Set(now),
    };
    Entity::insert(edit).exec_without_returning(txn).await?;
    Ok(())
}

/// Forgets what counts no more.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::At.lt(now - DAY))
        .exec(db)
        .await?;
    Ok(())
}
