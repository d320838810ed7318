//! Connections: HTTP/1.1 over TCP, where even a request that cannot be read gets a problem document.
//!
//! The dispatcher of actix refuses such a request with a bare head, before any handler or
//! middleware, and offers no hook. So each connection holds back what looks like a refusal until
//! the dispatcher has ended: only its error tells a refusal from the end of a body that looks like
//! one. If it goes on instead, what was held is sent as it is.

use crate::http::refusal;
use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::GracefulShutdownSignal;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, apply_fn_factory, map_config};
use actix_web::dev::{AppConfig, Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use std::cell::RefCell;
use std::fmt::Debug;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long closing a connection may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves `app` on every connection. Once `draining`, each closes after the request in flight.
pub fn http<A, S, B>(
    app: A,
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
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .client_disconnect_timeout(CLOSE_TIMEOUT)
        .finish(map_config(app, |()| AppConfig::default()));
    apply_fn_factory(http, |stream: TcpStream, http: &_| {
        let peer = stream.peer_addr().ok();
        let connection = Connection::new(stream);
        let dispatcher = Service::call(http, (connection.clone(), Protocol::Http1, peer));
        converse(connection, dispatcher)
    })
}

/// Runs a connection's dispatcher, and answers the request that it refused, if any.
async fn converse(
    connection: Connection,
    dispatcher: impl Future<Output = Result<(), DispatchError>>,
) -> Result<(), DispatchError> {
    let mut dispatcher = pin!(dispatcher);
    let ended = poll_fn(|cx| {
        let ended = dispatcher.as_mut().poll(cx);
        // After a refusal it ends at once. It goes on, so this was part of an answer.
        if ended.is_pending()
            && let Poll::Ready(Err(error)) = connection.0.borrow_mut().poll_release(cx)
        {
            return Poll::Ready(Err(error.into()));
        }
        ended
    })
    .await;
    if let Some(problem) = connection.take_refusal(&ended) {
        // A client that does not read it in time goes without.
        let _ = timeout(CLOSE_TIMEOUT, connection.close_with(&problem)).await;
    }
    ended
}

/// A connection, shared by its dispatcher and by what answers after it.
#[derive(Clone)]
struct Connection(Rc<RefCell<Wire>>);

struct Wire {
    stream: TcpStream,
    /// Whether anything was sent.
    answered: bool,
    /// What the dispatcher wrote last, not sent yet: it looks like a refusal.
    held: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self(Rc::new(RefCell::new(Wire {
            stream,
            answered: false,
            held: Vec::new(),
        })))
    }

    /// The problem document for what the dispatcher refused before it ended so.
    fn take_refusal(&self, ended: &Result<(), DispatchError>) -> Option<Vec<u8>> {
        let mut wire = self.0.borrow_mut();
        let refused = match ended {
            Err(DispatchError::Parse(_) | DispatchError::InternalError) => true,
            // 408 ends without an error. It is the first thing sent, and no body is.
            _ => !wire.answered,
        };
        let held = std::mem::take(&mut wire.held);
        refused.then(|| refusal::as_problem(&held)).flatten()
    }

    /// Sends a last answer and closes.
    async fn close_with(mut self, answer: &[u8]) -> io::Result<()> {
        self.write_all(answer).await?;
        self.shutdown().await?;
        // With unread bytes the system would reset the connection and the client lose the answer.
        tokio::io::copy(&mut self, &mut tokio::io::sink()).await?;
        Ok(())
    }
}

impl Wire {
    /// Sends what was held back.
    fn poll_release(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            self.answered = true;
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.held))?;
            self.held.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.borrow_mut().stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = &mut *self.0.borrow_mut();
        ready!(wire.poll_release(cx))?;
        let (answer, refusal) = bytes.split_at(refusal::find(bytes).unwrap_or(bytes.len()));
        if answer.is_empty() {
            wire.held = refusal.to_vec();
            return Poll::Ready(Ok(refusal.len()));
        }
        wire.answered = true;
        Pin::new(&mut wire.stream).poll_write(cx, answer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.borrow_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        if wire.answered {
            ready!(wire.poll_release(cx))?;
        } else if !wire.held.is_empty() {
            // A refusal for certain: the connection closes after the problem document.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut wire.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_http::error::ParseError;
    use actix_web::rt::net::TcpListener;
    use tokio::io::AsyncReadExt;

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
        let served = converse(connection.clone(), dispatcher(connection));
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
            assert!(connection.0.borrow().held.is_empty());
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
