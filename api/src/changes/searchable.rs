//! How far the index has read, for those who wait for it.

use crate::changes::wake::Key;
use search::SearchIndex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How long `?refresh=wait_for` waits.
const WAIT_FOR: Duration = Duration::from_secs(5);

/// The index and how far it has read; shared by every handler.
pub struct IndexState {
    /// The read side.
    pub index: SearchIndex,
    reach: watch::Sender<Reach>,
    /// Somebody waits: commit now.
    urgent: Notify,
    /// Head of the log when this server started: not ready before it is reached.
    head_at_start: AtomicI64,
}

/// What is searchable.
#[derive(Default)]
struct Reach {
    /// Everything up to this change number.
    position: i64,
    /// Records that were taken ahead of their turn, with their change number.
    ahead: HashMap<Key, i64>,
}

impl IndexState {
    /// A state that has read up to `position`.
    pub fn new(index: SearchIndex, position: i64, head_at_start: i64) -> Self {
        Self {
            index,
            reach: watch::Sender::new(Reach {
                position,
                ahead: HashMap::new(),
            }),
            urgent: Notify::new(),
            head_at_start: AtomicI64::new(head_at_start),
        }
    }

    /// Everything up to this change number is searchable here.
    pub fn position(&self) -> i64 {
        self.reach.borrow().position
    }

    /// Whether the index has reached the head of the log as it stood at start. It stays so, unless the index
    /// [begins anew](Self::begin_anew), also while one that is damaged is [rebuilt](Self::rebuild).
    pub fn caught_up_since_start(&self) -> bool {
        self.position() >= self.head_at_start.load(Ordering::Acquire)
    }

    /// The index is about to be emptied: whoever finds it so must also find it unready.
    pub fn close(&self) {
        self.head_at_start.store(i64::MAX, Ordering::Release);
    }

    /// The index is empty and has to reach `head` as after a start.
    pub fn begin_anew(&self, head: i64) {
        self.head_at_start.store(head, Ordering::Release);
        self.reach.send_replace(Reach::default());
    }

    /// Another index is filled from the beginning, while searches are answered from what there is.
    pub fn rebuild(&self) {
        if self.caught_up_since_start() {
            self.head_at_start.store(0, Ordering::Release);
        }
        self.reach.send_replace(Reach::default());
    }

    /// Waits until the index has reached the head of the log as it stood at start.
    pub async fn catch_up(&self) {
        let mut reach = self.reach.subscribe();
        // It fails only when the sender is gone, and that is ours.
        let _ = reach
            .wait_for(|reach| reach.position >= self.head_at_start.load(Ordering::Acquire))
            .await;
    }

    /// Waits until change `number` of a record is searchable here; false after five seconds.
    pub async fn wait_for(&self, key: Key, number: i64) -> bool {
        let mut reach = self.reach.subscribe();
        self.urgent.notify_one();
        let reached = reach.wait_for(|reach| {
            reach.position >= number || reach.ahead.get(&key).is_some_and(|seq| *seq >= number)
        });
        tokio::time::timeout(WAIT_FOR, reached)
            .await
            .is_ok_and(|reached| reached.is_ok())
    }

    /// Returns when somebody waits.
    pub async fn asked_for(&self) {
        self.urgent.notified().await;
    }

    /// Tells that everything up to `position`, and these records, are searchable now.
    pub fn advance(&self, position: i64, ahead: impl IntoIterator<Item = (Key, i64)>) {
        self.reach.send_modify(|reach| {
            reach.position = position;
            reach.ahead.extend(ahead);
            reach.ahead.retain(|_, seq| *seq > position);
        });
    }
}
