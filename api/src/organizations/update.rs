//! `PATCH /v1/organizations/{id}`.

use crate::changes::diff::diff;
use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::keys;
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::etag::{IfMatch, etag};
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::organizations::declined;
use crate::organizations::editor::{OrganizationEditor, gone};
use crate::organizations::identity_budget;
use crate::organizations::input::OrganizationInput;
use crate::organizations::moderate::word;
use crate::organizations::rows;
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::view::OrganizationView;
use crate::organizations::waiting;
use crate::slug;
use crate::state::AppState;
use crate::verification::{self, FEDERATION, identity};
use actix_web::http::header;
use actix_web::{HttpResponse, patch, web};
use chrono::{DateTime, Utc};
use entity::change::{Action, ActorRole, Kind};
use entity::ids::{AccountId, OrganizationId};
use entity::organization::{ActiveModel, Model, Status};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    DbErr,
};
use serde_json::{Map, Value};

/// Fields that verification may rest on.
const VERIFIED_BY: [&str; 4] = ["name", "website", "status", "organization_type"];

/// Change an organization
///
/// A merge patch (RFC 7396): members you send replace what is there, `null` removes, lists are
/// replaced whole, the rest stays. `If-Match` must name the version you have seen.
///
/// An owner may set `status` from `published` to `archived`, and from `rejected` or `archived` to
/// `pending`, which hands the listing in again; every other `status` is set by moderators. An editor leaves the
/// `website` at the registrable domain where it is; owners move it.
///
/// When an owner or editor changes the `name` (beyond case and punctuation) or moves the `website` to another
/// domain, what others attested before does not count any more until a moderator publishes the listing again.
///
/// Owners and editors of a listing together may change its `name`, `organization_type`, `address`, `networks` or
/// the domain of its `website` 10 times in an hour and 30 times in a day: then 429, with `Retry-After`. Jobs show
/// a change at once, or, when they followed another a moment ago, within ten seconds.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
        ("If-Match" = String, Header, description = "Entity tag of the version you have seen"),
    ),
    request_body(content = crate::organizations::schema::OrganizationPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 409, description = "Handed in again, and the account has as many listings that are not public as it may have", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["organizations:write"]))
)]
#[patch("/organizations/{id}")]
pub async fn update_organization(
    state: web::Data<AppState>,
    editor: OrganizationEditor,
    parameters: Query<WriteParameters>,
    if_match: IfMatch,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let actor = editor.actor();
    let OrganizationEditor {
        organization: seen,
        account,
        role,
    } = editor;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let current = lock(&txn, seen.id, &patch).await?;
    let mut number = rows::change_number(&*txn, current.id).await?;
    if_match.check(number)?;

    let before = OrganizationInput::from(current.clone());
    let after = apply(patch, &current)?;
    let status = next_status(role, current.status, after.status)?;
    check_type(role, &current, &after)?;
    check_website(role, &current, &after)?;
    let fields = diff(
        &before,
        &OrganizationInput {
            status: Some(status),
            ..after.clone()
        },
    )?;
    let row = if fields.is_empty() {
        // Nothing to write: nobody has to wait for us while we wait for the index.
        drop(txn);
        current
    } else {
        let now = state.clock.now();
        let is_moderated = matches!(role, ActorRole::Moderator | ActorRole::Admin);
        if !is_moderated && identity_budget::is_of_identity(&before, &after) {
            let id = state.clock.new_id();
            identity_budget::spend(&txn, current.id, id, now).await?;
        }
        let is_handed_in = !is_moderated && status == Status::Pending && current.status != status;
        let handed_in_by = is_handed_in.then_some(account.id);
        let mut row = write(&txn, &current, after.clone(), status, handed_in_by, now).await?;
        keys::update(&*txn, row.id, &before, &after).await?;
        record(
            &mut txn,
            Change {
                kind: Kind::Organization,
                id: row.id.0,
                action: action(current.status, status),
                version: row.version,
                actor: actor.clone(),
                fields: Value::Array(fields),
                note: None,
                was_public: current.status == Status::Published,
                public: status == Status::Published,
                at: now,
            },
        );
        if is_moderated && status != current.status {
            declined::moderated(&*txn, row.website.as_deref(), status, now).await?;
            let what = match status {
                Status::Pending => "put back into the queue",
                status => word(status),
            };
            tell_owners(&txn, &state.clock, &row, what, None).await?;
        }
        let becomes_another = !is_moderated && identity::differs(&current, &row);
        if becomes_another {
            identity::changed(&txn, row.id, now).await?;
        }
        if becomes_another || verification::is_touched(&current, &row) {
            verification::recompute(&mut txn, &[row.id], &state.clock, &actor).await?;
            row = rows::lock(&txn, row.id).await?.ok_or_else(gone)?;
        }
        if is_handed_in {
            waiting::check(&txn, account.id).await?;
        }
        let sealed = txn.seal().await?;
        number = sealed
            .number(Kind::Organization, row.id.0)
            .ok_or(ApiError::Internal("a change has no number"))?;
        sealed.commit().await?;
        state.post.wake();
        row
    };

    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ETAG, etag(number)));
    parameters
        .0
        .wait(
            &state.index,
            (Kind::Organization, row.id.0),
            number,
            &mut answer,
        )
        .await;
    Ok(answer.json(OrganizationView::from(row)))
}

