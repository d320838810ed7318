//! Lists without conditions: the first page people see, and walks through everything. They look at no more
//! records than they show; everything else is kept [`ready`](crate::ready).

use std::time::Instant;

use crate::document::Kind;
use crate::error::Result;
use crate::plan::Plan;
use crate::rank;
use crate::ready;
use crate::run::{Outcome, Task};
use crate::snapshot::{Segment, Snapshot};
use crate::tally::Tally;
use crate::top::Ranked;

/// Whether a task is to list all records of some kinds.
pub(crate) fn is_listing(task: &Task<'_>, plan: &Plan, tally: &Tally) -> bool {
    ready::is_kept(task.sort)
        && !task.collapse
        && task.filters.is_empty()
        && tally.has_no_filters()
        && plan.clauses.is_empty()
        && plan.excluded.is_empty()
}

pub(crate) fn list(task: &Task<'_>, mut tally: Tally, snapshot: &Snapshot) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (at, segment) in snapshot.segments.iter().enumerate() {
        tally.enter(at);
        let mut best = Vec::new();
        for kind in task.all_kinds() {
            // Only what is worked out for the first time takes long.
            if Instant::now() >= task.deadline {
                outcome.partial = true;
                break;
            }
            if !segment.has(kind)? {
                continue;
            }
            let expired = segment.only_of_kind(kind, segment.expired(task.now))?;
            outcome.total += segment.total(kind)? - expired.len() as u64;
            tally.count_all(segment, kind, &expired)?;
            if task.keep > 0 {
                add_first(&mut best, kind, task, segment)?;
            }
        }
        best.sort_unstable();
        best.truncate(task.keep);
        outcome.best.push(best);
    }
    (outcome.facets, outcome.histogram) = tally.into_counts();
    Ok(outcome)
}

/// Adds the first hits of one kind.
fn add_first(best: &mut Vec<Ranked>, kind: Kind, task: &Task<'_>, segment: &Segment) -> Result<()> {
    let first_order = match &task.after {
        Some(after) => segment.first_order_after(&after.order)?,
        None => 0,
    };
    let ranked = |doc: u32| Ranked {
        rank: rank::of(task.sort, None, segment, doc),
        order: segment.order_of(doc),
        doc,
    };
    let documents = segment.in_order(kind, task.sort)?;
    let start = documents.partition_point(|&doc| task.is_before(&ranked(doc), first_order));
    let is_shown = |doc: &&u32| segment.is_alive(**doc) && !segment.is_expired(**doc, task.now);
    let shown = documents.iter().skip(start).filter(is_shown);
    best.extend(shown.take(task.keep).map(|&doc| ranked(doc)));
    Ok(())
}
