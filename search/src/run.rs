//! Walking what a plan finds: one pass that counts, ranks and fills the facets.

use std::time::Instant;

use crate::cursor::{
    After, rank_of_distance, rank_of_highest, rank_of_lowest, rank_of_score, rank_of_time,
};
use crate::document::{Kind, Point};
use crate::error::Result;
use crate::filters;
use crate::lists::Part;
use crate::plan::{Plan, Prepared};
use crate::query::{Filter, Sort};
use crate::snapshot::{Segment, Snapshot};
use crate::tally::{Tally, Verdict};
use crate::top::{Ranked, Top};

/// The clock is looked at once in so many documents.
const DOCUMENTS_PER_LOOK: u32 = 4096;

/// What a pass is to do, the same for every stage.
pub(crate) struct Task<'a> {
    pub(crate) kinds: &'a [Kind],
    /// Filters whose field is not counted.
    pub(crate) filters: Vec<&'a Filter>,
    pub(crate) sort: Sort,
    /// How many hits to keep.
    pub(crate) keep: usize,
    /// Only hits after this place are kept; all are counted.
    pub(crate) after: Option<After>,
    /// Where distances are measured from.
    pub(crate) origin: Option<Point>,
    pub(crate) deadline: Instant,
}

/// A hit: its segment, and its rank and number there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) segment: usize,
    pub(crate) ranked: Ranked,
}

/// What a pass found.
pub(crate) struct Outcome {
    pub(crate) total: u64,
    /// The best, per segment, in order.
    pub(crate) best: Vec<Vec<Ranked>>,
    /// Counts per facet, by place in the list of values.
    pub(crate) facets: Vec<Vec<u64>>,
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
    if is_everything_by_name(task, plan, &tally) {
        return everything_by_name(task, snapshot);
    }
    let mut outcome = Outcome {
        total: 0,
        best: Vec::new(),
        facets: Vec::new(),
        corrected: plan
            .corrected
            .iter()
            .map(|word| vec![0; plan.terms_of(word.clause).len()])
            .collect(),
        partial: false,
    };
    if !plan.is_hopeless() {
        for at in 0..snapshot.segments.len() {
            let mut pass = Pass::start(task, plan, at, snapshot)?;
            tally.enter(at);
            pass.walk(&mut tally, &mut outcome);
            outcome.best.push(pass.top.into_sorted());
            if outcome.partial {
                break;
            }
        }
    }
    outcome.facets = tally.into_counts();
    Ok(outcome)
}

/// Whether nothing is asked but the list of all records: the front page, and walks through everything.
fn is_everything_by_name(task: &Task<'_>, plan: &Plan, tally: &Tally) -> bool {
    task.sort == Sort::Name
        && task.filters.is_empty()
        && filters::is_every_kind(task.kinds)
        && tally.is_empty()
        && plan.clauses.is_empty()
        && plan.excluded.is_empty()
}

/// All records by name, without a look at more of them than are kept.
fn everything_by_name(task: &Task<'_>, snapshot: &Snapshot) -> Result<Outcome> {
    let mut best = Vec::new();
    for segment in &snapshot.segments {
        let first = match &task.after {
            Some(after) => segment.first_order_after(&after.order)?,
            None => 0,
        };
        let documents = segment.by_order();
        let start = documents.partition_point(|&doc| segment.order_of(doc) < first);
        let alive = documents
            .iter()
            .skip(start)
            .filter(|doc| segment.is_alive(**doc));
        let ranked = alive.map(|&doc| Ranked {
            rank: 0,
            order: segment.order_of(doc),
            doc,
        });
        best.push(ranked.take(task.keep).collect());
    }
    Ok(Outcome {
        total: snapshot.document_count(),
        best,
        facets: Vec::new(),
        corrected: Vec::new(),
        partial: false,
    })
}

/// The walk through one segment.
struct Pass<'a> {
    task: &'a Task<'a>,
    segment: &'a Segment,
    prepared: Prepared,
    /// The most that bonuses can add to a score.
    max_bonus: f32,
    /// Of hits with the rank of `task.after`, only those from this ordinal on are kept.
    first_order: u64,
    top: Top,
}

