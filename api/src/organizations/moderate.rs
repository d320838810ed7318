//! `POST /v1/organizations/{id}/publish|reject|archive`.

use crate::changes::{Actor, Change, WriteTransaction, record};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::moderation::note::Note;
use crate::organizations::declined;
use crate::organizations::editor::{ModeratedOrganization, gone};
use crate::organizations::rows;
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::view::OrganizationView;
use crate::slug;
use crate::state::AppState;
use crate::verification::{self, identity};
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use entity::change::{Action, Kind};
use entity::ids::OrganizationId;
use entity::organization::{ActiveModel, Model, Status};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
};
use serde_json::json;

/// What a moderator does with a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Shows it to everybody.
    Publish,
    /// Declines to show it.
    Reject,
    /// Takes it from the public, or from the queue.
    Archive,
}

impl Decision {
    fn leads_to(self) -> (Status, Action) {
        match self {
            Self::Publish => (Status::Published, Action::Published),
            Self::Reject => (Status::Rejected, Action::Rejected),
            Self::Archive => (Status::Archived, Action::Archived),
        }
    }

    fn is_open_to(self, status: Status) -> bool {
        match self {
            Self::Publish => matches!(
                status,
                Status::Pending | Status::Rejected | Status::Archived
            ),
            Self::Reject => status == Status::Pending,
            Self::Archive => matches!(status, Status::Published | Status::Pending),
        }
    }

    /// What was done, in a word.
    pub fn done(self) -> &'static str {
        match self {
            Self::Publish => "published",
            Self::Reject => "declined",
            Self::Archive => "archived",
        }
    }
}

/// Publish an organization
///
/// From `pending`, `rejected` or `archived`. Of a public listing whose name or website its owners changed after
/// others vouched for it, it confirms that it is still the same organization: what was attested before counts
/// again. Its owners get a mail with the note.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body = Note,
    responses(
        (status = 200, description = "It is public", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "It is public already, and there is nothing to confirm", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/publish")]
pub async fn publish_organization(
    state: web::Data<AppState>,
    moderated: ModeratedOrganization,
    parameters: Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    moderate(&state, moderated, parameters.0, body, Decision::Publish).await
}

/// Reject an organization
///
/// From `pending`. Its owners get a mail with the note; they may change it and hand it in again.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body = Note,
    responses(
        (status = 200, description = "It is rejected", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "It does not wait for a decision", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/reject")]
pub async fn reject_organization(
    state: web::Data<AppState>,
    moderated: ModeratedOrganization,
    parameters: Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    moderate(&state, moderated, parameters.0, body, Decision::Reject).await
}

/// Archive an organization
///
/// From `published` or `pending`. It is kept, and partner feeds say `deleted`. Its owners get a mail with
/// the note.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body = Note,
    responses(
        (status = 200, description = "It is archived", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "It is rejected or archived already", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/archive")]
pub async fn archive_organization(
    state: web::Data<AppState>,
    moderated: ModeratedOrganization,
    parameters: Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    moderate(&state, moderated, parameters.0, body, Decision::Archive).await
}

async fn moderate(
    state: &AppState,
    moderated: ModeratedOrganization,
    parameters: WriteParameters,
    body: JsonObject,
    decision: Decision,
) -> Result<HttpResponse, ApiError> {
    let note = Note::read(body)?;
    let (id, actor) = (moderated.organization.id, moderated.account.actor());
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = decide(&mut txn, &state.clock, id, decision, note, actor).await?;
    let sealed = txn.seal().await?;
    let key = (Kind::Organization, id.0);
    let number = sealed
        .number(key.0, key.1)
        .ok_or(ApiError::Internal("a change has no number"))?;
    sealed.commit().await?;
    state.post.wake();
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ETAG, etag(number)));
    parameters
        .wait(&state.index, key, number, &mut answer)
        .await;
    Ok(answer.json(OrganizationView::from(row)))
}

/// Carries out a decision, records it with the note, and writes to the owners.
///
/// # Errors
/// 409 when the record is not in a state for it, 410 when it is deleted or merged.
pub async fn decide(
    txn: &mut WriteTransaction,
    clock: &Clock,
    id: OrganizationId,
    decision: Decision,
    note: Option<String>,
    actor: Actor,
) -> Result<Model, ApiError> {
    verification::lock(txn).await?;
    if decision == Decision::Publish {
        // It may be named.
        slug::lock(txn).await?;
    }
    let current = rows::lock_present(txn, id).await?;
    let confirms = decision == Decision::Publish
        && current.status == Status::Published
        && identity::confirm(txn, id).await?;
    if !confirms && !decision.is_open_to(current.status) {
        let now = word(current.status);
        let detail = format!(
            "this organization is {now} and cannot be {} now",
            decision.done()
        );
        return Err(ApiError::Conflict(detail));
    }
    let (status, action) = decision.leads_to();
    let now = clock.now();
    let slug = if status == Status::Published {
        let base = slug::base(&current.name, "organization");
        slug::on_publication(txn, slug::Records::Organizations, id.0, &base).await?
    } else {
        None
    };
    let row = ActiveModel {
        id: Set(id),
        slug: slug.map_or(NotSet, Set),
        status: Set(status),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: id.0,
            action,
            version: row.version,
            actor: actor.clone(),
            fields: if confirms {
                json!([])
            } else {
                json!([{"pointer": "/status", "from": current.status, "to": status}])
            },
            note: note.clone(),
            was_public: current.status == Status::Published,
            public: status == Status::Published,
            at: now,
        },
    );
    declined::moderated(&**txn, row.website.as_deref(), status, now).await?;
    let done = if confirms {
        "confirmed"
    } else {
        decision.done()
    };
    tell_owners(txn, clock, &row, done, note.as_deref()).await?;
    // Only who is public vouches for others.
    verification::recompute(txn, &[id], clock, &actor).await?;
    rows::lock(txn, id).await?.ok_or_else(gone)
}

/// The status in the API's word.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Published => "published",
        Status::Archived => "archived",
        Status::Rejected => "rejected",
        Status::Merged => "merged",
        Status::Deleted => "deleted",
    }
}
