//! `POST /v1/auth/change-email`: the second half of a change of address.

use crate::auth::account::lock_account;
use crate::auth::register::MailedToken;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message, tokens};
use crate::state::AppState;
use actix_web::{HttpResponse, post, web};
use entity::account;
use entity::ids::AccountId;
use entity::mail::Template;
use entity::mail_token::Purpose;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, SqlErr};
use serde_json::json;

/// Confirm a new address
///
/// With the token of the mail to it. The old address is told.
#[utoipa::path(
    tag = "Access",
    request_body = MailedToken,
    responses(
        (status = 204, description = "The account has the new address"),
        (status = 409, description = "Another account has it", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
)]
#[post("/auth/change-email")]
pub async fn change_email(
    state: web::Data<AppState>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    confirm(&state, &MailedToken::read(body)?.token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the account of a mailed token the address the mail went to.
///
/// # Errors
/// A fault of `/token`, or a conflict when another account has the address.
pub async fn confirm(state: &AppState, token: &str) -> Result<(), ApiError> {
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    let known = tokens::look(&*txn, Purpose::ChangeEmail, token, now).await?;
    // Before the token: whoever changes the account ends its tokens.
    let id = AccountId(known.record_id);
    let account = lock_account(&txn, id).await?;
    let token = tokens::take(&*txn, Purpose::ChangeEmail, token, now).await?;
    let account = account
        .filter(|account| account.suspended_at.is_none())
        .ok_or_else(|| ApiError::field("/token", "is of an account that is no longer there"))?;
    let changed = account::ActiveModel {
        id: Set(id),
        email: Set(token.email),
        ..Default::default()
    }
    .update(&*txn)
    .await;
    match changed {
        Ok(_) => {}
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            return Err(ApiError::Conflict(
                "another account has this address".to_owned(),
            ));
        }
        Err(error) => return Err(error.into()),
    }
    // Links that went to the old address end.
    tokens::end(&*txn, Purpose::ChangeEmail, id.0).await?;
    tokens::end(&*txn, Purpose::ResetPassword, id.0).await?;
    let message = Message {
        template: Template::EmailChanged,
        recipient: account.email,
        parameters: json!({}),
    };
    mail::queue(&*txn, state.clock.new_id(), message, now).await?;
    txn.commit().await?;
    state.post.wake();
    Ok(())
}