impl<'a> Pass<'a> {
    fn start(
        task: &'a Task<'a>,
        plan: &Plan,
        at: usize,
        snapshot: &'a Snapshot,
    ) -> Result<Pass<'a>> {
        let segment = &*snapshot.segments[at];
        let mut conditions = Vec::new();
        conditions.extend(filters::kinds(task.kinds, segment)?.map(Part::Lists));
        for filter in &task.filters {
            if let Filter::Keyword { field, any_of, .. } = filter {
                let lists = filters::keyword(*field, any_of, segment, snapshot)?;
                conditions.push(Part::Lists(lists));
            }
        }
        let scored = task.sort == Sort::Relevance && task.keep > 0;
        let prepared = plan.prepare(at, snapshot, conditions, scored)?;
        Ok(Pass {
            task,
            segment,
            max_bonus: prepared.bonuses.iter().map(|(_, most)| most).sum(),
            prepared,
            first_order: match &task.after {
                Some(after) => segment.first_order_after(&after.order)?,
                None => 0,
            },
            top: Top::new(task.keep),
        })
    }

    fn walk(&mut self, tally: &mut Tally, outcome: &mut Outcome) {
        let mut until_look = DOCUMENTS_PER_LOOK;
        let mut doc = self.prepared.docs.doc();
        while doc != tantivy::TERMINATED {
            until_look -= 1;
            if until_look == 0 {
                until_look = DOCUMENTS_PER_LOOK;
                if Instant::now() >= self.task.deadline {
                    outcome.partial = true;
                    return;
                }
            }
            if self.is_match(doc) && tally.count(self.segment, doc) == Verdict::Hit {
                outcome.total += 1;
                self.note_corrections(doc, outcome);
                self.rank(doc);
            }
            doc = self.prepared.docs.advance();
        }
    }

    #[inline]
    fn is_match(&mut self, doc: u32) -> bool {
        self.segment.is_alive(doc)
            && !self
                .prepared
                .excluded
                .iter_mut()
                .any(|docs| docs.contains(doc))
            && self
                .task
                .filters
                .iter()
                .all(|filter| filters::passes(filter, self.segment, doc))
    }

    fn note_corrections(&self, doc: u32, outcome: &mut Outcome) {
        for (counts, best) in outcome.corrected.iter_mut().zip(&self.prepared.corrected) {
            // 0: found by other words only.
            let which = best.get(doc as usize).copied().unwrap_or_default();
            if let Some(count) = usize::from(which)
                .checked_sub(1)
                .and_then(|which| counts.get_mut(which))
            {
                *count += 1;
            }
        }
    }

    #[inline]
    fn rank(&mut self, doc: u32) {
        if self.task.keep == 0 {
            return;
        }
        let rank = match self.task.sort {
            Sort::Relevance => match self.score_rank(doc) {
                Some(rank) => rank,
                None => return,
            },
            Sort::Name => 0,
            Sort::UpdatedAt => rank_of_time(self.segment.updated_at.first(doc).unwrap_or(i64::MIN)),
            Sort::CreatedAt => rank_of_time(self.segment.created_at.first(doc).unwrap_or(i64::MIN)),
            Sort::Distance => {
                let distance = self
                    .task
                    .origin
                    .and_then(|origin| filters::distance_from(origin, self.segment, doc));
                distance.map_or(u64::MAX, rank_of_distance)
            }
            Sort::PostedAt => rank_of_highest(self.segment.posted_at(doc)),
            Sort::Salary => rank_of_highest(self.segment.salary(doc)),
            Sort::ValidThrough => rank_of_lowest(self.segment.expires_at(doc)),
        };
        if !self.top.admits(rank) {
            return;
        }
        let order = self.segment.order_of(doc);
        if let Some(after) = &self.task.after
            && (rank < after.rank || (rank == after.rank && order < self.first_order))
        {
            return;
        }
        self.top.offer(Ranked { rank, order, doc });
    }

    /// The rank by score. Bonuses cost a look into further lists: they are only worked out for documents
    /// that could be among the best with all of them. `None` for the others.
    #[inline]
    fn score_rank(&mut self, doc: u32) -> Option<u64> {
        let mut score = self.prepared.docs.score();
        if self.prepared.bonuses.is_empty() {
            return Some(rank_of_score(score));
        }
        if !self.top.admits(rank_of_score(score + self.max_bonus)) {
            return None;
        }
        for (docs, _) in &mut self.prepared.bonuses {
            if docs.contains(doc) {
                score += docs.score();
            }
        }
        Some(rank_of_score(score))
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
pub(crate) fn merge(
    task: &Task<'_>,
    best: &[Vec<Ranked>],
    snapshot: &Snapshot,
) -> Result<Vec<Found>> {
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
    while merged.len() < task.keep {
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

/// Only counts: how many records a plan finds, filters aside.
pub(crate) fn count(
    kinds: &[Kind],
    plan: &Plan,
    deadline: Instant,
    snapshot: &Snapshot,
) -> Result<u64> {
    let task = Task {
        kinds,
        filters: Vec::new(),
        sort: Sort::Name,
        keep: 0,
        after: None,
        origin: None,
        deadline,
    };
    Ok(run(&task, plan, Tally::default(), snapshot)?.total)
}
