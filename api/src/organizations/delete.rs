//! `DELETE /v1/organizations/{id}`.

use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::keys;
use crate::error::ApiError;
use crate::http::etag::IfMatch;
use crate::http::idempotency;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs;
use crate::organizations::editor::{OrganizationOwner, gone};
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::{report, rows};
use crate::state::AppState;
use crate::verification;
use actix_web::{HttpResponse, delete, web};
use entity::change::{Action, ActorRole, Kind};
use entity::organization::{ActiveModel, Status};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

/// Remove an organization
///
/// Its data is erased; a tombstone keeps the slug from being given again. Partner feeds say `deleted`.
/// When a moderator does it, its owners get a mail.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["organizations:write"]))
)]
#[delete("/organizations/{id}")]
pub async fn delete_organization(
    state: web::Data<AppState>,
    owner: OrganizationOwner,
    parameters: Query<WriteParameters>,
    if_match: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    let current = rows::lock(&txn, owner.organization.id)
        .await?
        .filter(|row| row.status != Status::Deleted)
        .ok_or_else(gone)?;
    if_match.check(rows::change_number(&*txn, current.id).await?)?;
    let now = state.clock.now();
    if matches!(owner.role, ActorRole::Moderator | ActorRole::Admin) {
        tell_owners(&txn, &state.clock, &current, "removed", None).await?;
    }
    jobs::delete::delete_all_of(&mut txn, &current, &owner.actor(), now).await?;
    let version = current.version.saturating_add(1);
    ActiveModel {
        id: Set(current.id),
        version: Set(version),
        updated_at: Set(now),
        ..rows::tombstone()
    }
    .update(&*txn)
    .await?;
    keys::delete(&*txn, current.id).await?;
    rows::erase_history(&txn, current.id).await?;
    idempotency::forget(&txn, [current.id.0]).await?;
    report::forget(&*txn, current.id).await?;
    record(
        &mut txn,
        Change {
            kind: Kind::Organization,
            id: current.id.0,
            action: Action::Deleted,
            version,
            actor: owner.actor(),
            fields: json!([]),
            note: None,
            was_public: current.status == Status::Published,
            public: false,
            at: now,
        },
    );
    verification::recompute(&mut txn, &[current.id], &state.clock, &owner.actor()).await?;
    verification::forget(&txn, current.id).await?;
    let sealed = txn.seal().await?;
    let number = sealed
        .number(Kind::Organization, current.id.0)
        .ok_or(ApiError::Internal("a change has no number"))?;
    sealed.commit().await?;
    state.post.wake();
    let mut answer = HttpResponse::NoContent();
    parameters
        .0
        .wait(
            &state.index,
            (Kind::Organization, current.id.0),
            number,
            &mut answer,
        )
        .await;
    Ok(answer.finish())
}
