//! `POST /v1/jobs/{id}/renew`.

use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::JsonIfSent;
use crate::http::members::Members;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs::duplicate::{DuplicateParameters, refuse_twin};
use crate::jobs::editor::{JobEditor, check_public, gone};
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::jobs::write::{self, Event};
use crate::slug;
use crate::state::AppState;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use entity::change::Action;
use entity::job::{ActiveModel, Model, Status};
use entity::organization;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// What renews a job.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct RenewInput {
    /// The new end, at most 180 days from now. 60 days from now unless given,
    /// or as late as it was, if that is later.
    pub valid_through: Option<DateTime<Utc>>,
}

/// Renew a job
///
/// Gives more time to a job that is open or has run out, from today on: it returns to lists and feeds.
/// `posted_at` stays.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        DuplicateParameters,
        WriteParameters,
    ),
    request_body(content = RenewInput, description = "May be left out", content_type = "application/json"),
    responses(
        (status = 200, description = "Renewed", body = JobView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "It is a draft or closed; its organization is not published; or it was posted anew in between: `duplicate` has its path", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["jobs:write"]))
)]
#[post("/jobs/{id}/renew")]
pub async fn renew_job(
    state: web::Data<AppState>,
    editor: JobEditor,
    Query((duplicate, parameters)): Query<(DuplicateParameters, WriteParameters)>,
    JsonIfSent(body): JsonIfSent,
) -> Result<HttpResponse, ApiError> {
    let mut members = Members::new(body.map(|body| body.members).unwrap_or_default());
    let asked = members.read(
        "valid_through",
        "an RFC 3339 time such as 2026-12-31T12:00:00Z",
    );
    let asked = members.finish().or_none(asked)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let renewal = Renewal {
        asked,
        allow_duplicate: duplicate.allow_duplicate,
        actor: editor.actor(),
        at: state.clock.now(),
    };
    let (row, organization) = renew(&mut txn, &editor.job, renewal).await?;
    write::commit(&state, txn, row, &organization, parameters).await
}

/// Who renews a job, and how.
pub struct Renewal {
    /// The new end; [`DEFAULT_TIME`](crate::jobs::rules::DEFAULT_TIME) from now unless given, or as late as it was.
    pub asked: Option<DateTime<Utc>>,
    /// Whether it may be open beside another that is the same.
    pub allow_duplicate: bool,
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// Renews a job, by request or by the link in a reminder.
///
/// # Errors
/// As [`renew_job`] says.
pub async fn renew(
    txn: &mut WriteTransaction,
    job: &Model,
    renewal: Renewal,
) -> Result<(Model, organization::Model), ApiError> {
    let now = renewal.at;
    // Of two writers at once that would open the same job, one sees the other's.
    slug::lock(txn).await?;
    let (current, organization) = rows::lock(txn, job)
        .await?
        .filter(|(row, _)| row.status != Status::Deleted)
        .ok_or_else(gone)?;
    if !matches!(current.status, Status::Published | Status::Expired) {
        return Err(ApiError::Conflict(format!(
            "this job is {} and cannot be renewed",
            current.status.as_str()
        )));
    }
    check_public(&organization)?;
    // Two that are open together, as somebody wanted it, may stay so.
    if !renewal.allow_duplicate && !current.is_open(now) {
        let print = &current.fingerprint;
        refuse_twin(&**txn, organization.id, print, Some(current.id), now).await?;
    }
    let end = write::end(renewal.asked, now, now)?;
    // Nobody who only wants it to go on means it to end sooner.
    let end = match renewal.asked {
        None => current.valid_through.map_or(end, |before| end.max(before)),
        Some(_) => end,
    };
    let row = ActiveModel {
        id: Set(current.id),
        status: Set(Status::Published),
        renewed_at: Set(Some(now)),
        valid_through: Set(Some(end)),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    let event = Event {
        action: Action::Renewed,
        actor: renewal.actor,
        fields: json!([{"pointer": "/valid_through", "from": current.valid_through, "to": end}]),
        at: now,
    };
    write::note(txn, Some(&current), &row, &organization, event).await?;
    Ok((row, organization))
}
