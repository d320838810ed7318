//! From the best of each segment to the best of all.

use std::cmp::Ordering;

use crate::error::Result;
use crate::snapshot::Snapshot;
use crate::top::Ranked;

/// A hit: its segment, and its rank and number there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) segment: usize,
    pub(crate) ranked: Ranked,
}

impl Found {
    /// Which of two hits comes first. Ordinals of different segments cannot be compared: where ranks tie,
    /// the names are.
    pub(crate) fn compare(&self, other: &Found, snapshot: &Snapshot) -> Result<Ordering> {
        if self.segment == other.segment {
            return Ok(self.ranked.cmp(&other.ranked));
        }
        let place = |found: &Found| {
            let segment = &snapshot.segments[found.segment];
            (found.ranked.rank, segment.order_start(found.ranked.doc))
        };
        let by_place = place(self).cmp(&place(other));
        if by_place.is_ne() {
            return Ok(by_place);
        }
        let order =
            |found: &Found| snapshot.segments[found.segment].order_string(found.ranked.order);
        Ok(order(self)?.cmp(&order(other)?))
    }
}

/// The next hit of a segment, to be compared with those of the others.
struct Head {
    segment: usize,
    ranked: Ranked,
    /// How the name begins.
    start: u64,
    /// Name and id, once they were needed.
    order: Option<Vec<u8>>,
}

/// The best hits of all segments, in order, `keep` at most.
pub(crate) fn merge(keep: usize, best: &[Vec<Ranked>], snapshot: &Snapshot) -> Result<Vec<Found>> {
    let mut merged = Vec::new();
    let mut rest: Vec<_> = best.iter().map(|best| best.iter()).collect();
    let mut next = |segment: usize| -> Option<Head> {
        let ranked = *rest.get_mut(segment)?.next()?;
        Some(Head {
            segment,
            ranked,
            start: snapshot.segments[segment].order_start(ranked.doc),
            order: None,
        })
    };
    let mut heads: Vec<Head> = (0..best.len()).filter_map(&mut next).collect();
    while merged.len() < keep {
        let Some(first) = first(&mut heads, snapshot)? else {
            break;
        };
        let Head {
            segment, ranked, ..
        } = heads[first];
        merged.push(Found { segment, ranked });
        match next(segment) {
            Some(head) => heads[first] = head,
            None => {
                heads.swap_remove(first);
            }
        }
    }
    Ok(merged)
}

/// Which of the heads comes first. Ordinals of different segments cannot be compared: where ranks tie, the
/// names are. They are looked up only where they begin alike, as that costs more than most searches.
fn first(heads: &mut [Head], snapshot: &Snapshot) -> Result<Option<usize>> {
    let place = |head: &Head| (head.ranked.rank, head.start);
    let Some(best) = heads.iter().map(place).min() else {
        return Ok(None);
    };
    let mut tied = heads.iter_mut().filter(|head| place(head) == best);
    if let (Some(one), Some(other)) = (tied.next(), tied.next()) {
        for head in [one, other].into_iter().chain(tied) {
            if head.order.is_none() {
                let segment = &snapshot.segments[head.segment];
                head.order = Some(segment.order_string(head.ranked.order)?);
            }
        }
    }
    Ok((0..heads.len()).min_by_key(|&at| (place(&heads[at]), &heads[at].order)))
}
