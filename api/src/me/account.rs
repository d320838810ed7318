//! `GET|PATCH /v1/me`.

use crate::auth::account::{Account, lock_account};
use crate::auth::password_reset;
use crate::auth::passwords;
use crate::auth::register::{check_email, check_name, check_password};
use crate::auth::throttle::Attempt;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::client_address::client_address;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message, Sender};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, patch, web};
use chrono::{DateTime, Utc};
use entity::account::{self as row, Role};
use entity::mail::Template;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// One's own account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "email": "ada@example.coop", "name": "Ada", "role": "member", "created_at": "2026-01-01T09:00:00Z"}))]
pub struct Me {
    /// Id.
    pub id: Uuid,
    /// E-mail address; the login name.
    pub email: String,
    /// What to call you.
    pub name: Option<String>,
    /// What you may do on this instance.
    #[schema(schema_with = crate::moderation::users::role)]
    pub role: Role,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// What one may change of one's account. A member that is left out stays.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada L."}))]
pub struct MePatch {
    /// What to call you; `null` for nothing.
    #[schema(
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub name: Option<String>,
    /// New address. It is taken when the link in the mail to it is followed.
    #[schema(max_length = 254, format = Email, required = false)]
    pub email: Option<String>,
    /// New password, at least 12 characters. Every other log-in ends.
    #[schema(min_length = 12, max_length = 1024, format = Password, required = false)]
    pub password: Option<String>,
    /// The password as it is, for a new address or password.
    #[schema(max_length = 1024, format = Password, required = false)]
    pub current_password: Option<String>,
}

impl From<row::Model> for Me {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id.0,
            email: row.email,
            name: row.name,
            role: row.role,
            created_at: row.created_at,
        }
    }
}

const NOT_PRESENT: &str = "must be the present password, for a new address or password";

/// Your account
///
/// Your address, your name, and what you may do on this instance.
#[utoipa::path(
    tag = "Access",
    responses((status = 200, description = "Your account", body = Me)),
    security(("bearer" = []))
)]
#[get("/me")]
pub async fn get_me(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(load(&state, account).await?))
}

/// Change your account
///
/// A merge patch. A new address gets a mail with a link and is taken when that is followed; a new address
/// or password needs `current_password`. After some wrong ones in a row it waits longer and longer, as the
/// log-in does.
#[utoipa::path(
    tag = "Access",
    request_body(content = MePatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Your account", body = Me),
    ),
    security(("bearer" = []))
)]
#[patch("/me")]
pub async fn update_me(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    _: Query<NoParameters>,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let sets_name = patch.contains_key("name");
    let mut members = Members::new(patch);
    let patch = MePatch {
        name: members.text("name"),
        email: members
            .text("email")
            .map(|email| email.trim().to_lowercase()),
        password: members.text("password"),
        current_password: members.text("current_password"),
    };
    let mut faults = members.finish();
    check_name(patch.name.as_deref(), &mut faults);
    if let Some(email) = &patch.email {
        check_email(email, state.outbound.reach(), &mut faults);
    }
    if let Some(password) = &patch.password {
        check_password(password, "/password", &mut faults);
    }
    let row = load(&state, account).await?;
    let mut proven = None;
    if check_length(patch.current_password.as_deref(), &mut faults)
        && (patch.email.is_some() || patch.password.is_some())
    {
        proven = verify(&state, &request, patch.current_password, &row).await?;
        if proven.is_none() {
            faults.push(Fault::new("/current_password", NOT_PRESENT));
        }
    }
    faults.or_none(())?;

    let hash = match patch.password {
        Some(password) => Some(passwords::hash(password).await.map_err(|_| busy())?),
        None => None,
    };
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    if let Some(attempt) = proven {
        // Somebody may have set another password meanwhile: then the present one was not given.
        let present = lock_account(&txn, account.id).await?;
        if present.is_none_or(|present| present.password_hash != row.password_hash) {
            return Err(ApiError::field("/current_password", NOT_PRESENT));
        }
        attempt.succeeded(&txn).await?;
    }
    if sets_name {
        row::ActiveModel {
            id: Set(account.id),
            name: Set(patch.name),
            ..Default::default()
        }
        .update(&*txn)
        .await?;
    }
    if let Some(hash) = hash {
        password_reset::change(&txn, account.id, hash, Some(account.session), now).await?;
    }
    if let Some(recipient) = patch.email.filter(|email| *email != row.email) {
        let message = Message {
            template: Template::ChangeEmail,
            recipient,
            parameters: json!({"record_id": account.id}),
        };
        let sender = Sender::Account(account.id, account.role);
        mail::request(&txn, &state.clock, message, sender).await??;
    }
    txn.commit().await?;
    state.post.wake();
    Ok(answer(load(&state, account).await?))
}

pub(super) async fn load(state: &AppState, account: Account) -> Result<row::Model, ApiError> {
    row::Entity::find_by_id(account.id)
        .one(&state.store.db)
        .await?
        .ok_or_else(crate::auth::tokens::invalid_token)
}

/// Whether a password that is given may be one; notes that it is too long.
pub(super) fn check_length(password: Option<&str>, faults: &mut Faults) -> bool {
    let is_too_long = password.is_some_and(passwords::is_too_long);
    if is_too_long {
        let detail = format!("may have at most {} characters", passwords::MAX_CHARS);
        faults.push(Fault::new("/current_password", detail));
    }
    !is_too_long
}

/// Whether this is the password: guesses are as slow as at the log-in, and count together with those there.
pub(super) async fn verify(
    state: &AppState,
    request: &HttpRequest,
    password: Option<String>,
    row: &row::Model,
) -> Result<Option<Attempt>, ApiError> {
    // Nothing is no guess.
    let Some(password) = password else {
        return Ok(None);
    };
    let client = client_address(request.head(), &state.trusted_proxies);
    let attempt = Attempt::new(&row.email, client);
    attempt.check(&state.store, state.clock.now()).await?;
    let is_right = passwords::verify(password, Some(row.password_hash.clone()))
        .await
        .map_err(|_| busy())?;
    // As at the log-in.
    attempt.check(&state.store, state.clock.now()).await?;
    if is_right {
        return Ok(Some(attempt));
    }
    attempt.failed(&state.store, state.clock.now()).await?;
    Ok(None)
}

fn busy() -> ApiError {
    ApiError::Unavailable("passwords cannot be checked at the moment")
}

fn answer(row: row::Model) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Me::from(row))
}
