//! `POST /v1/organizations/{id}/attestations`.

use crate::auth::account::Account;
use crate::changes::{Actor, WriteTransaction, deadlines};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::organizations::attestations::input::AttestationInput;
use crate::organizations::attestations::issuer::Issuer;
use crate::organizations::attestations::view::AttestationView;
use crate::organizations::editor::OrganizationReader;
use crate::organizations::{managed, rows};
use crate::state::AppState;
use crate::verification;
use actix_web::{HttpRequest, HttpResponse, post, web};
use entity::attestation::{ActiveModel, Column, Entity, Model};
use entity::change::Kind;
use entity::deadline;
use entity::ids::OrganizationId;
use entity::organization::Viewer;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

/// Attestations of an organization that are not over, at most: its view lists them.
const MOST: u64 = 100;

/// Attest an organization
///
/// Moderators attest anything, in any name. A federation that is verified attests the membership of
/// others; any organization that is verified vouches for others. The level of the organization, and of
/// all that stand on it, follows at once.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        WriteParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body(content = AttestationInput, content_type = "application/json"),
    responses(
        (status = 201, description = "Attested", body = AttestationView,
            headers(("Location" = String, description = "Path of the attestation")),
            links(
                ("get" = (operation_id = "get_attestation", parameters(("id" = "$request.path.id"), ("attestation_id" = "$response.body#/id")))),
                ("revoke" = (operation_id = "delete_attestation", parameters(("id" = "$request.path.id"), ("attestation_id" = "$response.body#/id")))),
            )),
        (status = 409, description = "The issuer attests this already, there are as many as there can be, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/attestations")]
pub async fn create_attestation(
    state: web::Data<AppState>,
    account: Account,
    reader: OrganizationReader,
    request: HttpRequest,
    parameters: Query<WriteParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let claim = key.claim(account.id.0, &request, &body.raw)?;
    let input = AttestationInput::read(body.members, state.clock.now())?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &claim
        && let Some(answer) = claim
            .stored(&mut txn, &account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    verification::lock(&txn).await?;
    let of = reader.organization.id;
    let organization = rows::lock_present(&txn, of).await?;
    let issuer = Issuer::of(&txn, account, of, &input).await?;
    let actor = actor(account, &issuer);
    let row = insert(&state, &txn, account, of, issuer, input).await?;
    let said = json!({"kind": row.kind, "issuer": row.issuer});
    let field = managed::field("attestations", row.id, Value::Null, said);
    let now = state.clock.now();
    managed::note(&mut txn, &organization, actor.clone(), vec![field], now);
    verification::recompute(&mut txn, &[of], &state.clock, &actor).await?;
    let viewer = Viewer::Account(account.id, account.role);
    let answer = answer(row, viewer)?;
    let sealed = txn.seal().await?;
    let number = sealed.number(Kind::Organization, of.0);
    if let Some(claim) = &claim {
        claim
            .store(&sealed, &answer, of.0, state.clock.now())
            .await?;
    }
    sealed.commit().await?;

    let mut response = HttpResponse::Created();
    response.content_type("application/json");
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    if let Some(number) = number {
        let key = (Kind::Organization, of.0);
        parameters
            .0
            .wait(&state.index, key, number, &mut response)
            .await;
    }
    Ok(response.body(answer.body))
}

/// The path of an attestation.
fn path(of: OrganizationId, id: uuid::Uuid) -> String {
    format!("/v1/organizations/{of}/attestations/{id}")
}

/// Whoever vouches for another edits the issuer, not the record.
fn actor(account: Account, issuer: &Issuer) -> Actor {
    let mut actor = account.actor();
    if issuer.organization.is_some() {
        actor.role = entity::change::ActorRole::Editor;
    }
    actor
}

async fn insert(
    state: &AppState,
    txn: &WriteTransaction,
    account: Account,
    of: OrganizationId,
    issuer: Issuer,
    input: AttestationInput,
) -> Result<Model, ApiError> {
    let now = state.clock.now();
    let live = Entity::live(now).filter(Column::OrganizationId.eq(of));
    if let Some(organization) = issuer.organization {
        let same = live
            .clone()
            .filter(Column::IssuerOrganizationId.eq(organization))
            .filter(Column::Kind.eq(input.kind))
            .one(&**txn)
            .await?;
        if let Some(same) = same {
            return Err(ApiError::Conflict(format!(
                "{} attests this already: {}",
                issuer.name,
                path(of, same.id)
            )));
        }
    }
    if live.count(&**txn).await? >= MOST {
        return Err(ApiError::Conflict(format!(
            "an organization has at most {MOST} attestations"
        )));
    }
    if input.valid_from > now {
        deadlines::note(txn, deadline::Kind::Verification, of.0, input.valid_from).await?;
    }
    let row = ActiveModel {
        id: Set(state.clock.new_id()),
        organization_id: Set(of),
        kind: Set(input.kind),
        authority: Set(issuer.authority),
        issuer: Set(issuer.name),
        issuer_organization_id: Set(issuer.organization),
        issued_by: Set(account.id),
        evidence_url: Set(input.evidence_url),
        valid_from: Set(input.valid_from),
        valid_to: Set(input.valid_to),
        created_at: Set(now),
        revoked_at: Set(None),
    };
    Ok(row.insert(&**txn).await?)
}

fn answer(row: Model, viewer: Viewer) -> Result<Answer, ApiError> {
    let location = path(row.organization_id, row.id);
    Ok(Answer {
        status: 201,
        headers: vec![("Location", location)],
        body: serde_json::to_string(&AttestationView::of(row, viewer))
            .map_err(|_| ApiError::Internal("an attestation has no JSON form"))?,
    })
}
