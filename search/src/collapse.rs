//! Only the best hit of each group.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::error::Result;
use crate::merge::Found;
use crate::run::Task;
use crate::snapshot::Snapshot;
use crate::top::Ranked;

/// Adds the best hit of each group to the best hits of the segment it is in. `groups` has, per segment, the
/// best of each group there.
///
/// What was on earlier pages is only left out now: a group that was shown must not come again with its
/// second best hit.
pub(crate) fn add(
    groups: Vec<HashMap<u64, Ranked>>,
    best: &mut [Vec<Ranked>],
    task: &Task<'_>,
    snapshot: &Snapshot,
) -> Result<()> {
    let mut of_all: HashMap<u64, Found> = HashMap::new();
    for (segment, groups) in groups.into_iter().enumerate() {
        for (group, ranked) in groups {
            let found = Found { segment, ranked };
            match of_all.entry(group) {
                Entry::Vacant(slot) => {
                    slot.insert(found);
                }
                Entry::Occupied(mut slot) => {
                    if found.compare(slot.get(), snapshot)?.is_lt() {
                        slot.insert(found);
                    }
                }
            }
        }
    }
    let mut first_orders = Vec::with_capacity(best.len());
    for segment in snapshot.segments.iter().take(best.len()) {
        first_orders.push(match &task.after {
            Some(after) => segment.first_order_after(&after.order)?,
            None => 0,
        });
    }
    for found in of_all.into_values() {
        let first_order = first_orders.get(found.segment).copied().unwrap_or_default();
        if let Some(best) = best.get_mut(found.segment)
            && !task.is_before(&found.ranked, first_order)
        {
            best.push(found.ranked);
        }
    }
    for best in best {
        best.sort_unstable();
        best.truncate(task.keep);
    }
    Ok(())
}
