//! `POST|GET|DELETE /v1/organizations/{id}/takedown`: contact data of people that is shown no more.

use crate::auth::account::Account;
use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::keys;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::idempotency;
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::http::query::{NoParameters, Query};
use crate::http::refresh::WriteParameters;
use crate::moderation::note;
use crate::organizations::editor::ModeratedOrganization;
use crate::organizations::input::OrganizationInput;
use crate::organizations::tell_owners::tell_owners;
use crate::organizations::view::OrganizationView;
use crate::organizations::withheld::{FIELDS, empty, erase_history};
use crate::organizations::{managed, rows};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use entity::change::{Action, Kind};
use entity::organization::{ActiveModel, Model, Status, Strings};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What to take down.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fields": ["email", "address.street"], "note": "A private address."}))]
pub struct Takedown {
    /// The fields.
    #[schema(schema_with = crate::organizations::withheld::some)]
    pub fields: Vec<String>,
    /// Why; the record's editors and moderators see it in the history.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub note: Option<String>,
}

/// What is taken down of a record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"fields": ["address.street", "email"]}))]
pub struct Withheld {
    /// The fields that no import may fill.
    #[schema(schema_with = crate::organizations::withheld::schema)]
    pub fields: Vec<String>,
}

impl Takedown {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let takedown = Self {
            fields: members.strings("fields", FIELDS.len()),
            note: note::read(&mut members, "note"),
        };
        let mut faults = members.finish();
        if takedown.fields.is_empty() && faults.as_slice().is_empty() {
            faults.push(Fault::new("/fields", "name at least one field"));
        }
        for (index, field) in takedown.fields.iter().enumerate() {
            if !field.is_empty() && !FIELDS.contains(&field.as_str()) {
                let detail = format!("must be one of {}", FIELDS.join(", "));
                faults.push(Fault::new(format!("/fields/{index}"), detail));
            }
        }
        faults.or_none(takedown)
    }
}

/// Take down contact data
///
/// The fields are emptied, their values erased from the history too, and no import fills them again. The
/// record's editors may: what they write themselves is theirs to show. Its owners get a mail with the note.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
    ),
    request_body = Takedown,
    responses(
        (status = 200, description = "Taken down", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag of the new version"))),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/takedown")]
pub async fn take_down_organization_fields(
    state: web::Data<AppState>,
    moderated: ModeratedOrganization,
    parameters: Query<WriteParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let Takedown { fields, note } = Takedown::read(body)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let current = rows::lock_present(&txn, moderated.organization.id).await?;
    let id = current.id;
    erase_history(&txn, id, &fields).await?;
    let what = format!("relieved of its {}", fields.join(", "));
    tell_owners(&txn, &state.clock, &current, &what, note.as_deref()).await?;
    let row = write(&state, &mut txn, current, moderated.account, &fields, note).await?;
    let view = OrganizationView::from(row);
    let body = serde_json::to_string(&view)
        .map_err(|_| ApiError::Internal("a record has no JSON form"))?;
    idempotency::replace(&txn, id.0, &format!("/v1/organizations/{id}"), &body).await?;
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
        .0
        .wait(&state.index, key, number, &mut answer)
        .await;
    Ok(answer.json(view))
}

/// Empties the fields and notes that they are withheld. The change tells which, never what they were.
async fn write(
    state: &AppState,
    txn: &mut WriteTransaction,
    current: Model,
    account: Account,
    fields: &[String],
    note: Option<String>,
) -> Result<Model, ApiError> {
    let now = state.clock.now();
    let mut withheld: BTreeSet<_> = current.withheld.0.iter().cloned().collect();
    withheld.extend(fields.iter().cloned());
    let pointers: BTreeSet<_> = fields
        .iter()
        .filter_map(|field| field.split('.').next())
        .collect();
    let pointers = pointers
        .into_iter()
        .map(|name| json!({"pointer": format!("/{name}")}));
    let pointers = Value::Array(pointers.collect());
    let (id, status, version) = (current.id, current.status, current.version);
    let before = OrganizationInput::from(current);
    let mut input = before.clone();
    for field in fields {
        empty(&mut input, field);
    }
    let row = ActiveModel {
        id: Set(id),
        withheld: Set(Strings(withheld.into_iter().collect())),
        version: Set(version.saturating_add(1)),
        updated_at: Set(now),
        ..input.clone().normalized().into_columns()
    }
    .update(&**txn)
    .await?;
    keys::update(&**txn, id, &before, &input).await?;
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: id.0,
            action: Action::Updated,
            version: row.version,
            actor: account.actor(),
            fields: pointers,
            note,
            was_public: status == Status::Published,
            public: status == Status::Published,
            at: now,
        },
    );
    Ok(row)
}

/// What is taken down
///
/// The fields that no import fills.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 200, description = "The fields that no import may fill", body = Withheld),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/takedown")]
pub async fn get_organization_takedown(
    moderated: ModeratedOrganization,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let fields = moderated.organization.withheld.0;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Withheld { fields }))
}

/// Undo a takedown
///
/// From now on imports may fill every field again. What was erased does not come back by this.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 204, description = "Nothing is withheld"),
        (status = 410, description = "Deleted or merged", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/organizations/{id}/takedown")]
pub async fn delete_organization_takedown(
    state: web::Data<AppState>,
    moderated: ModeratedOrganization,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = rows::lock_present(&txn, moderated.organization.id).await?;
    let actor = moderated.account.actor();
    let fields = if row.withheld.0.is_empty() {
        Vec::new()
    } else {
        vec![json!({"pointer": "/withheld", "from": row.withheld.0, "to": []})]
    };
    managed::note(&mut txn, &row, actor, fields, state.clock.now());
    ActiveModel {
        id: Set(row.id),
        withheld: Set(Strings::default()),
        ..Default::default()
    }
    .update(&*txn)
    .await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
