//! Reading request bodies: type, size, time and JSON syntax. Every handler that takes a body takes one of the
//! extractors here, and none of the framework's, which know no time and unpack what is encoded.

use crate::error::ApiError;
use crate::http::json;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use std::time::Duration;
use url::form_urlencoded;

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

/// A JSON object, if a body was sent.
pub struct JsonIfSent(pub Option<JsonObject>);

/// A merge patch sent as `application/merge-patch+json` (RFC 7396); always an object here.
pub struct MergePatch(pub Map<String, Value>);

impl FromRequest for JsonObject {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        read(request, payload, "application/json")
    }
}

impl FromRequest for JsonIfSent {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH);
        let is_empty = length.is_none_or(|length| length == "0")
            && !headers.contains_key(header::TRANSFER_ENCODING);
        if is_empty {
            return Box::pin(async { Ok(Self(None)) });
        }
        let body = JsonObject::from_request(request, payload);
        Box::pin(async { Ok(Self(Some(body.await?))) })
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

/// Parameters sent as `application/x-www-form-urlencoded`.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The value of a parameter; an empty one is as good as none (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// [`ApiError::OAuth`] when it is given twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(ApiError::oauth(
                "invalid_request",
                "a parameter may be given only once",
            ));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }
}

impl FromRequest for Form {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let raw = read_raw(request, payload, "application/x-www-form-urlencoded");
        Box::pin(async {
            let pairs = form_urlencoded::parse(&raw.await?).into_owned().collect();
            Ok(Self(pairs))
        })
    }
}

/// A body of whatever type, as it came, within the bounds of all.
pub struct Raw(pub web::Bytes);

impl FromRequest for Raw {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let raw = collect_in_time(request, payload);
        Box::pin(async { Ok(Self(raw.await?)) })
    }
}

/// A request that takes no body; an empty object will do too.
pub struct NoBody;

impl FromRequest for NoBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let raw = collect_in_time(request, payload);
        Box::pin(async {
            match raw.await?.trim_ascii() {
                b"" | b"{}" => Ok(Self),
                _ => Err(ApiError::Malformed(
                    "this takes no body; leave it out, or send {}".to_owned(),
                )),
            }
        })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    media_type: &'static str,
) -> LocalBoxFuture<'static, Result<JsonObject, ApiError>> {
    let raw = read_raw(request, payload, media_type);
    Box::pin(async {
        let raw = raw.await?;
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

fn read_raw(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    media_type: &'static str,
) -> LocalBoxFuture<'static, Result<web::Bytes, ApiError>> {
    if let Err(error) = check_media_type(request, media_type) {
        return Box::pin(async { Err(error) });
    }
    collect_in_time(request, payload)
}

fn collect_in_time(
    request: &HttpRequest,
    payload: &mut dev::Payload,
) -> LocalBoxFuture<'static, Result<web::Bytes, ApiError>> {
    let request = request.clone();
    let mut payload = payload.take();
    Box::pin(async move {
        tokio::time::timeout(TIMEOUT, collect(&request, &mut payload))
            .await
            .map_err(|_| ApiError::RequestTimeout)?
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
