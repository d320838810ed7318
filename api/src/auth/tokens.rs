//! Access tokens: short-lived JWTs (RFC 7519, RFC 9068, RFC 8725), signed with EdDSA.

use crate::auth::keys::Keys;
use crate::error::ApiError;
use actix_web::http::header::HeaderValue;
use chrono::{DateTime, TimeDelta, Utc};
use entity::api_client::{Scope, Scopes};
use entity::ids::{AccountId, ClientId};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header, encode};
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token lives.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// How far two servers' clocks may be apart, in seconds.
const LEEWAY: i64 = 5;

/// `typ` of an access token (RFC 9068 section 2.1).
const TYP: &str = "at+jwt";

/// Longest token we look at.
const MAX_CHARS: usize = 4096;

/// What a token says (RFC 9068 section 2.2). It is of a log-in or of a client, never of both.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The account, or the client.
    sub: Uuid,
    /// The log-in (OpenID Connect Front-Channel Logout 1.0, section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    /// The client (RFC 8693 section 4.3), the same as `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
    /// What the client may do with it (RFC 8693 section 4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The account that the client acts for. Tokens from before there was this claim lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Uuid>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A person who logged in.
    Person {
        /// Who.
        account: AccountId,
        /// The log-in.
        session: Uuid,
    },
    /// A program.
    Client {
        /// Which.
        id: ClientId,
        /// For whom, as far as the token tells: what it may do is read from the database.
        account: Option<AccountId>,
        /// What this token is good for.
        scopes: Scopes,
    },
}

impl Subject {
    /// Whose requests these are: the account's, whose clients spend what it has.
    pub fn spender(&self) -> Uuid {
        match self {
            Self::Person { account, .. } => account.0,
            Self::Client { id, account, .. } => account.map_or(id.0, |account| account.0),
        }
    }
}

impl TryFrom<Claims> for Subject {
    type Error = ();

    fn try_from(claims: Claims) -> Result<Self, ()> {
        match (claims.sid, claims.client_id, claims.scope) {
            (Some(session), None, None) => Ok(Self::Person {
                account: AccountId(claims.sub),
                session,
            }),
            (None, Some(client), Some(scope)) if client == claims.sub => {
                let scopes: Option<_> = scope.split_whitespace().map(Scope::named).collect();
                Ok(Self::Client {
                    id: ClientId(client),
                    account: claims.account.map(AccountId),
                    scopes: Scopes(scopes.ok_or(())?),
                })
            }
            _ => Err(()),
        }
    }
}

/// Signs a token.
///
/// # Errors
/// When the key cannot sign.
pub fn issue(
    keys: &Keys,
    instance: Uuid,
    subject: &Subject,
    jti: Uuid,
    now: DateTime<Utc>,
) -> Result<String, ApiError> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYP.to_owned());
    header.kid = Some(keys.kid().to_owned());
    let (sub, sid, client_id, scope) = match subject {
        Subject::Person { account, session } => (account.0, Some(*session), None, None),
        Subject::Client { id, scopes, .. } => (id.0, None, Some(id.0), Some(scopes.joined())),
    };
    let claims = Claims {
        iss: instance.to_string(),
        aud: instance.to_string(),
        sub,
        sid,
        client_id,
        scope,
        account: client_id.map(|_| subject.spender()),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: (now + LIFETIME).timestamp(),
        jti,
    };
    encode(&header, &claims, keys.private())
        .map_err(|_| ApiError::Internal("the token could not be signed"))
}

/// The token in an `Authorization` header (RFC 6750 section 2.1).
pub fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Whom a token speaks for, once it is proven to be one of ours and of now.
///
/// # Errors
/// [`ApiError::Unauthorized`] whatever is wrong with it.
pub async fn verify(
    token: &str,
    keys: &Keys,
    db: &DatabaseConnection,
    instance: Uuid,
    now: DateTime<Utc>,
) -> Result<Subject, ApiError> {
    let kid = key_id(token).ok_or_else(invalid_token)?;
    let key = keys.public(db, &kid, now).await?;
    key.and_then(|key| check(token, &key, instance, now))
        .ok_or_else(invalid_token)
}

/// As [`verify`], by the keys in memory alone. `None` says only that it takes more to tell.
pub fn recognise(token: &str, keys: &Keys, instance: Uuid, now: DateTime<Utc>) -> Option<Subject> {
    let key = keys.known(&key_id(token)?, now)?;
    check(token, &key, instance, now)
}

/// The id of the key that a token says it is signed with, if the rest of its head is as it should be.
fn key_id(token: &str) -> Option<String> {
    if token.len() > MAX_CHARS {
        return None;
    }
    let header = decode_header(token).ok()?;
    // The algorithm is pinned, whatever the token says (RFC 8725 section 3.1).
    let typed = header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYP));
    if header.alg != Algorithm::EdDSA || !typed || header.crit.is_some() {
        return None;
    }
    header
        .kid
        // A thumbprint is; PostgreSQL would choke on U+0000.
        .filter(|kid| kid.chars().all(|char| char.is_ascii_graphic()))
}

fn check(token: &str, key: &DecodingKey, instance: Uuid, now: DateTime<Utc>) -> Option<Subject> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[instance]);
    validation.set_audience(&[instance]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    // Checked below, against the server's clock.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, key, &validation).ok()?.claims;
    let now = now.timestamp();
    if claims.exp.saturating_add(LEEWAY) <= now || claims.nbf.saturating_sub(LEEWAY) > now {
        return None;
    }
    claims.try_into().ok()
}

/// RFC 6750 section 3.1.
pub fn invalid_token() -> ApiError {
    ApiError::Unauthorized {
        code: Some("invalid_token"),
        detail: "the access token is expired or not valid here; log in again",
    }
}
