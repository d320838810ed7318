//! Bodies that wait for their client. A large answer is sent in pieces as it is taken. What it, and what was
//! sent with a request, takes of memory meanwhile is bounded: in all, and for each network.
//!
//! Compressing takes more memory than most answers (brotli: 8 MB). So [`hold`] is inside of it, where it is
//! known how large an answer is, and [`send`] outside: it lets a whole answer be compressed at once, not as the
//! client reads.

use crate::error::ApiError;
use crate::http::body;
use crate::http::client_address::client_address;
use crate::http::problem;
use crate::http::rate_limit::network;
use crate::state::AppState;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

/// Bytes of memory that all bodies may take.
const MOST: usize = 128 << 20;

/// Bytes that those of one network may take.
const MOST_OF_ONE: usize = 32 << 20;

/// Who has no more than this may use the last quarter of [`MOST`], too: a few who take all they may do not keep
/// everybody else from large answers.
const LITTLE: usize = 2 << 20;

/// Bytes of a piece; an answer that is no larger waits in its connection, and is not counted.
const PIECE: usize = 32 << 10;

/// Bytes that an answer takes that is written while it is read.
const STREAMED: usize = 256 << 10;

/// Bytes that an encoder takes: until it is done, which of a streamed answer is when its client is.
const BROTLI: usize = 8 << 20;
const DEFLATE: usize = 512 << 10;

/// The memory of bodies that wait.
#[derive(Debug, Default)]
pub struct Unread(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: usize,
    /// By network; those of nobody in particular count as one's.
    of_network: HashMap<Option<IpAddr>, usize>,
}

/// The memory of one body, until dropped.
#[derive(Debug)]
pub struct Hold {
    unread: Arc<Unread>,
    network: Option<IpAddr>,
    bytes: usize,
    is_streamed: bool,
}

