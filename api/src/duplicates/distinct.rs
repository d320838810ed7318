//! `/v1/organizations/{id}/not-duplicates`: what a moderator told apart is not proposed again.

use crate::auth::account::{Account, Moderator};
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::{find, gone, not_found};
use crate::organizations::managed;
use crate::state::AppState;
use actix_web::{HttpResponse, delete, post, web};
use chrono::{DateTime, Utc};
use entity::distinct_pair::{self, ActiveModel, Entity, pair};
use entity::organization::{self, Model, Status};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, TryInsertResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which record is of another organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"other": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"}))]
pub struct NotDuplicates {
    /// Id or slug of the other record.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"
    )]
    pub other: String,
}

/// Say that two listings are not duplicates
///
/// They are of two organizations, and are not proposed as duplicates again. Done twice is done once.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200)),
    request_body(content = NotDuplicates, content_type = "application/json"),
    responses(
        (status = 204, description = "Noted"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/not-duplicates")]
pub async fn create_not_duplicates(
    state: web::Data<AppState>,
    Moderator(account): Moderator,
    id: web::Path<String>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let mut members = Members::new(body.members);
    let name = members.required_text("other");
    members.finish().or_none(())?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let record = listed(&*txn, &id).await?;
    let other = named(&*txn, &name, "/other").await?;
    if record.id == other.id {
        return Err(ApiError::field("/other", "names the same record"));
    }
    let (low, high) = pair(record.id, other.id);
    let noted = Entity::insert(ActiveModel {
        low: Set(low),
        high: Set(high),
        decided_by: Set(account.id),
        decided_at: Set(state.clock.now()),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(&*txn)
    .await?;
    let rows_affected = match noted {
        TryInsertResult::Inserted(rows) => rows,
        TryInsertResult::Empty | TryInsertResult::Conflicted => 0,
    };
    if rows_affected > 0 {
        let now = state.clock.now();
        note(&mut txn, account, [&record, &other], (false, true), now);
    }
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take back that two listings are not duplicates
///
/// They may be proposed as duplicates again. Done twice is done once.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("other" = String, Path, description = "Id or slug of the other", example = "toad-lane-store", min_length = 1, max_length = 200),
    ),
    responses((status = 204, description = "Taken back")),
    security(("bearer" = []))
)]
#[delete("/organizations/{id}/not-duplicates/{other}")]
pub async fn delete_not_duplicates(
    state: web::Data<AppState>,
    Moderator(account): Moderator,
    path: web::Path<(String, String)>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let (id, other) = path.into_inner();
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let find = async |name: &str| {
        find(&*txn, organization::Entity::find(), name)
            .await?
            .ok_or_else(not_found)
    };
    let (record, other) = (find(&id).await?, find(&other).await?);
    let key = pair(record.id, other.id);
    let deleted = distinct_pair::Entity::delete_by_id(key).exec(&*txn).await?;
    if deleted.rows_affected > 0 {
        let now = state.clock.now();
        note(&mut txn, account, [&record, &other], (true, false), now);
    }
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Both histories tell whether the two count as different organizations; but none names a record that was
/// never public.
fn note(
    txn: &mut WriteTransaction,
    account: Account,
    [one, other]: [&Model; 2],
    (from, to): (bool, bool),
    now: DateTime<Utc>,
) {
    for (row, twin) in [(one, other), (other, one)] {
        if !matches!(twin.status, Status::Published | Status::Archived) {
            continue;
        }
        let field = managed::field("not_duplicates", twin.id.0, from, to);
        managed::note(txn, row, account.actor(), vec![field], now);
    }
}

/// The record of the path: 404 when there is none, 410 when there is no longer.
async fn listed(db: &impl ConnectionTrait, name: &str) -> Result<Model, ApiError> {
    let row = find(db, organization::Entity::find(), name)
        .await?
        .ok_or_else(not_found)?;
    if matches!(row.status, Status::Deleted | Status::Merged) {
        return Err(gone());
    }
    Ok(row)
}

/// The record that a member of a moderator's request names, by id or slug.
///
/// # Errors
/// A fault of `pointer` when there is none.
pub async fn named(
    db: &impl ConnectionTrait,
    name: &str,
    pointer: &str,
) -> Result<Model, ApiError> {
    find(db, organization::Entity::find(), name)
        .await?
        .ok_or_else(|| ApiError::field(pointer, "is not the id or slug of an organization"))
}