/// Locks the row, after whatever else the patch may touch.
async fn lock(
    txn: &WriteTransaction,
    id: OrganizationId,
    patch: &Map<String, Value>,
) -> Result<Model, ApiError> {
    if VERIFIED_BY.iter().any(|name| patch.contains_key(*name)) {
        verification::lock(txn).await?;
    }
    if patch.contains_key("status") {
        // It may become public, and be named.
        slug::lock(txn).await?;
    }
    rows::lock(txn, id)
        .await?
        .filter(|row| row.status != Status::Deleted)
        .ok_or_else(gone)
}

/// Writes the row. What becomes public for the first time gets the slug that it keeps.
async fn write(
    txn: &WriteTransaction,
    current: &Model,
    after: OrganizationInput,
    status: Status,
    handed_in_by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<Model, DbErr> {
    let slug = if status == Status::Published && current.status != status {
        let base = slug::base(&after.name, "organization");
        slug::on_publication(txn, slug::Records::Organizations, current.id.0, &base).await?
    } else {
        None
    };
    ActiveModel {
        id: Set(current.id),
        slug: slug.map_or(NotSet, Set),
        status: Set(status),
        posted_by: handed_in_by.map_or(NotSet, |account| Set(Some(account))),
        version: Set(current.version.saturating_add(1)),
        updated_at: Set(now),
        ..after.into_columns()
    }
    .update(&**txn)
    .await
}

/// The record with the patch applied, checked as a whole.
fn apply(
    patch: serde_json::Map<String, Value>,
    current: &Model,
) -> Result<OrganizationInput, ApiError> {
    let view = serde_json::to_value(OrganizationView::from(current.clone()))
        .map_err(|_| ApiError::Internal("a record has no JSON form"))?;
    let mut patched = view.clone();
    json_patch::merge(&mut patched, &Value::Object(patch));
    match patched {
        Value::Object(members) => Ok(OrganizationInput::read(members, Some(&view))?.normalized()),
        _ => Err(ApiError::Internal("a patched object is not an object")),
    }
}

/// A federation's word makes its members verified: what is public becomes one, or is none any more, by a
/// moderator.
fn check_type(role: ActorRole, before: &Model, after: &OrganizationInput) -> Result<(), ApiError> {
    let is_moderator = matches!(role, ActorRole::Moderator | ActorRole::Admin);
    let changes =
        (before.organization_type == FEDERATION) != (after.organization_type == FEDERATION);
    if changes && !is_moderator && before.status == Status::Published {
        return Err(ApiError::Forbidden(
            "only a moderator makes a listing a federation, or takes that from it".to_owned(),
        ));
    }
    Ok(())
}

/// Whoever has the domain of the website can become an owner: where it is, owners say.
fn check_website(
    role: ActorRole,
    before: &Model,
    after: &OrganizationInput,
) -> Result<(), ApiError> {
    if role == ActorRole::Editor && identity::has_moved(before, after.website.as_deref()) {
        return Err(ApiError::Forbidden(
            "/website: only an owner or a moderator moves the website to another domain, or removes it; an \
             editor may change the page"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Moderators set any status. Owners hand in again what is not listed (any more), and archive what is
/// public; only moderators give it back to the public.
fn next_status(
    role: ActorRole,
    current: Status,
    asked: Option<Status>,
) -> Result<Status, ApiError> {
    let Some(asked) = asked.filter(|asked| *asked != current) else {
        return Ok(current);
    };
    let is_allowed = match (role, current, asked) {
        (ActorRole::Moderator | ActorRole::Admin, ..)
        | (ActorRole::Owner, Status::Rejected | Status::Archived, Status::Pending)
        | (ActorRole::Owner, Status::Published, Status::Archived) => true,
        (ActorRole::Owner | ActorRole::Editor | ActorRole::Import | ActorRole::Time, ..) => false,
    };
    if is_allowed {
        Ok(asked)
    } else {
        Err(ApiError::Forbidden(
            "only a moderator may set this status; an owner may archive what is public, and hand in \
             (pending) again what was rejected or archived"
                .to_owned(),
        ))
    }
}

fn action(before: Status, after: Status) -> Action {
    match (before, after) {
        (before, after) if before == after => Action::Updated,
        (_, Status::Published) => Action::Published,
        (_, Status::Archived) => Action::Archived,
        (_, Status::Rejected) => Action::Rejected,
        (_, Status::Merged) => Action::Merged,
        (_, Status::Pending | Status::Deleted) => Action::Updated,
    }
}
