//! `DELETE /v1/organizations/{id}/attestations/{attestation_id}`.

use crate::auth::account::Account;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::organizations::attestations::find::find;
use crate::organizations::editor::OrganizationReader;
use crate::organizations::{managed, rows};
use crate::state::AppState;
use crate::verification;
use actix_web::{HttpResponse, delete, web};
use entity::attestation::{Column, Entity, Model};
use entity::change::{ActorRole, Kind};
use entity::{membership, organization};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

/// Take an attestation back
///
/// By editors of its issuer and by moderators. It stays in the list of the organization's editors; the
/// level of the organization, and of all that stand on it, follows at once. Twice is once.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("attestation_id" = Uuid, Path, description = "Id of the attestation"),
        WriteParameters,
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 410, description = "The organization is no longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/organizations/{id}/attestations/{attestation_id}")]
pub async fn delete_attestation(
    state: web::Data<AppState>,
    account: Account,
    reader: OrganizationReader,
    path: web::Path<(String, String)>,
    parameters: Query<WriteParameters>,
) -> Result<HttpResponse, ApiError> {
    let viewer = organization::Viewer::Account(account.id, account.role);
    let row = find(&state, viewer, &reader, &path.1).await?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    // As it is now: a merge may have moved it.
    let row = Entity::find_by_id(row.id)
        .one(&*txn)
        .await?
        .ok_or_else(crate::organizations::editor::gone)?;
    let organization = rows::lock(&txn, row.organization_id)
        .await?
        .ok_or_else(crate::organizations::editor::gone)?;
    check(&txn, account, &row).await?;
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(state.clock.now()))
        .filter(Column::Id.eq(row.id))
        .filter(Column::RevokedAt.is_null())
        .exec(&*txn)
        .await?;
    let mut answer = HttpResponse::NoContent();
    if revoked.rows_affected == 0 {
        return Ok(answer.finish());
    }
    let mut actor = account.actor();
    if !account.is_moderator() {
        actor.role = ActorRole::Editor;
    }
    let of = row.organization_id;
    let said = json!({"kind": row.kind, "issuer": row.issuer});
    let field = managed::field("attestations", row.id, said, Value::Null);
    let now = state.clock.now();
    managed::note(&mut txn, &organization, actor.clone(), vec![field], now);
    verification::recompute(&mut txn, &[of], &state.clock, &actor).await?;
    let sealed = txn.seal().await?;
    let number = sealed.number(Kind::Organization, of.0);
    sealed.commit().await?;
    if let Some(number) = number {
        let key = (Kind::Organization, of.0);
        parameters
            .0
            .wait(&state.index, key, number, &mut answer)
            .await;
    }
    Ok(answer.finish())
}

/// Whether the account may take it back.
async fn check(txn: &WriteTransaction, account: Account, row: &Model) -> Result<(), ApiError> {
    if account.is_moderator() {
        return Ok(());
    }
    if let Some(issuer) = row.issuer_organization_id
        && membership::Entity::find_by_id((issuer, account.id))
            .one(&**txn)
            .await?
            .is_some()
    {
        return Ok(());
    }
    Err(ApiError::Forbidden(
        "only the issuer's editors and moderators may take an attestation back".to_owned(),
    ))
}
