//! Copies of a job for several cities become one job with several locations.

use crate::changes::diff::diff;
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::query::{FromParameters, Parameters};
use crate::jobs::duplicate::{fingerprint, refuse_twin};
use crate::jobs::input::{JobInput, JobLocation};
use crate::jobs::rows::input_of;
use crate::jobs::rules::MAX_LOCATIONS;
use crate::jobs::write::{self, Event};
use chrono::{DateTime, Utc};
use entity::change::Action;
use entity::job::{ActiveModel, Column, Entity, Model};
use entity::organization;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;
use utoipa::IntoParams;

/// Open jobs of a title that are looked through for one that this is a copy of.
const MOST: u64 = 100;

/// What is to become of a copy.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FoldParameters {
    /// Where an open job of the organization differs from this one in nothing but the locations, adds these to
    /// that one instead of posting another: 200. The copy may leave `valid_through` out. With `allow_duplicate`
    /// every copy is posted.
    #[param(required = false, default = false)]
    pub fold: bool,
}

impl FromParameters for FoldParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            fold: parameters.flag("fold"),
        }
    }
}

/// Adds the places of a copy to the open job that it is a copy of. `None` when there is none, or no room for
/// them. Under the lock on naming, so that of two copies at once one sees the other.
///
/// # Errors
/// [`ApiError::JobPosted`] when the job has these places already, or would be the same as a third.
pub async fn into_open(
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    copy: &JobInput,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Model>, ApiError> {
    let Some((current, before, after)) = original(txn, organization, copy, now).await? else {
        return Ok(None);
    };
    let print = fingerprint(&after);
    refuse_twin(&**txn, organization.id, &print, Some(current.id), now).await?;
    let fields = diff(&before, &after)?;
    let row = ActiveModel {
        id: Set(current.id),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..after.into_columns()
    }
    .update(&**txn)
    .await?;
    let event = Event {
        action: Action::Updated,
        actor,
        fields: Value::Array(fields),
        at: now,
    };
    write::note(txn, Some(&current), &row, organization, event).await?;
    Ok(Some(row))
}

/// The oldest open job that this is a copy of, locked, as it is and as it will be.
async fn original(
    txn: &WriteTransaction,
    organization: &organization::Model,
    copy: &JobInput,
    now: DateTime<Utc>,
) -> Result<Option<(Model, JobInput, JobInput)>, ApiError> {
    let mut query = Entity::public(now)
        .filter(Column::OrganizationId.eq(organization.id))
        .filter(Column::Title.eq(&copy.title))
        .order_by_asc(Column::Id)
        .limit(MOST);
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let rows = query.all(&**txn).await?;
    for row in rows {
        let before = input_of(row.clone());
        if before.locations.is_empty() || !is_copy(&before, copy) {
            continue;
        }
        let mut after = before.clone();
        let is_new = |place: &&JobLocation| !before.locations.contains(place);
        after
            .locations
            .extend(copy.locations.iter().filter(is_new).cloned());
        if after.locations.len() == before.locations.len() {
            return Err(ApiError::JobPosted(row.id));
        }
        if after.locations.len() <= MAX_LOCATIONS {
            return Ok(Some((row, before, after)));
        }
    }
    Ok(None)
}

/// Whether the two differ in nothing but their places, and a time that the copy does not say.
fn is_copy(original: &JobInput, copy: &JobInput) -> bool {
    let elsewhere = JobInput {
        locations: original.locations.clone(),
        status: original.status,
        valid_through: copy.valid_through.or(original.valid_through),
        ..copy.clone()
    };
    elsewhere == *original
}
