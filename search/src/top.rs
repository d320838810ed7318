//! The best hits of one segment.

use std::collections::BinaryHeap;

/// A hit within its segment. Lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    /// By the sort order.
    pub(crate) rank: u64,
    /// Ordinal of name and id within the segment: unique, so no two hits tie.
    pub(crate) order: u64,
    pub(crate) doc: u32,
}

/// Keeps the best `limit` hits.
pub(crate) struct Top {
    limit: usize,
    /// The worst on top.
    heap: BinaryHeap<Ranked>,
}

impl Top {
    pub(crate) fn new(limit: usize) -> Top {
        Top {
            limit,
            // Deep pages are rare: room for a usual one, more when it comes to that.
            heap: BinaryHeap::with_capacity(limit.min(128) + 1),
        }
    }

    /// Whether a hit of this rank could be among the best.
    #[inline]
    pub(crate) fn admits(&self, rank: u64) -> bool {
        if self.heap.len() < self.limit {
            return true;
        }
        self.heap.peek().is_some_and(|worst| rank <= worst.rank)
    }

    #[inline]
    pub(crate) fn offer(&mut self, hit: Ranked) {
        if self.heap.len() < self.limit {
            self.heap.push(hit);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    /// The best, in order.
    pub(crate) fn into_sorted(self) -> Vec<Ranked> {
        self.heap.into_sorted_vec()
    }
}
