//! Logging in and out, and the keys to check what comes of it.

use crate::auth::account::{Account, lock_account};
use crate::auth::sessions::{self, Session};
use crate::auth::throttle::Attempt;
use crate::auth::tokens::{self, Subject};
use crate::auth::{keys, passwords, secrets};
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::{JsonIfSent, JsonObject};
use crate::http::client_address::client_address;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use entity::account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// E-mail address and password.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.coop", "password": "correct horse battery"}))]
pub struct Credentials {
    /// E-mail address of the account.
    #[schema(max_length = 254)]
    pub email: String,
    /// Its password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
}

/// An access token (RFC 6750) and what gives the next one.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer", "expires_in": 900, "refresh_token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"}))]
pub struct Token {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds it lives.
    #[schema(minimum = 1, maximum = 900)]
    pub expires_in: i64,
    /// Gives the next pair at `POST /v1/auth/refresh`, once, within 30 days.
    #[schema(max_length = 256)]
    pub refresh_token: String,
}

/// A refresh token.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"}))]
pub struct RefreshToken {
    /// The token that came last.
    pub refresh_token: String,
}

impl RefreshToken {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let refresh_token = members.required_text("refresh_token");
        members.finish().or_none(Self { refresh_token })
    }
}

impl Credentials {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let credentials = Self {
            email: members.required_text("email"),
            password: members.required_text("password"),
        };
        members.finish().or_none(credentials)
    }
}

/// Log in
///
/// Gives an access token that lives 15 minutes, and a refresh token for the next one. An unknown address and a wrong password get the
/// same answer, after the same time.
#[utoipa::path(
    tag = "Access",
    request_body = Credentials,
    responses(
        (status = 200, description = "A pair of tokens", body = Token,
            links(("refresh" = (operation_id = "refresh", request_body = json!({
                "refresh_token": "$response.body#/refresh_token",
            }))))),
        (status = 401, description = "No account has this address and password", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    )
)]
#[post("/auth/login")]
pub async fn login(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let Credentials { email, password } = Credentials::read(body)?;
    // PostgreSQL has no U+0000 in text, and no account has it in its address.
    let email = email.trim().to_lowercase().replace('\0', "\u{fffd}");
    let client = client_address(request.head(), &state.trusted_proxies);
    let attempt = Attempt::new(&email, client);
    attempt.check(&state.store, state.clock.now()).await?;
    let account = account::Entity::find_by_login(&email)
        .one(&state.store.db)
        .await?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let fits = !passwords::is_too_long(&password);
    let verified = fits
        && passwords::verify(password, hash)
            .await
            .map_err(|_| ApiError::Unavailable("passwords cannot be checked at the moment"))?;
    let now = state.clock.now();
    // Of guesses that are checked side by side those after the free ones tell nothing either.
    attempt.check(&state.store, now).await?;
    let Some(account) = account.filter(|_| verified) else {
        attempt.failed(&state.store, now).await?;
        return Err(wrong());
    };
    if account.suspended_at.is_some() {
        return Err(ApiError::Forbidden(
            "this account is suspended; write to the people who run this server".to_owned(),
        ));
    }
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let txn = WriteTransaction::begin(&state.store).await?;
    // It may have another password by now, be suspended or be gone: then this log-in would outlive that.
    let row = lock_account(&txn, account.id).await?;
    let is_as_it_was = |row: account::Model| {
        row.password_hash == account.password_hash && row.suspended_at.is_none()
    };
    if !row.is_some_and(is_as_it_was) {
        return Err(wrong());
    }
    attempt.succeeded(&txn).await?;
    let (id, network) = (state.clock.new_id(), attempt.network());
    let session = sessions::begin(&*txn, id, account.id, user_agent, network, now).await?;
    txn.commit().await?;
    answer(&state, session)
}

fn wrong() -> ApiError {
    ApiError::Unauthorized {
        code: None,
        detail: "no account has this address and password",
    }
}

/// Refresh
///
/// Exchanges a refresh token for a new pair. Each works once: when one comes a second time somebody has
/// a copy of it, and the whole log-in ends.
#[utoipa::path(
    tag = "Access",
    request_body = RefreshToken,
    responses(
        (status = 200, description = "A new pair", body = Token),
        (status = 401, description = "The token is not valid (any more); log in again", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    )
)]
#[post("/auth/refresh")]
pub async fn refresh(
    state: web::Data<AppState>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let RefreshToken { refresh_token } = RefreshToken::read(body)?;
    let now = state.clock.now();
    let session = sessions::rotate(&state.store, &refresh_token, now)
        .await?
        .ok_or(ApiError::Unauthorized {
            code: None,
            detail: "the refresh token is not valid (any more); log in again",
        })?;
    answer(&state, session)
}

/// Log out
///
/// Ends the log-in of the refresh token in the body, or without a body that of the bearer token. Its access
/// tokens stop at once. A refresh token that is not known is none to end.
#[utoipa::path(
    tag = "Access",
    request_body(content = RefreshToken, description = "May be left out by whoever sends a bearer token", content_type = "application/json"),
    responses((status = 204, description = "Logged out")),
    security((), ("bearer" = []))
)]
#[post("/auth/logout")]
pub async fn logout(
    state: web::Data<AppState>,
    account: Option<Account>,
    request: HttpRequest,
    _: Query<NoParameters>,
    JsonIfSent(body): JsonIfSent,
) -> Result<HttpResponse, ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    let session = match (body, account) {
        (Some(body), _) => {
            let RefreshToken { refresh_token } = RefreshToken::read(body)?;
            sessions::find(&*txn, &secrets::hash(&refresh_token))
                .await?
                .map(|session| session.id)
        }
        (None, Some(account)) => Some(account.session),
        (None, None) if request.headers().contains_key(header::AUTHORIZATION) => {
            return Err(tokens::invalid_token());
        }
        (None, None) => return Err(ApiError::login_needed()),
    };
    sessions::end(&*txn, session.as_slice(), state.clock.now()).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(state: &AppState, session: Session) -> Result<HttpResponse, ApiError> {
    let access_token = tokens::issue(
        &state.keys,
        state.instance,
        &Subject::Person {
            account: session.account_id,
            session: session.id,
        },
        state.clock.new_id(),
        state.clock.now(),
    )?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Token {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: tokens::LIFETIME.num_seconds(),
            refresh_token: session.refresh_token,
        }))
}

/// Public keys
///
/// Every key that access tokens of this instance may be signed with (RFC 7517). A retired one stays until
/// the last of its tokens has lapsed.
#[utoipa::path(
    tag = "Access",
    responses((status = 200, description = "A JWK set", body = serde_json::Value, content_type = "application/jwk-set+json"))
)]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let keys = keys::jwks(&state.store.db, state.clock.now()).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(keys))
}
