//! `POST /v1/jobs`.

use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::jobs::drafts;
use crate::jobs::duplicate::{DuplicateParameters, fingerprint, refuse_twin};
use crate::jobs::editor::{JobCreator, check_public, employer};
use crate::jobs::fold::{self, FoldParameters};
use crate::jobs::input::JobInput;
use crate::jobs::rows::lock_employer;
use crate::jobs::skills;
use crate::jobs::view::JobView;
use crate::jobs::write::{self, Event};
use crate::organizations::editor::actor;
use crate::slug;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use entity::change::{Action, Kind};
use entity::ids::JobId;
use entity::job::{ActiveModel, Model, Status};
use entity::organization;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use utoipa::ToSchema;

/// A new job, and what it seems to ask for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedJob {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// Skills that title and description name and `skills` does not.
    #[schema(max_items = 30)]
    pub suggested_skills: Vec<String>,
}

/// Post a job
///
/// For a published organization that you edit. It is public at once, unless `status` is `draft`, and open
/// for 60 days, unless `valid_through` says otherwise. One job for several cities is one post with several
/// `locations`; whoever sends a copy for each has them folded into one by `fold=true`.
#[utoipa::path(
    tag = "Jobs",
    params(
        DuplicateParameters,
        FoldParameters,
        WriteParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body(content = JobInput, content_type = "application/json"),
    responses(
        (status = 200, description = "Not posted anew: an open job has these locations too now", body = CreatedJob,
            headers(("Location" = String, description = "Path of that job"), ("ETag" = String, description = "Entity tag, for If-Match"))),
        (status = 201, description = "Posted", body = CreatedJob,
            headers(("Location" = String, description = "Path of the new job"), ("ETag" = String, description = "Entity tag, for If-Match")),
            links(("get" = (operation_id = "get_job", parameters(("id" = "$response.body#/id")))))),
        (status = 409, description = "A request with this Idempotency-Key is still running; the organization is not published, or has as many drafts as it may have; or the job is posted already: `duplicate` has its path", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "What the request with this Idempotency-Key made has been deleted since", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["jobs:write"]))
)]
#[post("/jobs")]
pub async fn create_job(
    state: web::Data<AppState>,
    JobCreator(account): JobCreator,
    request: HttpRequest,
    parameters: Query<(DuplicateParameters, (FoldParameters, WriteParameters))>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let Query((duplicate, (copies, parameters))) = parameters;
    let claim = key.claim(account.caller(), &request, &body.raw)?;
    let input = JobInput::read(body.members, None)?.normalized();
    let status = first_status(input.status)?;
    let (employer, role) =
        employer(&state, account, input.organization_id.unwrap_or_default()).await?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &claim
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    // From here on nobody else names a job: of two requests at once, one sees the other's.
    slug::lock(&txn).await?;
    let organization = lock_employer(&txn, employer)
        .await?
        .ok_or(ApiError::Internal("an organization's row is gone"))?;
    check_public(&organization)?;
    let author = actor(account, role);
    let now = state.clock.now();
    let folds = copies.fold && !duplicate.allow_duplicate;
    let folded = if folds && status == Status::Published {
        fold::into_open(&mut txn, &organization, &input, author.clone(), now).await?
    } else {
        None
    };
    if folded.is_none() && status == Status::Published && !duplicate.allow_duplicate {
        let print = fingerprint(&input);
        refuse_twin(&*txn, organization.id, &print, None, now).await?;
    }
    let suggested_skills = skills::suggested(&input.title, &input.description, &input.skills);
    let (status_code, row) = if let Some(row) = folded {
        (StatusCode::OK, row)
    } else {
        if status == Status::Draft {
            drafts::check_room(&txn, organization.id).await?;
        }
        txn.charge(&author, body.raw.len(), now);
        let row = insert(&state, &mut txn, &organization, input, status, author).await?;
        (StatusCode::CREATED, row)
    };
    let id = row.id;
    let sealed = txn.seal().await?;
    let number = sealed
        .number(Kind::Job, id.0)
        .ok_or(ApiError::Internal("a new record has no change number"))?;
    let view = CreatedJob {
        job: JobView::new(row, &organization, state.clock.now()),
        suggested_skills,
    };
    let answer = Answer {
        status: status_code.as_u16(),
        headers: vec![
            ("Location", format!("/v1/jobs/{id}")),
            ("ETag", etag(number)),
        ],
        body: serde_json::to_string(&view)
            .map_err(|_| ApiError::Internal("a record has no JSON form"))?,
    };
    if let Some(claim) = &claim {
        claim
            .store(&sealed, &answer, id.0, state.clock.now())
            .await?;
    }
    sealed.commit().await?;

    let mut response = HttpResponse::build(status_code);
    response.content_type("application/json");
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    parameters
        .wait(&state.index, (Kind::Job, id.0), number, &mut response)
        .await;
    Ok(response.body(answer.body))
}

fn first_status(asked: Option<Status>) -> Result<Status, ApiError> {
    match asked {
        None | Some(Status::Published) => Ok(Status::Published),
        Some(Status::Draft) => Ok(Status::Draft),
        Some(_) => Err(ApiError::field(
            "/status",
            "a new job is a draft or published",
        )),
    }
}

async fn insert(
    state: &AppState,
    txn: &mut WriteTransaction,
    organization: &organization::Model,
    input: JobInput,
    status: Status,
    actor: Actor,
) -> Result<Model, ApiError> {
    let now = state.clock.now();
    let (posted_at, valid_through) = match status {
        Status::Published => (Some(now), Some(write::end(input.valid_through, now, now)?)),
        _ => (None, input.valid_through),
    };
    let id = state.clock.new_id();
    let base = write::slug_base(&input.title, organization);
    let base = slug::of_new(base, status == Status::Published, id);
    let slug = slug::free(txn, slug::Records::Jobs, &base, &HashSet::new()).await?;
    let row = ActiveModel {
        id: Set(JobId(id)),
        slug: Set(slug),
        status: Set(status),
        organization_id: Set(organization.id),
        posted_at: Set(posted_at),
        valid_through: Set(valid_through),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..input.into_columns()
    }
    .insert(&**txn)
    .await?;
    let event = Event {
        action: Action::Created,
        actor,
        fields: json!([]),
        at: now,
    };
    write::note(txn, None, &row, organization, event).await?;
    Ok(row)
}
