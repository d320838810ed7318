//! Following the change log: a durable place in it, wake-up and back-off.

use crate::changes::wake::Wake;
use crate::error::ApiError;
use std::future::Future;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longest pause after repeated failures.
const MAX_BACK_OFF: Duration = Duration::from_secs(30);

/// How far a step got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to read.
    More,
    /// Everything that was committed before the step began is applied.
    CaughtUp,
}

/// Something that is derived from the log and remembers how far it has read.
pub trait Projection: Send {
    /// For the log.
    fn name(&self) -> &'static str;

    /// How often to look without being woken: other processes on SQLite cannot wake us.
    fn poll_every(&self) -> Duration;

    /// Applies the next changes and remembers the new place, both or neither.
    fn drain_once(&mut self) -> impl Future<Output = Result<Progress, ApiError>> + Send;
}

/// Runs a projection until cancelled.
pub async fn follow(mut projection: impl Projection, wake: Wake, stop: CancellationToken) {
    let mut woken = wake.subscribe();
    let mut back_off = Duration::from_millis(100);
    while !stop.is_cancelled() {
        // Marked as seen before reading: a commit during the step wakes us again.
        woken.mark_unchanged();
        let pause = match projection.drain_once().await {
            Ok(progress) => {
                back_off = Duration::from_millis(100);
                match progress {
                    Progress::More => continue,
                    Progress::CaughtUp => projection.poll_every(),
                }
            }
            Err(error) => {
                tracing::error!(follower = projection.name(), error = ?error, pause = ?back_off, "a step failed and is tried again");
                let pause = back_off;
                back_off = (back_off * 2).min(MAX_BACK_OFF);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
                continue;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            _ = woken.changed() => {}
        }
    }
}
