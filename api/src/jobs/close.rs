//! `POST /v1/jobs/{id}/close`.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs::editor::{JobEditor, gone};
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::jobs::write::{self, Event};
use crate::state::AppState;
use actix_web::{HttpResponse, post, web};
use entity::change::Action;
use entity::job::{ActiveModel, Status};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Why a job is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Somebody was found.
    Filled,
    /// It was taken back.
    Withdrawn,
}

/// What closes a job.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "filled"}))]
pub struct CloseInput {
    /// Why.
    pub reason: CloseReason,
}

/// Close a job
///
/// It leaves lists, search, feeds and pages at once.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body = CloseInput,
    responses(
        (status = 200, description = "Closed", body = JobView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "It is a draft, or closed already", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["jobs:write"]))
)]
#[post("/jobs/{id}/close")]
pub async fn close_job(
    state: web::Data<AppState>,
    editor: JobEditor,
    parameters: Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let mut members = Members::new(body.members);
    let reasons = [("filled", Status::Filled), ("withdrawn", Status::Withdrawn)];
    let reason = members.required_choice("reason", &reasons);
    let status = members
        .finish()
        .or_none(reason)?
        .ok_or(ApiError::Internal("a reason was neither read nor missed"))?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let (current, organization) = rows::lock(&txn, &editor.job)
        .await?
        .filter(|(row, _)| row.status != Status::Deleted)
        .ok_or_else(gone)?;
    // What has run out may be told to have been filled.
    if !matches!(current.status, Status::Published | Status::Expired) {
        return Err(ApiError::Conflict(format!(
            "this job is {} and cannot be closed",
            current.status.as_str()
        )));
    }
    let now = state.clock.now();
    let row = ActiveModel {
        id: Set(current.id),
        status: Set(status),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..Default::default()
    }
    .update(&*txn)
    .await?;
    let event = Event {
        action: Action::Closed,
        actor: editor.actor(),
        fields: json!([{"pointer": "/status", "from": current.status, "to": status}]),
        at: now,
    };
    write::note(&mut txn, Some(&current), &row, &organization, event).await?;
    write::commit(&state, txn, row, &organization, parameters.0).await
}
