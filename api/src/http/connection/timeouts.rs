//! How long a connection may keep us waiting: for its next request, for the rest of a request's head, and for
//! what it asked for to be taken.

use std::time::Duration;
use tokio::time::Instant;

/// How long a client may take to send a request's head.
pub const HEAD: Duration = Duration::from_secs(10);

/// How long an idle connection is kept.
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long closing a connection may take.
pub const CLOSE: Duration = Duration::from_secs(1);

/// How long an idle connection is kept while there is hardly room for others.
const KEEP_ALIVE_WHEN_CROWDED: Duration = Duration::from_secs(5);

/// How long a client may take for [`LEAST_TAKEN`] of what it is owed.
const UNREAD: Duration = Duration::from_secs(30);

/// Bytes that a client takes in [`UNREAD`], or all there is: a trickle would hold an answer for hours. Less than
/// what the system takes from us at a time, so that each such time counts.
const LEAST_TAKEN: usize = 32 * 1024;

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// The client does not take what it is owed.
    Unread,
    /// The client does not end the request that it began.
    Unfinished,
    /// The client asks for nothing.
    Idle,
}

impl Overdue {
    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Unfinished => "unfinished",
            Self::Idle => "idle",
        }
    }
}

/// What a connection waits for, and since when. The dispatcher of actix has timers of its own, but none for
/// an answer that is not taken, and none for what follows the head of the first request.
#[derive(Debug)]
pub struct Timeouts {
    /// Requests that are being answered.
    exchanges: usize,
    /// Since when there is none.
    quiet_since: Instant,
    /// When the first byte came since.
    heard_at: Option<Instant>,
    /// Since when the client takes no more of what it is owed.
    unread_since: Option<Instant>,
    /// How long we waited before for it to take [`LEAST_TAKEN`], and how much of that it took.
    waited: Duration,
    taken: usize,
}

impl Timeouts {
    /// Those of a connection that was made just now.
    pub fn new(now: Instant) -> Self {
        Self {
            exchanges: 0,
            quiet_since: now,
            heard_at: None,
            unread_since: None,
            waited: Duration::ZERO,
            taken: 0,
        }
    }

    /// Whether a request is being answered.
    pub fn is_answering(&self) -> bool {
        self.exchanges > 0
    }

    /// Whether the client has to take something first.
    pub fn is_owing(&self) -> bool {
        self.unread_since.is_some()
    }

    /// A request came, whole up to its body.
    pub fn begin_exchange(&mut self) {
        self.exchanges += 1;
        if !self.is_owing() {
            self.waited = Duration::ZERO;
            self.taken = 0;
        }
    }

    /// Its answer is written, as far as the client takes it.
    pub fn end_exchange(&mut self, now: Instant) {
        self.exchanges = self.exchanges.saturating_sub(1);
        self.quiet_since = now;
        self.heard_at = None;
    }

    /// Something came from the client.
    pub fn hear(&mut self, now: Instant) {
        if !self.is_answering() {
            self.heard_at.get_or_insert(now);
        }
    }

    /// The client does not take more at the moment.
    pub fn owe(&mut self, now: Instant) {
        self.unread_since.get_or_insert(now);
    }

    /// The client took so many bytes.
    pub fn take(&mut self, bytes: usize, now: Instant) {
        self.taken = self.taken.saturating_add(bytes);
        if self.taken >= LEAST_TAKEN {
            self.taken = 0;
            self.waited = Duration::ZERO;
            self.unread_since = self.unread_since.map(|_| now);
        }
    }

    /// The client took everything there was; there may be more of the answer.
    pub fn settle(&mut self, now: Instant) {
        if let Some(since) = self.unread_since.take() {
            self.waited += now - since;
            self.quiet_since = now;
        }
    }

    /// When to look again; `None` while we keep the client waiting.
    ///
    /// # Errors
    /// When and why it is to be closed: now.
    pub fn next(&self, now: Instant, is_crowded: bool) -> Result<Option<Instant>, Overdue> {
        let until = |deadline: Instant, overdue| {
            if deadline <= now {
                Err(overdue)
            } else {
                Ok(Some(deadline))
            }
        };
        if let Some(since) = self.unread_since {
            let left = UNREAD.saturating_sub(self.waited);
            return until(since + left, Overdue::Unread);
        }
        if self.is_answering() {
            return Ok(None);
        }
        // Later than the timers of actix, which answers 408.
        if let Some(heard_at) = self.heard_at {
            return until(heard_at + HEAD + CLOSE, Overdue::Unfinished);
        }
        let keep = if is_crowded {
            KEEP_ALIVE_WHEN_CROWDED
        } else {
            KEEP_ALIVE + CLOSE
        };
        let end = until(self.quiet_since + keep, Overdue::Idle)?;
        // It may become crowded meanwhile.
        Ok(end.map(|end| end.min(now + KEEP_ALIVE_WHEN_CROWDED)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_takes_too_little_is_cut_off() {
        let start = Instant::now();
        let mut timeouts = Timeouts::new(start);
        timeouts.begin_exchange();
        assert_eq!(timeouts.next(start + 3600 * SECOND, true), Ok(None));
        timeouts.owe(start);
        for second in 1..30 {
            timeouts.take(1, start + second * SECOND);
            timeouts.owe(start + second * SECOND);
            let next = timeouts.next(start + second * SECOND, false);
            assert_eq!(next, Ok(Some(start + UNREAD)));
        }
        assert_eq!(timeouts.next(start + UNREAD, false), Err(Overdue::Unread));
        timeouts.take(LEAST_TAKEN, start + 29 * SECOND);
        let next = timeouts.next(start + UNREAD, false);
        assert_eq!(next, Ok(Some(start + 59 * SECOND)));
        // What we are slow with ourselves does not count, but what was waited before does.
        timeouts.settle(start + 49 * SECOND);
        assert_eq!(timeouts.next(start + 3600 * SECOND, false), Ok(None));
        timeouts.owe(start + 3600 * SECOND);
        let next = timeouts.next(start + 3600 * SECOND, false);
        assert_eq!(next, Ok(Some(start + 3610 * SECOND)));
    }

    #[test]
    fn a_head_that_does_not_end_is_not_waited_for() {
        let start = Instant::now();
        let mut timeouts = Timeouts::new(start);
        timeouts.hear(start);
        timeouts.begin_exchange();
        timeouts.hear(start + SECOND);
        timeouts.end_exchange(start + 2 * SECOND);
        timeouts.hear(start + 3 * SECOND);
        timeouts.hear(start + 9 * SECOND);
        let end = start + 3 * SECOND + HEAD + CLOSE;
        assert_eq!(timeouts.next(start + 9 * SECOND, false), Ok(Some(end)));
        assert_eq!(timeouts.next(end, false), Err(Overdue::Unfinished));
    }

    #[test]
    fn who_is_idle_makes_room_for_others() {
        let start = Instant::now();
        let timeouts = Timeouts::new(start);
        let look = start + 6 * SECOND;
        let next = timeouts.next(look, false);
        assert_eq!(next, Ok(Some(look + KEEP_ALIVE_WHEN_CROWDED)));
        assert_eq!(timeouts.next(look, true), Err(Overdue::Idle));
        let end = start + KEEP_ALIVE + CLOSE;
        assert_eq!(timeouts.next(end, false), Err(Overdue::Idle));
    }
}
