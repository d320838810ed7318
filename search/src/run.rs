//! Running a plan over all segments.

use std::time::Instant;

use crate::collapse;
use crate::cursor::After;
use crate::document::{Kind, Point};
use crate::error::Result;
use crate::listing;
use crate::pass::Pass;
use crate::plan::Plan;
use crate::query::{Filter, Sort};
use crate::snapshot::{Segment, Snapshot};
use crate::tally::Tally;
use crate::top::Ranked;

/// What a pass is to do, the same for every stage.
pub(crate) struct Task<'a> {
    pub(crate) kinds: &'a [Kind],
    /// Filters that the pass checks.
    pub(crate) filters: Vec<&'a Filter>,
    /// Filters that the tally checks: a record that fails those of one field is counted for that field.
    pub(crate) counted: Vec<&'a Filter>,
    pub(crate) sort: Sort,
    /// How many hits to keep.
    pub(crate) keep: usize,
    /// Only the best hit of each group.
    pub(crate) collapse: bool,
    /// Only hits after this place are kept; all are counted.
    pub(crate) after: Option<After>,
    /// Where distances are measured from.
    pub(crate) origin: Option<Point>,
    /// What expires at or before this is not found.
    pub(crate) now: i64,
    pub(crate) deadline: Instant,
}

impl<'a> Task<'a> {
    /// A task that only counts.
    pub(crate) fn counting(kinds: &'a [Kind], now: i64, deadline: Instant) -> Task<'a> {
        Task {
            kinds,
            filters: Vec::new(),
            counted: Vec::new(),
            sort: Sort::Name,
            keep: 0,
            collapse: false,
            after: None,
            origin: None,
            now,
            deadline,
        }
    }

    /// The kinds that are asked for.
    pub(crate) fn all_kinds(&self) -> impl Iterator<Item = Kind> + use<'_> {
        let is_asked_for = |kind: &Kind| self.kinds.is_empty() || self.kinds.contains(kind);
        Kind::ALL.iter().copied().filter(is_asked_for)
    }

    /// Whether a hit was on an earlier page. `first_order` is the first ordinal of its segment after the
    /// name in `after`.
    #[inline]
    pub(crate) fn is_before(&self, hit: &Ranked, first_order: u64) -> bool {
        self.after.as_ref().is_some_and(|after| {
            hit.rank < after.rank || (hit.rank == after.rank && hit.order < first_order)
        })
    }
}

/// What a pass found.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) total: u64,
    /// The best, per segment, in order.
    pub(crate) best: Vec<Vec<Ranked>>,
    /// Counts per facet, by place in the list of values.
    pub(crate) facets: Vec<Vec<u64>>,
    /// How many records have a salary in each range, when asked for.
    pub(crate) histogram: Option<Vec<u64>>,
    /// Per corrected clause, how many records were found by each of its terms.
    pub(crate) corrected: Vec<Vec<u64>>,
    pub(crate) partial: bool,
}

/// Runs a plan over all segments.
pub(crate) fn run(
    task: &Task<'_>,
    plan: &Plan,
    mut tally: Tally,
    snapshot: &Snapshot,
) -> Result<Outcome> {
    if listing::is_listing(task, plan, &tally) {
        return listing::list(task, tally, snapshot);
    }
    let terms = |word: &crate::plan::Corrected| vec![0; plan.terms_of(word.clause).len()];
    let mut outcome = Outcome {
        corrected: plan.corrected.iter().map(terms).collect(),
        ..Outcome::default()
    };
    let mut groups = Vec::new();
    if !plan.is_hopeless() {
        for at in 0..snapshot.segments.len() {
            let mut pass = Pass::start(task, plan, at, snapshot)?;
            tally.enter(at);
            if tally.is_of_all() {
                count_of_all(task, &mut tally, &snapshot.segments[at])?;
            }
            pass.walk(&mut tally, &mut outcome);
            outcome.best.push(pass.top.into_sorted());
            groups.push(pass.groups);
            if outcome.partial {
                break;
            }
        }
    }
    if task.collapse {
        collapse::add(groups, &mut outcome.best, task, snapshot)?;
    }
    (outcome.facets, outcome.histogram) = tally.into_counts();
    Ok(outcome)
}

fn count_of_all(task: &Task<'_>, tally: &mut Tally, segment: &Segment) -> Result<()> {
    for kind in task.all_kinds() {
        let expired = segment.only_of_kind(kind, segment.expired(task.now))?;
        tally.count_of_all(segment, kind, &expired)?;
    }
    Ok(())
}

/// Only counts: how many records a plan finds, filters aside.
pub(crate) fn count(
    kinds: &[Kind],
    plan: &Plan,
    now: i64,
    deadline: Instant,
    snapshot: &Snapshot,
) -> Result<u64> {
    let task = Task::counting(kinds, now, deadline);
    Ok(run(&task, plan, Tally::default(), snapshot)?.total)
}
