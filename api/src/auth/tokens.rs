//! Access tokens: short-lived JWTs (RFC 7519, RFC 9068, RFC 8725), signed with EdDSA.

use crate::auth::keys::Keys;
use crate::auth::sessions::Session;
use crate::error::ApiError;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
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

/// What a token says (RFC 9068 section 2.2).
#[derive(Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The account.
    pub sub: Uuid,
    /// The log-in (OpenID Connect Front-Channel Logout 1.0, section 3).
    pub sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// Signs a token for a log-in.
///
/// # Errors
/// When the key cannot sign.
pub fn issue(
    keys: &Keys,
    instance: Uuid,
    session: &Session,
    jti: Uuid,
    now: DateTime<Utc>,
) -> Result<String, ApiError> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYP.to_owned());
    header.kid = Some(keys.kid().to_owned());
    let claims = Claims {
        iss: instance.to_string(),
        aud: instance.to_string(),
        sub: session.account_id.0,
        sid: session.id,
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: (now + LIFETIME).timestamp(),
        jti,
    };
    encode(&header, &claims, keys.private())
        .map_err(|_| ApiError::Internal("the token could not be signed"))
}

/// What a token says, once it is proven to be one of ours and of now.
///
/// # Errors
/// [`ApiError::Unauthorized`] whatever is wrong with it.
pub async fn verify(
    token: &str,
    keys: &Keys,
    db: &DatabaseConnection,
    instance: Uuid,
    now: DateTime<Utc>,
) -> Result<Claims, ApiError> {
    if token.len() > MAX_CHARS {
        return Err(invalid_token());
    }
    let header = decode_header(token).map_err(|_| invalid_token())?;
    // The algorithm is pinned, whatever the token says (RFC 8725 section 3.1).
    let typed = header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYP));
    if header.alg != Algorithm::EdDSA || !typed || header.crit.is_some() {
        return Err(invalid_token());
    }
    let kid = header
        .kid
        // A thumbprint is; PostgreSQL would choke on U+0000.
        .filter(|kid| kid.chars().all(|char| char.is_ascii_graphic()))
        .ok_or_else(invalid_token)?;
    let key = keys.public(db, &kid).await?.ok_or_else(invalid_token)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[instance]);
    validation.set_audience(&[instance]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    // Checked below, against the server's clock.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key, &validation)
        .map_err(|_| invalid_token())?
        .claims;
    let now = now.timestamp();
    if claims.exp.saturating_add(LEEWAY) <= now || claims.nbf.saturating_sub(LEEWAY) > now {
        return Err(invalid_token());
    }
    Ok(claims)
}

/// RFC 6750 section 3.1.
pub fn invalid_token() -> ApiError {
    ApiError::Unauthorized {
        code: Some("invalid_token"),
        detail: "the access token is expired or not valid here; log in again",
    }
}
