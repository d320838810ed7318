//! What the dispatcher reads from and writes to: the stream, with what is counted and held back on the way.

use super::head::Head;
use super::timeouts::{Overdue, Timeouts};
use crate::http::refusal;
use actix_http::error::DispatchError;
use actix_web::rt::net::TcpStream;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;

/// Bytes that are read in one go.
const READ_AT_ONCE: usize = 4096;

/// A connection, shared by its dispatcher and by what answers after it.
#[derive(Clone)]
pub struct Connection(Rc<RefCell<Wire>>);

struct Wire {
    stream: TcpStream,
    /// Whether anything was sent.
    answered: bool,
    /// What the dispatcher wrote last, not sent yet: it looks like a refusal.
    held: Vec<u8>,
    timeouts: Timeouts,
    /// The head that was read last.
    head: Head,
    /// Bytes that may still be read of the body of the request that is being answered. The next request is
    /// read when this one is done with.
    body_left: u64,
    /// Bytes that may still be read in this poll.
    poll_left: usize,
    /// Whether the dispatcher wanted to read more than it may.
    is_held_back: bool,
}

/// A request that is being answered, until dropped.
pub struct Exchange(Connection);

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut wire = self.0.0.borrow_mut();
        wire.timeouts.end_exchange(Instant::now());
    }
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self(Rc::new(RefCell::new(Wire {
            stream,
            answered: false,
            held: Vec::new(),
            timeouts: Timeouts::new(Instant::now()),
            head: Head::default(),
            body_left: 0,
            poll_left: READ_AT_ONCE,
            is_held_back: false,
        })))
    }

    /// A request with a body of at most so many bytes is being answered from now on.
    pub fn begin_exchange(&self, body: u64) -> Exchange {
        let mut wire = self.0.borrow_mut();
        wire.timeouts.begin_exchange();
        wire.body_left = body.saturating_sub(wire.head.take_body());
        Exchange(self.clone())
    }

    /// The dispatcher is polled.
    pub fn begin_poll(&self) {
        let mut wire = self.0.borrow_mut();
        wire.poll_left = READ_AT_ONCE;
        wire.is_held_back = false;
    }

    /// Whether the dispatcher could go on reading now, and nobody would wake it for that.
    pub fn can_read_on(&self) -> bool {
        let wire = self.0.borrow();
        wire.is_held_back && wire.may_read() > 0
    }

    /// When to look again whether the client keeps us waiting.
    ///
    /// # Errors
    /// When it does so for too long.
    pub fn next_timeout(&self, now: Instant, is_crowded: bool) -> Result<Option<Instant>, Overdue> {
        self.0.borrow().timeouts.next(now, is_crowded)
    }

    /// Whether something is not sent because it looks like a refusal.
    #[cfg(test)]
    pub fn holds_back(&self) -> bool {
        !self.0.borrow().held.is_empty()
    }

    /// Sends what was held back.
    pub fn poll_release(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_release(cx)
    }

    /// Gives the client up: what the system has not sent yet, it forgets.
    pub fn give_up(&self, overdue: Overdue) {
        let reason = overdue.label();
        metrics::counter!("toadlane_http_connections_closed_total", "reason" => reason)
            .increment(1);
        tracing::debug!(reason, "a connection was closed");
        if overdue == Overdue::Unread {
            // Else it would wait for the client in its turn.
            let _ = self.0.borrow().stream.set_zero_linger();
        }
    }

    /// The problem document for what the dispatcher refused before it ended so.
    pub fn take_refusal(&self, ended: &Result<(), DispatchError>) -> Option<Vec<u8>> {
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
    pub async fn close_with(mut self, answer: &[u8]) -> io::Result<()> {
        self.write_all(answer).await?;
        self.shutdown().await?;
        // With unread bytes the system would reset the connection and the client lose the answer.
        let mut rest = [0; READ_AT_ONCE];
        loop {
            let read = poll_fn(|cx| {
                let mut part = ReadBuf::new(&mut rest);
                ready!(Pin::new(&mut self.0.borrow_mut().stream).poll_read(cx, &mut part))?;
                Poll::Ready(io::Result::Ok(part.filled().len()))
            });
            if read.await? == 0 {
                return Ok(());
            }
        }
    }
}

impl Wire {
    /// Bytes that may be read: of the next request only when this one is done with and its answer is taken.
    fn may_read(&self) -> usize {
        if self.timeouts.is_owing() {
            return 0;
        }
        if self.timeouts.is_answering() {
            let left = usize::try_from(self.body_left).unwrap_or(usize::MAX);
            return READ_AT_ONCE.min(left);
        }
        READ_AT_ONCE
    }

    /// Reads of the body of the request that is being answered.
    fn poll_body(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let read = ready!(self.poll_stream(cx, into))?;
        let of_body = u64::try_from(read).unwrap_or(u64::MAX);
        self.body_left = self.body_left.saturating_sub(of_body);
        Poll::Ready(Ok(read))
    }

    /// Reads of the next request, and not of the one behind it. The dispatcher makes every request that it has read,
    /// and when it answers one takes an unfinished body for that one's: it closes, and those behind go unanswered.
    /// (That happens still behind a body in chunks that did not come with its head: where it ends nobody says.)
    fn poll_request(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut seen = ReadBuf::new(into);
        ready!(self.stream.poll_peek(cx, &mut seen))?;
        let mut head = self.head;
        let of_request = head.take(seen.filled());
        let (request, _) = into.split_at_mut(of_request);
        let read = ready!(self.poll_stream(cx, request))?;
        self.head = head;
        if head.is_over() {
            self.poll_left = 0;
        }
        if head.has_begun() {
            self.timeouts.hear(Instant::now());
        }
        Poll::Ready(Ok(read))
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut part = ReadBuf::new(into);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        self.poll_left = self.poll_left.saturating_sub(read);
        Poll::Ready(Ok(read))
    }

    /// Sends what was held back.
    fn poll_release(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while !self.held.is_empty() {
            self.answered = true;
            let held = std::mem::take(&mut self.held);
            let sent = self.poll_send(cx, &held);
            self.held = held;
            self.held.drain(..ready!(sent)?);
        }
        self.timeouts.settle(Instant::now());
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        match &sent {
            Poll::Pending => self.timeouts.owe(Instant::now()),
            Poll::Ready(Ok(sent)) => self.timeouts.take(*sent, Instant::now()),
            Poll::Ready(Err(_)) => {}
        }
        sent
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        let most = wire.may_read().min(wire.poll_left).min(into.remaining());
        if most == 0 {
            wire.is_held_back = true;
            return Poll::Pending;
        }
        let part = into.initialize_unfilled_to(most);
        let read = if wire.timeouts.is_answering() {
            ready!(wire.poll_body(cx, part))?
        } else {
            ready!(wire.poll_request(cx, part))?
        };
        into.advance(read);
        Poll::Ready(Ok(()))
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
        wire.poll_send(cx, answer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        // The dispatcher flushes when it has nothing left to write.
        if wire.held.is_empty() {
            wire.timeouts.settle(Instant::now());
        }
        Pin::new(&mut wire.stream).poll_flush(cx)
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
