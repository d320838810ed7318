//! From a request to the end of its answer: what a connection is busy with.

use super::wire::{Connection, Exchange};
use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of an answer; its connection is busy until it is dropped.
struct Tracked<B> {
    body: Pin<Box<B>>,
    _exchange: Option<Exchange>,
}

impl<B: MessageBody> MessageBody for Tracked<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(cx)
    }
}

/// Tells the connection which requests are being answered. Outermost of all.
///
/// # Errors
/// Those of the handler.
pub async fn track(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let connection = request.conn_data::<Connection>();
    let exchange =
        connection.map(|connection| connection.begin_exchange(longest(request.headers())));
    let answer = next.call(request).await?;
    Ok(answer.map_body(|_, body| Tracked {
        body: Box::pin(body),
        _exchange: exchange,
    }))
}

/// Bytes that a request's body may have, by its head.
fn longest(headers: &HeaderMap) -> u64 {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return u64::MAX;
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or_default()
}
