//! Logging in, and the keys to check what comes of it.

use crate::app::AppState;
use crate::auth::{keys, passwords, tokens};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::problem;
use crate::http::query::{NoParameters, Query};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post, web};
use entity::account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// E-mail address and password.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ada@example.coop", "password": "correct horse battery"}))]
pub struct Credentials {
    /// E-mail address of the account.
    #[schema(max_length = 254)]
    pub email: String,
    /// Its password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
}

/// An access token (RFC 6750).
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer", "expires_in": 900}))]
pub struct Token {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds it lives.
    #[schema(minimum = 1, maximum = 900)]
    pub expires_in: i64,
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
/// Gives an access token that lives 15 minutes. An unknown address and a wrong password get the
/// same answer, after the same time.
#[utoipa::path(
    tag = "Access",
    request_body = Credentials,
    responses(
        (status = 200, description = "An access token", body = Token),
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
    let spent = state
        .login_budget
        .spend(request.peer_addr().map(|peer| peer.ip()));
    let answer = match spent.retry_after {
        Some(retry_after) => Err(ApiError::TooManyRequests { retry_after }),
        None => attempt(&state, body).await,
    };
    // The budget is told with refusals too.
    let mut answer = match answer {
        Err(error) if error.status_code().is_client_error() => {
            problem::response_at(&error, request.path().to_owned())
        }
        answer => answer?,
    };
    spent.tell(answer.headers_mut());
    Ok(answer)
}

async fn attempt(state: &AppState, body: JsonObject) -> Result<HttpResponse, ApiError> {
    let Credentials { email, password } = Credentials::read(body)?;
    // PostgreSQL has no U+0000 in text, and no account has it in its address.
    let email = email.trim().to_lowercase().replace('\0', "\u{fffd}");
    let account = account::Entity::find_by_login(&email)
        .one(&state.store.db)
        .await?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let fits = password.len() <= passwords::MAX_BYTES;
    let verified = fits
        && passwords::verify(password, hash)
            .await
            .map_err(|_| ApiError::Unavailable("passwords cannot be checked at the moment"))?;
    let Some(account) = account.filter(|_| verified) else {
        return Err(ApiError::Unauthorized {
            code: None,
            detail: "no account has this address and password",
        });
    };
    let access_token = tokens::issue(
        &state.keys,
        state.instance,
        account.id,
        state.clock.new_id(),
        state.clock.now(),
    )?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Token {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: tokens::LIFETIME.num_seconds(),
        }))
}

/// Public keys
///
/// Every key that access tokens of this instance may be signed with (RFC 7517).
#[utoipa::path(
    tag = "Access",
    responses((status = 200, description = "A JWK set", body = serde_json::Value, content_type = "application/jwk-set+json"))
)]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let keys = keys::jwks(&state.store.db).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(keys))
}
