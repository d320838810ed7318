//! Connections: HTTP/1.1 over TCP, bounded in number and patience, where even a request that cannot be read
//! gets a problem document.
//!
//! The dispatcher of actix refuses such a request with a bare head, before any handler or
//! middleware, and offers no hook. So each connection holds back what looks like a refusal until
//! the dispatcher has ended: only its error tells a refusal from the end of a body that looks like
//! one. If it goes on instead, what was held is sent as it is.

pub mod admission;
mod exchange;
mod head;
mod timeouts;
mod wire;

use crate::http::refusal;
use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::GracefulShutdownSignal;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, apply_fn_factory, map_config};
use actix_web::dev::{AppConfig, Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use admission::{Connections, Full, Room};
pub use exchange::track;
use socket2::SockRef;
use std::fmt::Debug;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use timeouts::Overdue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use wire::Connection;

/// Bytes of an answer that are written at a time.
const WRITE_BUFFER: usize = 64 * 1024;

/// Bytes of an answer that the system keeps for a client that does not take them (Linux keeps twice as many, and
/// takes more when a third of it is free). It would keep megabytes where the way is fast, and what it has counts
/// as taken.
const SEND_BUFFER: usize = 64 * 1024;

/// How long a client that there is no room for may take to hear it.
const TURN_AWAY: Duration = Duration::from_millis(250);

/// Serves `app` on every connection that there is room for. Once `draining`, each closes after the request in
/// flight.
pub fn http<A, S, B>(
    app: A,
    connections: Arc<Connections>,
    draining: GracefulShutdownSignal,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let app = app.into_factory().map_err(|error| error.error_response());
    let http = HttpService::build()
        .graceful_shutdown_signal(move || {
            let draining = draining.clone();
            async move { draining.notified().await }
        })
        .client_request_timeout(timeouts::HEAD)
        .keep_alive(timeouts::KEEP_ALIVE)
        .client_disconnect_timeout(timeouts::CLOSE)
        .h1_write_buffer_size(WRITE_BUFFER)
        .on_connect_ext(|connection: &Connection, data| {
            data.insert(connection.clone());
        })
        .finish(map_config(app, |()| AppConfig::default()));
    apply_fn_factory(http, move |stream: TcpStream, http: &_| {
        let peer = stream.peer_addr().ok();
        let admitted = match connections.admit(peer.map(|peer| peer.ip())) {
            Ok(room) => {
                // Where that cannot be set, the system's own bound holds.
                let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
                let connection = Connection::new(stream);
                let dispatcher = Service::call(http, (connection.clone(), Protocol::Http1, peer));
                Ok(converse(connection, dispatcher, room))
            }
            Err(full) => Err((stream, full)),
        };
        async move {
            match admitted {
                Ok(conversation) => conversation.await,
                Err((stream, full)) => {
                    // Whoever does not take it goes without.
                    let _ = timeout(TURN_AWAY, turn_away(stream, full)).await;
                    Ok(())
                }
            }
        }
    })
}

/// Says that there is no room, and closes.
async fn turn_away(mut stream: TcpStream, full: Full) -> io::Result<()> {
    metrics::counter!("toadlane_http_connections_refused_total", "reason" => full.label())
        .increment(1);
    tracing::debug!(reason = full.label(), "a connection was refused");
    if let Some(answer) = refusal::no_room(full) {
        stream.write_all(&answer).await?;
        stream.shutdown().await?;
        // With unread bytes the system would reset the connection and the client lose the answer.
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
    }
    Ok(())
}

/// Runs a connection's dispatcher, answers the request that it refused, if any, and ends with an error when the
/// client keeps us waiting too long.
async fn converse(
    connection: Connection,
    dispatcher: impl Future<Output = Result<(), DispatchError>>,
    room: Room,
) -> Result<(), DispatchError> {
    let mut dispatcher = pin!(dispatcher);
    let mut timer = pin!(sleep_until(Instant::now()));
    let ended = poll_fn(|cx| {
        connection.begin_poll();
        if let Poll::Ready(ended) = dispatcher.as_mut().poll(cx) {
            return Poll::Ready(ended);
        }
        // After a refusal it ends at once. It goes on, so this was part of an answer.
        if let Poll::Ready(Err(error)) = connection.poll_release(cx) {
            return Poll::Ready(Err(error.into()));
        }
        if connection.can_read_on() {
            cx.waker().wake_by_ref();
        }
        poll_overdue(&connection, &room, timer.as_mut(), cx).map(|overdue| {
            connection.give_up(overdue);
            Err(io::Error::from(io::ErrorKind::TimedOut).into())
        })
    })
    .await;
    if let Some(problem) = connection.take_refusal(&ended) {
        // A client that does not read it in time goes without.
        let _ = timeout(timeouts::CLOSE, connection.close_with(&problem)).await;
    }
    ended
}

/// Waits until the client has kept us waiting too long.
fn poll_overdue(
    connection: &Connection,
    room: &Room,
    mut timer: Pin<&mut Sleep>,
    cx: &mut Context<'_>,
) -> Poll<Overdue> {
    loop {
        match connection.next_timeout(Instant::now(), room.is_crowded()) {
            Err(overdue) => return Poll::Ready(overdue),
            Ok(None) => return Poll::Pending,
            Ok(Some(at)) => {
                // An earlier look does no harm, and leaves the timer as it is.
                if timer.is_elapsed() || timer.deadline() > at {
                    timer.as_mut().reset(at);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_http::error::ParseError;
    use actix_web::rt::net::TcpListener;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n";
    const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: D\r\n\r\n";

    /// What a client reads when `dispatcher` serves it.
    async fn read_from<D>(dispatcher: impl FnOnce(Connection) -> D) -> String
    where
        D: Future<Output = Result<(), DispatchError>>,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (mut client, (stream, _)) = tokio::try_join!(client, listener.accept()).unwrap();
        let connection = Connection::new(stream);
        let read = async move {
            let mut text = String::new();
            client.read_to_string(&mut text).await.unwrap();
            text
        };
        let room = Connections::new(1024, Vec::new()).admit(None).unwrap();
        let served = converse(connection.clone(), dispatcher(connection), room);
        tokio::join!(served, read).1
    }

    #[tokio::test]
    async fn a_refusal_becomes_a_problem_document() {
        for (before, refused) in [("", true), (ANSWER, true), ("", false)] {
            let text = read_from(|mut connection| async move {
                let written = format!("{before}{REFUSAL}");
                connection.write_all(written.as_bytes()).await?;
                connection.flush().await?;
                if refused {
                    return Err(ParseError::TooLarge.into());
                }
                Ok(connection.shutdown().await?)
            })
            .await;
            let problem = text.strip_prefix(before).unwrap();
            let (head, body) = problem.split_once("\r\n\r\n").unwrap();
            assert_eq!(
                head,
                format!(
                    "HTTP/1.1 400 Bad Request\r\ndate: D\r\n\
                     content-type: application/problem+json\r\ncontent-length: {}\r\n\
                     cache-control: no-store\r\nx-content-type-options: nosniff\r\n\
                     connection: close",
                    body.len()
                )
            );
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["type"], "/problems/malformed");
        }
    }

    #[tokio::test]
    async fn a_body_that_looks_like_a_refusal_stays_as_it_is() {
        let closed = read_from(|mut connection| async move {
            connection.write_all(ANSWER.as_bytes()).await?;
            connection.write_all(REFUSAL.as_bytes()).await?;
            Ok(connection.shutdown().await?)
        })
        .await;
        assert_eq!(closed, format!("{ANSWER}{REFUSAL}"));

        let went_on = read_from(|mut connection| async move {
            let whole = format!("{ANSWER}{REFUSAL}");
            connection.write_all(whole.as_bytes()).await?;
            tokio::task::yield_now().await;
            assert!(!connection.holds_back());
            connection.write_all(REFUSAL.as_bytes()).await?;
            connection.write_all(b"rest").await?;
            connection.write_all(REFUSAL.as_bytes()).await?;
            Err(ParseError::Header.into())
        })
        .await;
        let (data, problem) = went_on.split_once("rest").unwrap();
        assert_eq!(data, format!("{ANSWER}{REFUSAL}{REFUSAL}"));
        assert!(problem.contains("application/problem+json"), "{problem}");
    }

    #[tokio::test]
    async fn other_ends_of_a_dispatcher_add_nothing() {
        let text = read_from(|mut connection| async move {
            connection.write_all(ANSWER.as_bytes()).await?;
            Err(ParseError::TooLarge.into())
        })
        .await;
        assert_eq!(text, ANSWER);
    }
}
