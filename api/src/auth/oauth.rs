//! `POST /oauth/token`: access tokens for API clients (RFC 6749 section 4.4).

use crate::auth::caller::scopes_now;
use crate::auth::last_uses::Used;
use crate::auth::secrets;
use crate::auth::tokens::{self, Subject};
use crate::error::ApiError;
use crate::http::body::Form;
use crate::http::query::{NoParameters, Query};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::api_client::{self, Scope, Scopes};
use entity::ids::ClientId;
use entity::{account, api_client_secret};
use percent_encoding::percent_decode_str;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A request for an access token.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "scope": "organizations:write", "client_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "client_secret": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"}))]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(schema_with = grant_type)]
    pub grant_type: String,
    /// What the token shall be good for, names with spaces between; left out, all that the client may do.
    #[schema(max_length = 256)]
    pub scope: Option<String>,
    /// Id of the client, unless it is in the `Authorization: Basic` header.
    pub client_id: Option<String>,
    /// Its secret, likewise.
    #[schema(max_length = 256, format = Password)]
    pub client_secret: Option<String>,
}

/// An access token of an API client. There is no refresh token: ask for another one.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer", "expires_in": 900, "scope": "organizations:write"}))]
pub struct ClientToken {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds it lives.
    #[schema(minimum = 1, maximum = 900)]
    pub expires_in: i64,
    /// What it is good for, names with spaces between.
    pub scope: String,
}

/// The one way there is.
fn grant_type() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["client_credentials"],
        "Always `client_credentials`.",
    )
}

/// Get a token for an API client
///
/// The client credentials grant (RFC 6749 section 4.4): id and secret come in an `Authorization: Basic`
/// header or in the body. Problems carry the members `error` and `error_description` of section 5.2.
#[utoipa::path(
    tag = "Access",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "An access token", body = ClientToken),
        (status = 400, description = "`error` is invalid_request, unsupported_grant_type or invalid_scope", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 401, description = "`error` is invalid_client: there is no such client, or the secret is not (any longer) its", body = crate::http::problem::Problem, content_type = "application/problem+json",
            headers(("WWW-Authenticate" = String, description = "`Basic`"))),
    )
)]
#[post("/oauth/token")]
pub async fn create_token(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Query<NoParameters>,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let (id, secret) = credentials(&request, &form)?;
    let (client, allowed) = authenticate(&state, id, &secret).await?;
    match form.one("grant_type")? {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(ApiError::oauth(
                "unsupported_grant_type",
                "grant_type must be client_credentials",
            ));
        }
        None => return Err(ApiError::oauth("invalid_request", "grant_type is required")),
    }
    let scopes = narrowed(allowed, form.one("scope")?)?;
    let scope = scopes.joined();
    let access_token = tokens::issue(
        &state.keys,
        state.instance,
        &Subject::Client {
            id: client.id,
            account: Some(client.account_id),
            scopes,
        },
        state.clock.new_id(),
        state.clock.now(),
    )?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(ClientToken {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: tokens::LIFETIME.num_seconds(),
            scope,
        }))
}

fn invalid_client() -> ApiError {
    ApiError::oauth(
        "invalid_client",
        "there is no such client, or the secret is not (any longer) its",
    )
}

/// Id and secret, from the header or the body, not both (RFC 6749 section 2.3).
fn credentials(request: &HttpRequest, form: &Form) -> Result<(ClientId, String), ApiError> {
    let posted = (form.one("client_id")?, form.one("client_secret")?);
    let (id, secret) = match (request.headers().get(header::AUTHORIZATION), posted) {
        (Some(_), (_, Some(_))) => {
            return Err(ApiError::oauth(
                "invalid_request",
                "send the secret in the Authorization header or in the body, not in both",
            ));
        }
        (Some(value), (posted, None)) => {
            let (id, secret) = value
                .to_str()
                .ok()
                .and_then(basic)
                .ok_or_else(invalid_client)?;
            if posted.is_some_and(|posted| posted != id) {
                return Err(ApiError::oauth(
                    "invalid_request",
                    "client_id differs from the one in the Authorization header",
                ));
            }
            (id, secret)
        }
        (None, (Some(id), Some(secret))) => (id.to_owned(), secret.to_owned()),
        (None, _) => return Err(invalid_client()),
    };
    let id = Uuid::try_parse(&id).map_err(|_| invalid_client())?;
    Ok((ClientId(id), secret))
}

/// What an `Authorization: Basic` header says (RFC 7617); both parts are form-encoded
/// (RFC 6749 section 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |part: &str| {
        let decoded = percent_decode_str(part).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// The client whose secret it is, and what it may do.
async fn authenticate(
    state: &AppState,
    id: ClientId,
    secret: &str,
) -> Result<(api_client::Model, Scopes), ApiError> {
    let now = state.clock.now();
    let secret = api_client_secret::Entity::live(now)
        .filter(api_client_secret::Column::Hash.eq(secrets::hash(secret)))
        .filter(api_client_secret::Column::ClientId.eq(id))
        .one(&state.store.db)
        .await?
        .ok_or_else(invalid_client)?;
    let found = api_client::Entity::live()
        .filter(api_client::Column::Id.eq(id))
        .find_also_related(account::Entity)
        .one(&state.store.db)
        .await?;
    let Some((client, Some(account))) = found else {
        return Err(invalid_client());
    };
    if account.suspended_at.is_some() {
        return Err(invalid_client());
    }
    state.last_uses.note(Used::Client(id), now);
    state.last_uses.note(Used::Secret(secret.id), now);
    let scopes = scopes_now(&client, &account);
    Ok((client, scopes))
}

/// What was asked for, if the client may do all of it.
fn narrowed(allowed: Scopes, asked: Option<&str>) -> Result<Scopes, ApiError> {
    let Some(asked) = asked else {
        return Ok(allowed);
    };
    let mut scopes = Vec::new();
    for name in asked.split(' ').filter(|name| !name.is_empty()) {
        let scope = Scope::named(name).filter(|scope| allowed.0.contains(scope));
        let scope = scope.ok_or_else(|| {
            ApiError::oauth(
                "invalid_scope",
                "the client may not do all that scope names",
            )
        })?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(if scopes.is_empty() {
        allowed
    } else {
        Scopes(scopes)
    })
}
