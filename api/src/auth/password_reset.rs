//! Forgotten passwords.

use crate::auth::account::lock_account;
use crate::auth::register::{check_email, check_password};
use crate::auth::throttle::Attempt;
use crate::auth::{passwords, sessions};
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::client_address::client_address;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message, Sender, tokens};
use crate::outbound::Reach;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};
use entity::account;
use entity::api_client;
use entity::ids::AccountId;
use entity::mail::Template;
use entity::mail_token::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;
use utoipa::ToSchema;

/// Whose password is forgotten.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.coop"}))]
pub struct Forgotten {
    /// E-mail address of the account.
    #[schema(max_length = 254, format = Email)]
    pub email: String,
}

/// A new password.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", "password": "correct horse battery"}))]
pub struct NewPassword {
    /// The token of the mail.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    pub token: String,
    /// At least 12 characters; there is no other rule.
    #[schema(min_length = 12, max_length = 1024, format = Password)]
    pub password: String,
}

impl Forgotten {
    fn read(body: JsonObject, reach: Reach) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let email = members.required_text("email").trim().to_lowercase();
        let mut faults = members.finish();
        if !faults.tell_of("/email") {
            check_email(&email, reach, &mut faults);
        }
        faults.or_none(Self { email })
    }
}

/// Forgot the password
///
/// Sends a mail with a link to choose a new one, if the address has an account. The answer is the same. However
/// much mail others ask for, one goes to the address each hour at least, and its link works for an hour.
#[utoipa::path(
    tag = "Access",
    request_body = Forgotten,
    responses((status = 202, description = "Look into your mail")),
)]
#[post("/auth/forgot-password")]
pub async fn forgot_password(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let Forgotten { email } = Forgotten::read(body, state.outbound.reach())?;
    // Written down whether there is such an account or not, so that no time tells; that is looked up when
    // the mail is written.
    let message = Message {
        template: Template::ResetPassword,
        recipient: email,
        parameters: json!({}),
    };
    let sender = Sender::Stranger(client_address(request.head(), &state.trusted_proxies));
    let txn = WriteTransaction::begin(&state.store).await?;
    // What is too much is not sent, and not said.
    let is_queued = mail::request(&txn, &state.clock, message, sender)
        .await?
        .is_ok();
    txn.commit().await?;
    if is_queued {
        state.post.wake();
    }
    Ok(HttpResponse::Accepted().finish())
}

/// Choose a new password
///
/// With the token of the mail. Every log-in of the account ends, and every API client it made.
#[utoipa::path(
    tag = "Access",
    request_body = NewPassword,
    responses((status = 204, description = "The new password is valid")),
)]
#[post("/auth/reset-password")]
pub async fn reset_password(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let mut members = Members::new(body.members);
    let new = NewPassword {
        token: members.required_text("token"),
        password: members.required_text("password"),
    };
    let mut faults = members.finish();
    if !faults.tell_of("/password") {
        check_password(&new.password, "/password", &mut faults);
    }
    let NewPassword { token, password } = faults.or_none(new)?;
    let client = client_address(request.head(), &state.trusted_proxies);
    reset(&state, &token, password, client).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the account of a mailed token a new password, which keeps the rules.
///
/// # Errors
/// A fault of `/token`.
pub async fn reset(
    state: &AppState,
    token: &str,
    password: String,
    client: Option<IpAddr>,
) -> Result<(), ApiError> {
    let now = state.clock.now();
    // A token that is not valid shall not cost a hash.
    let known = tokens::look(&state.store.db, Purpose::ResetPassword, token, now).await?;
    let hash = passwords::hash(password)
        .await
        .map_err(|_| ApiError::Unavailable("passwords cannot be hashed at the moment"))?;
    let txn = WriteTransaction::begin(&state.store).await?;
    // Before the token: whoever changes the account ends its tokens.
    let id = AccountId(known.record_id);
    let account = lock_account(&txn, id).await?;
    let token = tokens::take(&*txn, Purpose::ResetPassword, token, now).await?;
    // The address may have changed hands since the mail.
    if account.is_none_or(|account| account.email != token.email) {
        return Err(ApiError::field(
            "/token",
            "is of an account that has changed",
        ));
    }
    change(&txn, id, hash, None, now).await?;
    // Strangers' guesses do not keep out whoever has the mailbox.
    let attempt = Attempt::new(&token.email, client);
    attempt.succeeded(&txn).await?;
    txn.commit().await?;
    Ok(())
}

/// Stores a new password, and ends the account's API clients and log-ins, but for the one that changes it.
///
/// # Errors
/// Whatever the database answers.
pub async fn change(
    txn: &WriteTransaction,
    id: AccountId,
    hash: String,
    kept: Option<uuid::Uuid>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), ApiError> {
    account::ActiveModel {
        id: Set(id),
        password_hash: Set(hash),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    sessions::end_all_but(&**txn, id, kept, now).await?;
    // Whoever had the old password had no right to what they began with it.
    tokens::end(&**txn, Purpose::ResetPassword, id.0).await?;
    tokens::end(&**txn, Purpose::ChangeEmail, id.0).await?;
    mail::queue::withdraw_change_of_email(&**txn, id).await?;
    api_client::Entity::update_many()
        .col_expr(api_client::Column::RevokedAt, Expr::value(now))
        .filter(api_client::Column::AccountId.eq(id))
        .filter(api_client::Column::RevokedAt.is_null())
        .exec(&**txn)
        .await?;
    Ok(())
}
