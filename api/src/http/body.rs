//! Reading request bodies: type, size, time and JSON syntax.

use crate::error::ApiError;
use crate::http::json;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use std::time::Duration;

/// Bytes a JSON body may have.
pub const LIMIT: usize = 1 << 20;

/// How long a client may take to send its body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Media type of a merge patch (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A JSON object sent as `application/json`, and the bytes it was read from.
pub struct JsonObject {
    /// Its members.
    pub members: Map<String, Value>,
    /// As it came, for fingerprints.
    pub raw: web::Bytes,
}

/// A merge patch sent as `application/merge-patch+json` (RFC 7396); always an object here.
pub struct MergePatch(pub Map<String, Value>);

impl FromRequest for JsonObject {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        read(request, payload, "application/json")
    }
}

impl FromRequest for MergePatch {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let object = read(request, payload, MERGE_PATCH);
        Box::pin(async { Ok(Self(object.await?.members)) })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    media_type: &'static str,
) -> LocalBoxFuture<'static, Result<JsonObject, ApiError>> {
    let request = request.clone();
    let mut payload = payload.take();
    Box::pin(async move {
        check_media_type(&request, media_type)?;
        let raw = tokio::time::timeout(TIMEOUT, collect(&request, &mut payload))
            .await
            .map_err(|_| ApiError::RequestTimeout)??;
        match json::read(&raw) {
            Ok(Value::Object(members)) => Ok(JsonObject { members, raw }),
            Ok(_) => Err(ApiError::Malformed(
                "the body must be a JSON object".to_owned(),
            )),
            Err(error) => Err(ApiError::Malformed(format!(
                "the body is not JSON: {error}"
            ))),
        }
    })
}

fn check_media_type(request: &HttpRequest, expected: &'static str) -> Result<(), ApiError> {
    let sent = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    if sent.eq_ignore_ascii_case(expected) {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType { expected })
    }
}

async fn collect(
    request: &HttpRequest,
    payload: &mut dev::Payload,
) -> Result<web::Bytes, ApiError> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > LIMIT) {
        return Err(ApiError::PayloadTooLarge { limit: LIMIT });
    }
    let mut body = web::BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::Malformed("the body broke off".to_owned()))?;
        if body.len() + chunk.len() > LIMIT {
            return Err(ApiError::PayloadTooLarge { limit: LIMIT });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