impl Unread {
    /// Memory for a body; `None` when there is none left.
    fn hold(
        self: &Arc<Self>,
        network: Option<IpAddr>,
        bytes: usize,
        is_streamed: bool,
    ) -> Option<Hold> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_network = waiting.of_network.get(&network).copied();
        let of_network = of_network.unwrap_or_default() + bytes;
        // One that is larger than that goes alone.
        let is_alone = of_network == bytes;
        let most = if of_network > LITTLE {
            MOST - MOST / 4
        } else {
            MOST
        };
        if waiting.bytes + bytes > most || (of_network > MOST_OF_ONE && !is_alone) {
            return None;
        }
        waiting.bytes += bytes;
        waiting.of_network.insert(network, of_network);
        metrics::gauge!("toadlane_http_unread_bytes").increment(as_gauge(bytes));
        Some(Hold {
            unread: self.clone(),
            network,
            bytes,
            is_streamed,
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut waiting = self.unread.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes -= self.bytes;
        if let Some(of_network) = waiting.of_network.get_mut(&self.network) {
            *of_network -= self.bytes;
            if *of_network == 0 {
                waiting.of_network.remove(&self.network);
            }
        }
        metrics::gauge!("toadlane_http_unread_bytes").decrement(as_gauge(self.bytes));
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
fn as_gauge(bytes: usize) -> f64 {
    bytes as f64
}

/// A body that waits.
pub struct Held<B> {
    /// `None` once it is all here.
    body: Option<Pin<Box<B>>>,
    size: BodySize,
    ready: VecDeque<Bytes>,
    hold: Hold,
}

impl<B: MessageBody> MessageBody for Held<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        while let Some(body) = &mut self.body {
            match ready!(body.as_mut().poll_next(cx)) {
                Some(Ok(bytes)) if self.hold.is_streamed => return Poll::Ready(Some(Ok(bytes))),
                Some(Ok(bytes)) => self.ready.push_back(bytes),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => self.body = None,
            }
        }
        let Some(first) = self.ready.front_mut() else {
            return Poll::Ready(None);
        };
        let piece = first.split_to(first.len().min(PIECE));
        if first.is_empty() {
            self.ready.pop_front();
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

/// Takes memory for a large body of a request while it is dealt with, and for a large answer until it is read.
/// Answers 503 when there is none.
///
/// # Errors
/// Those of the handler.
pub async fn hold(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _body = match take(request.request(), sent(request.headers()), false) {
        Ok(hold) => hold,
        Err(error) => {
            let path = request.path().to_owned();
            return Ok(request.into_response(problem::response_at(&error, path)));
        }
    };
    let answer = next.call(request).await?.map_into_boxed_body();
    let request = answer.request();
    let (bytes, is_streamed) = match answer.response().body().size() {
        BodySize::None => (0, false),
        BodySize::Sized(bytes) => (usize::try_from(bytes).unwrap_or(MOST), false),
        BodySize::Stream => (STREAMED + encoder(request.headers()), true),
    };
    match take(request, bytes, is_streamed) {
        Ok(Some(hold)) => {
            request.extensions_mut().insert(hold);
        }
        Ok(None) => {}
        Err(error) => {
            let path = request.path().to_owned();
            return Ok(answer.into_response(problem::response_at(&error, path)));
        }
    }
    Ok(answer)
}

/// Memory for so many bytes of whoever asks; none is needed for few.
fn take(request: &HttpRequest, bytes: usize, is_streamed: bool) -> Result<Option<Hold>, ApiError> {
    let state = request.app_data::<web::Data<AppState>>();
    let (Some(state), Some(unread)) = (state, request.app_data::<web::Data<Unread>>()) else {
        return Ok(None);
    };
    if bytes <= PIECE {
        return Ok(None);
    }
    let client = client_address(request.head(), &state.trusted_proxies).map(network);
    let hold = unread.hold(client, bytes, is_streamed);
    if hold.is_none() {
        metrics::counter!("toadlane_http_unread_refused_total").increment(1);
    }
    hold.map(Some).ok_or(ApiError::Unavailable(
        "too much is under way: read the answers that you asked for before you ask for more",
    ))
}

/// Bytes of a request's body, at most. Nobody reads more than [`body::LIMIT`].
fn sent(headers: &HeaderMap) -> usize {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return body::LIMIT;
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    body::LIMIT.min(length.unwrap_or_default())
}

/// Bytes of the encoder that whoever asks so gets, at most.
fn encoder(headers: &HeaderMap) -> usize {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.map(|accepted| accepted.to_str().unwrap_or("*"));
    match accepted {
        None => 0,
        Some(accepted) if accepted.contains("br") || accepted.contains('*') => BROTLI,
        Some(_) => DEFLATE,
    }
}

/// Sends what memory was taken for in pieces.
///
/// # Errors
/// Those of the handler.
pub async fn send(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<Held<impl MessageBody>, impl MessageBody>>, Error> {
    let answer = next.call(request).await?;
    let hold = answer.request().extensions_mut().remove::<Hold>();
    Ok(answer.map_body(|_, body| match hold {
        Some(hold) => EitherBody::left(Held {
            size: body.size(),
            body: Some(Box::pin(body)),
            ready: VecDeque::new(),
            hold,
        }),
        None => EitherBody::right(body),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(unread: &Arc<Unread>, last: u8, bytes: usize) -> Option<Hold> {
        unread.hold(Some(IpAddr::from([192, 0, 2, last])), bytes, false)
    }

    #[test]
    fn what_waits_is_bounded_for_each_and_for_all() {
        const MIB: usize = 1 << 20;
        let unread = Arc::new(Unread::default());
        let mut held: Vec<_> = (0..32).map(|_| hold(&unread, 1, MIB).unwrap()).collect();
        assert!(hold(&unread, 1, MIB).is_none());
        for other in 2..=3 {
            held.extend((0..32).map(|_| hold(&unread, other, MIB).unwrap()));
        }
        for other in 4..=19 {
            held.extend((0..2).map(|_| hold(&unread, other, MIB).unwrap()));
            assert!(hold(&unread, other, MIB).is_none(), "the last quarter");
        }
        assert!(hold(&unread, 20, MIB).is_none(), "in all");
        held.truncate(32);
        assert!(hold(&unread, 5, 33 * MIB).is_some(), "alone");
        drop(held);
        assert!(unread.0.lock().unwrap().of_network.is_empty());
        assert_eq!(unread.0.lock().unwrap().bytes, 0);
    }
}
