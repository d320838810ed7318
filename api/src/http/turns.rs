//! Requests of one caller that are answered at the same time. The database has few connections: whoever asks for
//! a hundred large pages at once waits for their own, and nobody else does.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests of a caller under way; the next wait, the longest waiting first.
const AT_ONCE: usize = 4;

/// Who has requests under way.
#[derive(Debug)]
pub struct Turns<K>(Mutex<HashMap<K, Arc<Semaphore>>>);

/// The turn of one request, until dropped.
#[derive(Debug)]
pub struct Turn<K: Copy + Eq + Hash> {
    turns: Arc<Turns<K>>,
    key: K,
    semaphore: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Waits for a turn of this caller.
    pub async fn take(self: &Arc<Self>, key: K) -> Turn<K> {
        let semaphore = self.semaphores().entry(key).or_insert_with(new).clone();
        // Whoever hangs up while waiting leaves nothing behind either.
        let mut turn = Turn {
            turns: self.clone(),
            key,
            semaphore: semaphore.clone(),
            permit: None,
        };
        // It is never closed.
        turn.permit = semaphore.acquire_owned().await.ok();
        turn
    }

    fn semaphores(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}

impl<K: Copy + Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        self.permit = None;
        let mut semaphores = self.turns.semaphores();
        // That of the map and our own: nobody else waits for it or has a turn.
        if Arc::strong_count(&self.semaphore) == 2 {
            semaphores.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn each_caller_waits_for_their_own() {
        let turns = Arc::new(Turns::default());
        let mut taken = Vec::new();
        for _ in 0..AT_ONCE {
            taken.push(turns.take(1).await);
        }
        assert!(turns.take(1).now_or_never().is_none());
        let other = turns.take(2).now_or_never();
        assert!(other.is_some());
        taken.pop();
        assert!(turns.take(1).now_or_never().is_some());
        drop((taken, other));
        assert!(turns.semaphores().is_empty());
    }
}
