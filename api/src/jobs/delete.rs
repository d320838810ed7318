//! `DELETE /v1/jobs/{id}`.

use crate::changes::{Actor, Change, WriteTransaction, record};
use crate::error::ApiError;
use crate::http::etag::IfMatch;
use crate::http::idempotency;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs::editor::{JobEditor, gone};
use crate::jobs::rows;
use crate::jobs::write::{self, Event};
use crate::state::AppState;
use actix_web::{HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use entity::change::{Action, Kind};
use entity::job::{ActiveModel, Column, Entity, Status};
use entity::organization;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

/// Remove a job
///
/// Its data is erased; a tombstone keeps the slug from being given again. Partner feeds say `deleted`.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        WriteParameters,
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["jobs:write"]))
)]
#[delete("/jobs/{id}")]
pub async fn delete_job(
    state: web::Data<AppState>,
    editor: JobEditor,
    parameters: Query<WriteParameters>,
    if_match: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let (current, organization) = rows::lock(&txn, &editor.job)
        .await?
        .filter(|(row, _)| row.status != Status::Deleted)
        .ok_or_else(gone)?;
    if_match.check(rows::latest_change(&*txn, current.id).await?.0)?;
    let now = state.clock.now();
    let row = ActiveModel {
        id: Set(current.id),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..rows::tombstone()
    }
    .update(&*txn)
    .await?;
    rows::erase_history(&txn, &[row.id]).await?;
    idempotency::forget(&txn, [row.id.0]).await?;
    let event = Event {
        action: Action::Deleted,
        actor: editor.actor(),
        fields: json!([]),
        at: now,
    };
    write::note(&mut txn, Some(&current), &row, &organization, event).await?;
    let key = (Kind::Job, row.id.0);
    let sealed = txn.seal().await?;
    let number = sealed
        .number(key.0, key.1)
        .ok_or(ApiError::Internal("a change has no number"))?;
    sealed.commit().await?;
    let mut answer = HttpResponse::NoContent();
    parameters
        .0
        .wait(&state.index, key, number, &mut answer)
        .await;
    Ok(answer.finish())
}

/// Jobs that are erased at a time.
const BATCH: u64 = 500;

/// Removes all jobs of an organization that is removed. Its row is locked.
///
/// # Errors
/// Whatever the database answers.
pub async fn delete_all_of(
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    loop {
        let mut query = Entity::find()
            .filter(Column::OrganizationId.eq(organization.id))
            .filter(Column::Status.ne(Status::Deleted))
            .order_by_asc(Column::Id)
            .limit(BATCH);
        if txn.get_database_backend() == DbBackend::Postgres {
            query = query.lock_exclusive();
        }
        let jobs = query.all(&**txn).await?;
        if jobs.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        Entity::update_many()
            .set(ActiveModel {
                updated_at: Set(now),
                ..rows::tombstone()
            })
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .exec(&**txn)
            .await?;
        rows::erase_history(txn, &ids).await?;
        idempotency::forget(txn, ids.iter().map(|id| id.0)).await?;
        for job in jobs {
            record(
                txn,
                Change {
                    kind: Kind::Job,
                    id: job.id.0,
                    action: Action::Deleted,
                    version: job.version.saturating_add(1),
                    actor: actor.clone(),
                    fields: json!([]),
                    note: None,
                    was_public: organization.status == organization::Status::Published
                        && job.is_open(now),
                    public: false,
                    at: now,
                },
            );
        }
    }
}
