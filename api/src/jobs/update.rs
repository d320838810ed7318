//! `PATCH /v1/jobs/{id}`.

use crate::changes::WriteTransaction;
use crate::changes::diff::diff;
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::etag::IfMatch;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs::duplicate::{DuplicateParameters, fingerprint, refuse_twin};
use crate::jobs::editor::{JobEditor, check_public, gone};
use crate::jobs::input::JobInput;
use crate::jobs::rows::{self, input_of};
use crate::jobs::view::JobView;
use crate::jobs::write::{self, Event};
use crate::slug;
use crate::state::AppState;
use actix_web::{HttpResponse, patch, web};
use chrono::{DateTime, Utc};
use entity::change::Action;
use entity::job::{ActiveModel, Model, Status};
use entity::organization;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
};
use serde_json::{Map, Value};

/// Fields by which jobs of one organization are told apart, and whether they are posted at all.
const TOLD_APART_BY: [&str; 5] = [
    "title",
    "workplace",
    "locations",
    "employment_types",
    "status",
];

/// Change a job
///
/// A merge patch (RFC 7396): members you send replace what is there, `null` removes, lists are replaced
/// whole, the rest stays. `If-Match` must name the version you have seen. `status` takes a draft to
/// `published`; what is published is ended by `close`, and what has run out is opened by `renew`.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
        DuplicateParameters,
        WriteParameters,
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    request_body(content = crate::jobs::schema::JobPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = JobView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "The organization is not published, or the job is posted already: `duplicate` has its path", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["jobs:write"]))
)]
#[patch("/jobs/{id}")]
pub async fn update_job(
    state: web::Data<AppState>,
    editor: JobEditor,
    Query((duplicate, parameters)): Query<(DuplicateParameters, WriteParameters)>,
    if_match: IfMatch,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if TOLD_APART_BY.iter().any(|name| patch.contains_key(*name)) {
        // Of two writers at once that would post the same job, one sees the other's.
        slug::lock(&txn).await?;
    }
    let (current, organization) = rows::lock(&txn, &editor.job)
        .await?
        .filter(|(row, _)| row.status != Status::Deleted)
        .ok_or_else(gone)?;
    let (number, _) = rows::latest_change(&*txn, current.id).await?;
    if_match.check(number)?;
    let now = state.clock.now();
    let before = input_of(current.clone());
    let mut after = apply(patch, &current, &organization, now)?;
    let (status, action) = next_status(&current, after.status, now)?;
    let times = Times::of(&current, &after, status, now)?;
    after.status = Some(status);
    after.valid_through = times.valid_through;
    if current.status != status {
        check_public(&organization)?;
    }
    let print = fingerprint(&after);
    let is_another = current.status != status || current.fingerprint != print;
    if status == Status::Published && is_another && !duplicate.allow_duplicate {
        refuse_twin(&*txn, organization.id, &print, Some(current.id), now).await?;
    }
    let fields = diff(&before, &after)?;
    if fields.is_empty() {
        // Nothing to write: nobody has to wait for us while we wait for the index.
        drop(txn);
        return write::answer(&state, current, &organization, number, parameters).await;
    }
    let slug = if action == Action::Published {
        let base = write::slug_base(&after.title, &organization);
        slug::on_publication(&txn, slug::Records::Jobs, current.id.0, &base).await?
    } else {
        None
    };
    let row = ActiveModel {
        id: Set(current.id),
        slug: slug.map_or(NotSet, Set),
        status: Set(status),
        posted_at: Set(times.posted_at),
        renewed_at: Set(times.renewed_at),
        valid_through: Set(times.valid_through),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..after.into_columns()
    }
    .update(&*txn)
    .await?;
    let event = Event {
        action,
        actor: editor.actor(),
        fields: Value::Array(fields),
        at: now,
    };
    write::note(&mut txn, Some(&current), &row, &organization, event).await?;
    write::commit(&state, txn, row, &organization, parameters).await
}

/// The job with the patch applied, checked as a whole. The address that no view shows is part of it.
fn apply(
    patch: Map<String, Value>,
    current: &Model,
    organization: &organization::Model,
    now: DateTime<Utc>,
) -> Result<JobInput, ApiError> {
    let no_json = |_| ApiError::Internal("a record has no JSON form");
    let mut whole =
        serde_json::to_value(JobView::new(current.clone(), organization, now)).map_err(no_json)?;
    whole["apply_email"] = serde_json::to_value(&current.apply_email).map_err(no_json)?;
    let mut patched = whole.clone();
    json_patch::merge(&mut patched, &Value::Object(patch));
    match patched {
        Value::Object(members) => {
            let input = JobInput::read(members, Some(&whole))?.normalized();
            if input.organization_id != Some(current.organization_id.0) {
                return Err(ApiError::field(
                    "/organization_id",
                    "stays as it is; post the job anew for another organization",
                ));
            }
            Ok(input)
        }
        _ => Err(ApiError::Internal("a patched object is not an object")),
    }
}

fn next_status(
    job: &Model,
    asked: Option<Status>,
    now: DateTime<Utc>,
) -> Result<(Status, Action), ApiError> {
    let current = job.status;
    match (current, asked) {
        (_, None) => Ok((current, Action::Updated)),
        (current, Some(asked)) if current == asked => Ok((current, Action::Updated)),
        // What is published and has run out shows as expired before that is noted.
        (Status::Published, Some(Status::Expired)) if !job.is_open(now) => {
            Ok((current, Action::Updated))
        }
        (Status::Draft | Status::Pending, Some(Status::Published)) => {
            Ok((Status::Published, Action::Published))
        }
        (_, Some(_)) => Err(ApiError::field(
            "/status",
            "can be set from draft to published; POST …/close ends a job, POST …/renew opens it again",
        )),
    }
}

struct Times {
    posted_at: Option<DateTime<Utc>>,
    /// What its end is counted from, when that is not the first.
    renewed_at: Option<DateTime<Utc>>,
    valid_through: Option<DateTime<Utc>>,
}

impl Times {
    fn of(
        current: &Model,
        after: &JobInput,
        status: Status,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let is_new = matches!(current.status, Status::Draft | Status::Pending);
        if !is_new && !current.is_open(now) && after.valid_through != current.valid_through {
            return Err(ApiError::field(
                "/valid_through",
                "of a job that is over stays as it is; POST …/renew opens it again",
            ));
        }
        let is_unchanged = after.valid_through == current.valid_through && current.status == status;
        if status != Status::Published || (is_unchanged && after.valid_through.is_some()) {
            return Ok(Self {
                posted_at: current.posted_at,
                renewed_at: current.renewed_at,
                valid_through: after.valid_through,
            });
        }
        // Imported, it may have been posted long ago elsewhere; its time here counts from today.
        let renewed_at = match current.posted_at {
            Some(_) if is_new => Some(now),
            _ => current.renewed_at,
        };
        let posted_at = current.posted_at.unwrap_or(now);
        let from = renewed_at.unwrap_or(posted_at);
        let end = write::end(after.valid_through, from, now)?;
        Ok(Self {
            posted_at: Some(posted_at),
            renewed_at,
            valid_through: Some(end),
        })
    }
}
