//! `POST /v1/organizations/{id}/merge`.

use crate::auth::account::{Account, Moderator};
use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::distinct::named;
use crate::duplicates::{keys, moving};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::idempotency;
use crate::http::members::Members;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::moderation::note;
use crate::organizations::editor::{find, gone, not_found};
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::view::OrganizationView;
use crate::organizations::{managed, rows};
use crate::state::AppState;
use crate::verification;
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use entity::change::{Action, Kind};
use entity::organization::{self, ActiveModel, Model, Status};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Where to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into": "rochdale-society-of-equitable-pioneers"}))]
pub struct Merge {
    /// Id or slug of the public record that is left.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"
    )]
    pub into: String,
    /// What the editors are told about it.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub note: Option<String>,
}

impl Merge {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let merge = Self {
            into: members.required_text("into"),
            note: note::read(&mut members, "note"),
        };
        members.finish().or_none(merge)
    }
}

/// Merge an organization into another
///
/// For two listings of one organization. The data of this one is erased, its id and slug lead to the one that
/// is left. Whoever speaks for it speaks for that one too, if this one was public and that one has no owner
/// yet, or if the domain of that one was proven by a claim to this one. The survivor keeps its own data. The
/// owners of both get a mail with the note. Done twice is done once.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug of the record that goes", example = "rochdale-pioneers-2", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body(content = Merge, content_type = "application/json"),
    responses(
        (status = 200, description = "The record that is left", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of its new version"))),
        (status = 409, description = "One of the two was merged elsewhere or deleted, or the other is not public", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/merge")]
pub async fn merge_organization(
    state: web::Data<AppState>,
    Moderator(account): Moderator,
    id: web::Path<String>,
    Query(parameters): Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let merge = Merge::read(body)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    let (gone, survivor) = lock_both(&txn, &id, &merge.into).await?;
    let gone_id = gone.id.0;
    let (survivor, number) = if gone.merged_into == Some(survivor.id) {
        let number = rows::change_number(&*txn, survivor.id).await?;
        drop(txn);
        (survivor, number)
    } else {
        check(&gone, &survivor)?;
        let now = state.clock.now();
        let what = format!("merged into the one of {}", survivor.name);
        tell_owners(&txn, &state.clock, &gone, &what, merge.note.as_deref()).await?;
        let what = format!("merged with another of {}", gone.name);
        tell_owners(&txn, &state.clock, &survivor, &what, merge.note.as_deref()).await?;
        let members = moving::move_all(&txn, gone.id, survivor.id).await?;
        managed::note(&mut txn, &survivor, account.actor(), members, now);
        let (one, other) = (gone.id, survivor.id);
        write(&mut txn, account, gone, survivor, merge.note, now).await?;
        let actor = account.actor();
        verification::recompute(&mut txn, &[one, other], &state.clock, &actor).await?;
        let survivor = rows::lock(&txn, other).await?.ok_or_else(not_found)?;
        let sealed = txn.seal().await?;
        let number = sealed
            .number(Kind::Organization, survivor.id.0)
            .ok_or(ApiError::Internal("a change has no number"))?;
        sealed.commit().await?;
        state.post.wake();
        (survivor, number)
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ETAG, etag(number)));
    for id in [gone_id, survivor.id.0] {
        parameters
            .wait(&state.index, (Kind::Organization, id), number, &mut answer)
            .await;
    }
    Ok(answer.json(OrganizationView::from(survivor)))
}

/// Both rows as they are now, locked in the order of their ids: two merges at once never wait for each
/// other in a ring.
async fn lock_both(
    txn: &WriteTransaction,
    from: &str,
    into: &str,
) -> Result<(Model, Model), ApiError> {
    let from = find(&**txn, organization::Entity::find(), from)
        .await?
        .ok_or_else(not_found)?
        .id;
    let into = named(&**txn, into, "/into").await?.id;
    if from == into {
        return Err(ApiError::field("/into", "names the record itself"));
    }
    let first = rows::lock(txn, from.min(into))
        .await?
        .ok_or_else(not_found)?;
    let second = rows::lock(txn, from.max(into))
        .await?
        .ok_or_else(not_found)?;
    if first.id == from {
        Ok((first, second))
    } else {
        Ok((second, first))
    }
}

fn check(from: &Model, into: &Model) -> Result<(), ApiError> {
    match (from.status, into.status) {
        (Status::Deleted, _) => Err(gone()),
        (Status::Merged, _) => Err(ApiError::Conflict(
            "this record was merged into another already".to_owned(),
        )),
        (_, Status::Merged) => Err(ApiError::Conflict(
            "the other record was merged into a third; merge into that one".to_owned(),
        )),
        (_, Status::Published) => Ok(()),
        (_, Status::Pending | Status::Archived | Status::Rejected | Status::Deleted) => {
            Err(ApiError::Conflict(
                "the other record is not public; publish it first, or merge the other way round"
                    .to_owned(),
            ))
        }
    }
}

/// Turns the one into a tombstone that leads to the other; both histories tell.
async fn write(
    txn: &mut WriteTransaction,
    account: Account,
    gone: Model,
    survivor: Model,
    note: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let version = gone.version.saturating_add(1);
    ActiveModel {
        id: Set(gone.id),
        status: Set(Status::Merged),
        version: Set(version),
        updated_at: Set(now),
        merged_into: Set(Some(survivor.id)),
        ..rows::tombstone()
    }
    .update(&**txn)
    .await?;
    keys::delete(&**txn, gone.id).await?;
    rows::erase_history(txn, gone.id).await?;
    idempotency::forget(txn, [gone.id.0]).await?;
    let survivor = ActiveModel {
        id: Set(survivor.id),
        version: Set(survivor.version.saturating_add(1)),
        updated_at: Set(now),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    let mut tell = |id, version, field: Value, was_public, public| {
        record(
            txn,
            Change {
                kind: Kind::Organization,
                id,
                action: Action::Merged,
                version,
                actor: account.actor(),
                fields: json!([field]),
                note: note.clone(),
                was_public,
                public,
                at: now,
            },
        );
    };
    let led = json!({"pointer": "/merged_into", "from": null, "to": survivor.id});
    tell(
        gone.id.0,
        version,
        led,
        gone.status == Status::Published,
        false,
    );
    let took = json!({"pointer": "/merged_from", "from": null, "to": gone.id});
    tell(survivor.id.0, survivor.version, took, true, true);
    Ok(())
}
