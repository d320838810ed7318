//! Opaque cursors of list pages.

use crate::error::ApiError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest cursor we hand out, with room to spare.
const MAX_CHARS: usize = 2048;

/// Writes a cursor. It holds sort keys, never places of one server's index: any server reads it.
///
/// # Errors
/// Never in practice: keys are strings and numbers.
pub fn encode<T: Serialize>(key: &T) -> Result<String, ApiError> {
    let json =
        serde_json::to_vec(key).map_err(|_| ApiError::Internal("a cursor has no JSON form"))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Reads a cursor.
///
/// # Errors
/// A fault of `/cursor` when it is not one of ours.
pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, ApiError> {
    let key = (cursor.len() <= MAX_CHARS)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten()
        .and_then(|json| serde_json::from_slice(&json).ok());
    key.ok_or_else(invalid)
}

/// The fault of a cursor that does not fit.
pub fn invalid() -> ApiError {
    ApiError::field(
        "/cursor",
        "is not a cursor of this list; take it from next_cursor and keep the other parameters",
    )
}
