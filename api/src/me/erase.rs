//! `DELETE /v1/me`.

use super::account::{check_length, load, verify};
use crate::auth::account::{Account, lock_account};
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::JsonIfSent;
use crate::http::idempotency;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::mail;
use crate::moderation::standing;
use crate::organizations::{self, managed};
use crate::state::AppState;
use crate::verification;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use entity::account as row;
use entity::change::ActorRole;
use entity::claim;
use entity::ids::AccountId;
use entity::mail::Template;
use entity::{
    account_usage, invitation, mail as letter, mail_token, membership, organization, registration,
    report,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// What it takes to erase an account.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct horse battery"}))]
pub struct Farewell {
    /// The password as it is: a log-in that somebody left open, or stole, erases nothing.
    #[schema(max_length = 1024, format = Password)]
    pub current_password: String,
}

impl Farewell {
    /// The password. Without a body it is missing.
    fn read(body: JsonIfSent) -> Result<String, ApiError> {
        let mut members = Members::new(body.0.map_or_else(Map::new, |body| body.members));
        let password = members.required_text("current_password");
        let mut faults = members.finish();
        check_length(Some(&password), &mut faults);
        faults.or_none(password)
    }
}

fn not_present() -> ApiError {
    ApiError::field("/current_password", "must be the present password")
}

/// Erase your account
///
/// With your password: after some wrong ones in a row it waits longer and longer, as the log-in does. Your name,
/// address and password are erased, your log-ins end, and you no longer speak for any
/// organization. The organizations' listings stay, even if nobody is left who speaks for them: they are theirs,
/// and can be claimed. What you proved for them no longer counts.
#[utoipa::path(
    tag = "Access",
    request_body = Farewell,
    responses(
        (status = 204, description = "Erased"),
        (status = 409, description = "This is the last admin", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/me")]
pub async fn delete_me(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    _: Query<NoParameters>,
    body: JsonIfSent,
) -> Result<HttpResponse, ApiError> {
    let password = Farewell::read(body)?;
    let seen = load(&state, account).await?;
    let attempt = verify(&state, &request, Some(password), &seen)
        .await?
        .ok_or_else(not_present)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    let claimed = claim::Entity::proven_by(account.id).all(&*txn).await?;
    let claimed: BTreeSet<_> = claimed
        .into_iter()
        .map(|claim| claim.organization_id)
        .collect();
    for id in &claimed {
        organizations::rows::lock(&txn, *id).await?;
    }
    standing::check_not_last_admin(&txn, account.id).await?;
    // As it is now: its address may have changed since the request came.
    let row = lock_account(&txn, account.id)
        .await?
        .ok_or_else(crate::auth::tokens::invalid_token)?;
    // Somebody may have set another password meanwhile: then the present one was not given.
    if row.password_hash != seen.password_hash {
        return Err(not_present());
    }
    attempt.succeeded(&txn).await?;
    note_leaving(&mut txn, row.id, state.clock.now()).await?;
    erase(&*txn, row).await?;
    // The proofs went with the account.
    let actor = Actor {
        account: None,
        role: ActorRole::Owner,
        source: None,
    };
    let claimed: Vec<_> = claimed.into_iter().collect();
    verification::recompute(&mut txn, &claimed, &state.clock, &actor).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The histories of those it spoke for tell that it left.
async fn note_leaving(
    txn: &mut WriteTransaction,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let memberships = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .all(&**txn)
        .await?;
    let ids = memberships
        .iter()
        .map(|membership| membership.organization_id);
    let listings = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .all(&**txn)
        .await?;
    let listings: HashMap<_, _> = listings.into_iter().map(|row| (row.id, row)).collect();
    for membership in memberships {
        let Some(listing) = listings.get(&membership.organization_id) else {
            continue;
        };
        let actor = Actor {
            account: None,
            role: membership.role.into(),
            source: None,
        };
        let left = managed::member(account, Some(membership.role), None);
        managed::note(txn, listing, actor, vec![left], now);
    }
    Ok(())
}

/// Removes an account and whatever else knows its address. Log-ins and memberships go with the row.
async fn erase(txn: &impl ConnectionTrait, row: row::Model) -> Result<(), DbErr> {
    registration::Entity::delete_many()
        .filter(registration::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    letter::Entity::delete_many()
        .filter(letter::Column::Recipient.eq(&row.email))
        .exec(txn)
        .await?;
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    // After their tokens, as whoever accepts one takes them.
    invitation::Entity::delete_many()
        .filter(invitation::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    idempotency::forget_address(txn, &row.email).await?;
    mail::queue::withdraw_change_of_email(txn, row.id).await?;
    // What went to an address that was to be the new one.
    let asked: Vec<String> = mail_token::Entity::find()
        .select_only()
        .column(mail_token::Column::Email)
        .filter(mail_token::Column::RecordId.eq(row.id.0))
        .into_tuple()
        .all(txn)
        .await?;
    let sent = letter::Entity::find()
        .filter(letter::Column::Template.eq(Template::ChangeEmail))
        .filter(letter::Column::Recipient.is_in(asked))
        .all(txn)
        .await?;
    let record_id = json!(row.id);
    let own = sent
        .into_iter()
        .filter(|letter| letter.parameters["record_id"] == record_id);
    letter::Entity::delete_many()
        .filter(letter::Column::Id.is_in(own.map(|letter| letter.id)))
        .exec(txn)
        .await?;
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::RecordId.eq(row.id.0))
        .exec(txn)
        .await?;
    report::Entity::update_many()
        .col_expr(report::Column::Email, Expr::value(None::<String>))
        .filter(report::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    organization::Entity::update_many()
        .col_expr(
            organization::Column::PostedBy,
            Expr::value(None::<AccountId>),
        )
        .filter(organization::Column::PostedBy.eq(row.id))
        .exec(txn)
        .await?;
    account_usage::Entity::delete_many()
        .filter(account_usage::Column::AccountId.eq(row.id))
        .exec(txn)
        .await?;
    row::Entity::delete_by_id(row.id).exec(txn).await?;
    Ok(())
}
