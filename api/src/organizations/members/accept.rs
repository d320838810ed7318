//! `POST /v1/invitations/accept`.

use super::rows;
use crate::auth::account::Account;
use crate::auth::register::{self, MailedToken};
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::query::{NoParameters, Query};
use crate::mail::tokens;
use crate::organizations::{self, managed, schema};
use crate::state::AppState;
use actix_web::{HttpResponse, post, web};
use entity::account::Role;
use entity::ids::AccountId;
use entity::mail_token::Purpose;
use entity::membership::MembershipRole;
use entity::{account, invitation, mail_token, membership, organization};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What one may do from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "role": "editor"}))]
pub struct Accepted {
    /// For which organization.
    pub organization_id: Uuid,
    /// In which role.
    #[schema(schema_with = schema::membership_role)]
    pub role: MembershipRole,
}

/// What an invited person without an account chooses.
pub struct Newcomer {
    /// What to call them.
    pub name: Option<String>,
    /// PHC string of the password.
    pub password_hash: String,
}

/// Accept an invitation
///
/// With the token of the mail, logged in to the account whose address was invited.
#[utoipa::path(
    tag = "Access",
    request_body = MailedToken,
    responses((status = 200, description = "You speak for the organization", body = Accepted)),
    security(("bearer" = []))
)]
#[post("/invitations/accept")]
pub async fn accept_invitation(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let MailedToken { token } = MailedToken::read(body)?;
    let now = state.clock.now();
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = lock_invited(&state, &txn, &token).await?;
    let token = tokens::take(&*txn, Purpose::Invitation, &token, now).await?;
    let account = account::Entity::find_by_id(account.id)
        .one(&*txn)
        .await?
        .ok_or_else(crate::auth::tokens::invalid_token)?;
    if account.email != token.email {
        return Err(ApiError::Forbidden(
            "the invitation is for another address; log in with the one it was sent to".to_owned(),
        ));
    }
    let accepted = accept(&state, &mut txn, &row, &token, account.id).await?;
    txn.commit().await?;
    Ok(HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .json(accepted))
}

/// Accepts an invitation for whoever has the invited address: the token went there. Somebody without an
/// account gets one, as what a newcomer says; the address needs no other proof.
///
/// # Errors
/// A fault of `/token`; 400 when there is no account and no newcomer.
pub async fn accept_as_newcomer(
    state: &AppState,
    token: &str,
    newcomer: Option<Newcomer>,
) -> Result<(), ApiError> {
    let now = state.clock.now();
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let row = lock_invited(state, &txn, token).await?;
    let token = tokens::take(&*txn, Purpose::Invitation, token, now).await?;
    let known = account::Entity::find_by_login(&token.email)
        .one(&*txn)
        .await?;
    let account = match (known, newcomer) {
        (Some(account), _) if account.suspended_at.is_some() => {
            return Err(ApiError::Forbidden("this account is suspended".to_owned()));
        }
        (Some(account), _) => account.id,
        (None, Some(newcomer)) => {
            let id = AccountId(state.clock.new_id());
            let account = account::ActiveModel {
                id: Set(id),
                email: Set(token.email.clone()),
                name: Set(newcomer.name),
                role: Set(Role::Member),
                password_hash: Set(newcomer.password_hash),
                created_at: Set(now),
                suspended_at: Set(None),
            };
            register::insert(&*txn, account).await?;
            register::forget(&*txn, &token.email).await?;
            id
        }
        (None, None) => {
            return Err(ApiError::field(
                "/password",
                "is required: there is no account yet",
            ));
        }
    };
    accept(state, &mut txn, &row, &token, account).await?;
    txn.commit().await?;
    Ok(())
}

/// Whoever invited must still be somebody who may.
async fn check_inviter(
    txn: &WriteTransaction,
    invitation: &invitation::Model,
) -> Result<(), ApiError> {
    let inviter = account::Entity::find_by_id(invitation.invited_by)
        .one(&**txn)
        .await?
        .filter(|inviter| inviter.suspended_at.is_none());
    let ids = (invitation.organization_id, invitation.invited_by);
    let membership = membership::Entity::find_by_id(ids).one(&**txn).await?;
    let is_owner = membership.is_some_and(|membership| membership.role == MembershipRole::Owner);
    if inviter.is_some_and(|inviter| is_owner || inviter.role >= Role::Moderator) {
        return Ok(());
    }
    Err(ApiError::field(
        "/token",
        "is of an invitation by somebody who no longer speaks for the organization",
    ))
}

/// The organization that a token invites to, locked: it comes before the token in the order of locks.
async fn lock_invited(
    state: &AppState,
    txn: &WriteTransaction,
    token: &str,
) -> Result<organization::Model, ApiError> {
    let now = state.clock.now();
    let token = tokens::look(&**txn, Purpose::Invitation, token, now).await?;
    let invitation = invitation::Entity::find_by_id(token.record_id)
        .one(&**txn)
        .await?
        .ok_or_else(|| ApiError::field("/token", "is of an invitation that was withdrawn"))?;
    organizations::rows::lock_present(txn, invitation.organization_id).await
}

async fn accept(
    state: &AppState,
    txn: &mut WriteTransaction,
    row: &organization::Model,
    token: &mail_token::Model,
    account: AccountId,
) -> Result<Accepted, ApiError> {
    let now = state.clock.now();
    let invitation = invitation::Entity::find_by_id(token.record_id)
        .one(&**txn)
        .await?
        .filter(|invitation| invitation.expires_at > now)
        .ok_or_else(|| ApiError::field("/token", "is of an invitation that was withdrawn"))?;
    let (organization, role) = (invitation.organization_id, invitation.role);
    check_inviter(txn, &invitation).await?;
    let joined = rows::add(&**txn, organization, account, role, now).await?;
    tokens::end(&**txn, Purpose::Invitation, invitation.id).await?;
    invitation::Entity::delete_by_id(invitation.id)
        .exec(&**txn)
        .await?;
    let ended = managed::invitation(invitation.id, Some(role), None);
    let actor = Actor {
        account: Some(account.0),
        role: role.into(),
        source: None,
    };
    let fields = joined.into_iter().chain([ended]).collect();
    managed::note(txn, row, actor, fields, now);
    Ok(Accepted {
        organization_id: organization.0,
        role,
    })
}
