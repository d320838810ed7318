//! `POST /v1/organizations`.

use crate::auth::account::{Writer, lock_account};
use crate::changes::{Change, WriteTransaction, record};
use crate::duplicates::candidates::{Among, Duplicate, duplicates_of};
use crate::duplicates::keys;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::etag::etag;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::{FromParameters, Parameters, Query};
use crate::http::refresh::WriteParameters;
use crate::organizations::editor::OrganizationCreator;
use crate::organizations::input::OrganizationInput;
use crate::organizations::view::OrganizationView;
use crate::organizations::waiting;
use crate::slug;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};
use entity::change::{Action, Kind};
use entity::ids::OrganizationId;
use entity::membership::{self, MembershipRole};
use entity::organization::{ActiveModel, Model, Status};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};

/// Parameters of a listing.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CreateParameters {
    /// `reject` writes nothing when the organization may be listed already, and answers 409 with the
    /// listings. Otherwise they come with the 201.
    #[param(value_type = Option<OnDuplicate>, inline, required = false)]
    pub on_duplicate: Option<OnDuplicate>,
}

/// What to do when the organization may be listed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicate {
    /// Write nothing.
    Reject,
}

impl FromParameters for CreateParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            on_duplicate: parameters.choice("on_duplicate", &[("reject", OnDuplicate::Reject)]),
        }
    }
}

/// A new record, and what it may be another listing of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedOrganization {
    /// The record.
    #[serde(flatten)]
    pub organization: OrganizationView,
    /// Public listings that may be of the same organization, the most likely first; moderators are also
    /// told of those that wait. Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub possible_duplicates: Vec<Duplicate>,
}

/// List an organization
///
/// What a moderator posts is published at once; anybody else's waits as `pending`, and whoever
/// posts it owns it.
#[utoipa::path(
    tag = "Organizations",
    params(
        CreateParameters,
        WriteParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body(content = OrganizationInput, content_type = "application/json"),
    responses(
        (status = 201, description = "Listed", body = CreatedOrganization,
            headers(("Location" = String, description = "Path of the new record"), ("ETag" = String, description = "Entity tag, for If-Match")),
            links(("get" = (operation_id = "get_organization", parameters(("id" = "$response.body#/id")))))),
        (status = 409, description = "A request with this Idempotency-Key is still running; the account has as many listings that are not public as it may have; or, with `on_duplicate=reject`, it may be listed already: `duplicates` has the listings", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "What the request with this Idempotency-Key made has been deleted since", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("oauth2" = ["organizations:write"]))
)]
#[post("/organizations")]
pub async fn create_organization(
    state: web::Data<AppState>,
    OrganizationCreator(account): OrganizationCreator,
    request: HttpRequest,
    Query((create, write)): Query<(CreateParameters, WriteParameters)>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let claim = key.claim(account.caller(), &request, &body.raw)?;
    let input = OrganizationInput::read(body.members, None)?.normalized();
    let status = first_status(account, input.status)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &claim
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    // From here on nobody else names a record: of two requests at once, one sees the other's.
    slug::lock(&txn).await?;
    // Before anything refers to the account: whoever erases it meanwhile would wait for us, and we for them.
    lock_account(&txn, account.id).await?;
    let among = Among::for_moderator(account.is_moderator());
    let duplicates = duplicates_of(&*txn, &input, None, among).await?;
    if create.on_duplicate == Some(OnDuplicate::Reject) && !duplicates.is_empty() {
        return Err(ApiError::Duplicate(duplicates));
    }
    txn.charge(&account.actor(), body.raw.len(), state.clock.now());
    let row = insert(&state, &mut txn, account, input, status).await?;
    if !account.is_moderator() {
        waiting::check(&txn, account.id).await?;
    }
    let id = row.id;
    let sealed = txn.seal().await?;
    let number = sealed
        .number(Kind::Organization, id.0)
        .ok_or(ApiError::Internal("a new record has no change number"))?;
    let answer = answer(row, duplicates, number)?;
    if let Some(claim) = &claim {
        claim
            .store(&sealed, &answer, id.0, state.clock.now())
            .await?;
    }
    sealed.commit().await?;

    let mut response = HttpResponse::Created();
    response.content_type("application/json");
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    write
        .wait(
            &state.index,
            (Kind::Organization, id.0),
            number,
            &mut response,
        )
        .await;
    Ok(response.body(answer.body))
}

fn first_status(account: Writer, asked: Option<Status>) -> Result<Status, ApiError> {
    match (account.is_moderator(), asked) {
        (true, asked) => Ok(asked.unwrap_or(Status::Published)),
        (false, None | Some(Status::Pending)) => Ok(Status::Pending),
        (false, Some(_)) => Err(ApiError::field(
            "/status",
            "only a moderator may set it; leave it out and the record waits as pending",
        )),
    }
}

async fn insert(
    state: &AppState,
    txn: &mut WriteTransaction,
    account: Writer,
    input: OrganizationInput,
    status: Status,
) -> Result<Model, ApiError> {
    let id = state.clock.new_id();
    let base = slug::base(&input.name, "organization");
    let base = slug::of_new(base, status == Status::Published, id);
    let slug = slug::free(txn, slug::Records::Organizations, &base, &HashSet::new()).await?;
    let now = state.clock.now();
    let keys = keys::keys(&input);
    let row = ActiveModel {
        id: Set(OrganizationId(id)),
        slug: Set(slug),
        status: Set(status),
        posted_by: Set((!account.is_moderator()).then_some(account.id)),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..input.into_columns()
    }
    .insert(&**txn)
    .await?;
    keys::insert(&**txn, [(row.id, keys)]).await?;
    membership::Entity::insert(membership::ActiveModel {
        organization_id: Set(row.id),
        account_id: Set(account.id),
        role: Set(MembershipRole::Owner),
        created_at: Set(now),
    })
    .exec_without_returning(&**txn)
    .await?;
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: row.id.0,
            action: Action::Created,
            version: 1,
            actor: account.actor(),
            fields: json!([]),
            note: None,
            was_public: false,
            public: status == Status::Published,
            at: now,
        },
    );
    Ok(row)
}

fn answer(row: Model, duplicates: Vec<Duplicate>, number: i64) -> Result<Answer, ApiError> {
    let location = format!("/v1/organizations/{}", row.id);
    let view = CreatedOrganization {
        organization: row.into(),
        possible_duplicates: duplicates,
    };
    Ok(Answer {
        status: 201,
        headers: vec![("Location", location), ("ETag", etag(number))],
        body: serde_json::to_string(&view)
            .map_err(|_| ApiError::Internal("a record has no JSON form"))?,
    })
}
