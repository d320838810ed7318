//! The walk through one segment.

use std::collections::HashMap;
use std::time::Instant;

use tantivy::columnar::Column;

use crate::docset::PART_BONUS;
use crate::document::{Keyword, MAX_QUALITY};
use crate::error::Result;
use crate::filters::{self, OrMissing};
use crate::lists::{Lists, Part};
use crate::plan::{NAME_BONUS, Plan, Prepared};
use crate::query::{Filter, Sort};
use crate::rank;
use crate::run::{Outcome, Task};
use crate::snapshot::{Segment, Snapshot};
use crate::tally::{Tally, Verdict};
use crate::top::{Ranked, Top};

/// The clock is looked at once in so many documents.
const DOCUMENTS_PER_LOOK: u32 = 4096;

/// The walk through one segment.
pub(crate) struct Pass<'a> {
    task: &'a Task<'a>,
    segment: &'a Segment,
    prepared: Prepared,
    or_missing: Vec<OrMissing<'a>>,
    /// When records expire, if some that are not deleted have.
    expiring: Option<&'a Column<i64>>,
    /// The most that bonuses can add to a score.
    max_bonus: f32,
    /// Scores have a [`PART_BONUS`] for each word found.
    relaxed: bool,
    /// Of hits with the rank of `task.after`, only those from this ordinal on are kept.
    first_order: u64,
    /// The best of those that are not in `groups`.
    pub(crate) top: Top,
    /// When only the best of each group is asked for: the best of each.
    pub(crate) groups: HashMap<u64, Ranked>,
}

impl<'a> Pass<'a> {
    pub(crate) fn start(
        task: &'a Task<'a>,
        plan: &Plan,
        at: usize,
        snapshot: &'a Snapshot,
    ) -> Result<Pass<'a>> {
        let segment = &*snapshot.segments[at];
        let mut conditions = Vec::new();
        conditions.extend(filters::kinds(task.kinds, segment)?.map(Part::Lists));
        let mut or_missing = Vec::new();
        for filter in &task.filters {
            match filter {
                Filter::Keyword {
                    field,
                    any_of,
                    or_missing: false,
                } => {
                    let lists = filters::keyword(*field, any_of, segment, snapshot)?;
                    conditions.push(Part::Lists(lists));
                }
                Filter::Keyword { field, any_of, .. } => {
                    or_missing.extend(OrMissing::new(*field, any_of, segment)?);
                }
                _ => {}
            }
        }
        if plan.clauses.is_empty() {
            conditions.extend(some_counted(task, segment, snapshot)?.map(Part::Lists));
        }
        let scored = task.sort == Sort::Relevance && task.keep > 0;
        let prepared = plan.prepare(at, snapshot, conditions, scored)?;
        let name_bonus = if prepared.name.is_some() {
            NAME_BONUS
        } else {
            0.0
        };
        Ok(Pass {
            task,
            segment,
            max_bonus: prepared.bonuses.iter().map(|(_, most)| most).sum::<f32>()
                + name_bonus
                + prepared.per_quality * f32::from(MAX_QUALITY),
            prepared,
            or_missing,
            expiring: segment.expiring(task.now),
            relaxed: plan.relaxed,
            first_order: match &task.after {
                Some(after) => segment.first_order_after(&after.order)?,
                None => 0,
            },
            top: Top::new(task.keep),
            groups: HashMap::new(),
        })
    }

    pub(crate) fn walk(&mut self, tally: &mut Tally, outcome: &mut Outcome) {
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
                self.keep(doc);
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
            && self.expiring.is_none_or(|expires_at| {
                expires_at
                    .first(doc)
                    .is_none_or(|expires_at| expires_at > self.task.now)
            })
            && self.or_missing.iter().all(|filter| filter.passes(doc))
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

    /// Keeps a hit if it is among the best.
    #[inline]
    fn keep(&mut self, doc: u32) {
        if self.task.keep == 0 {
            return;
        }
        let group = if self.task.collapse {
            self.segment.group(doc)
        } else {
            None
        };
        let rank = match self.task.sort {
            Sort::Relevance => match self.score_rank(doc, group.is_some()) {
                Some(rank) => rank,
                None => return,
            },
            sort => rank::of(sort, self.task.origin, self.segment, doc),
        };
        if let Some(group) = group {
            let hit = self.ranked(rank, doc);
            let best = self.groups.entry(group).or_insert(hit);
            *best = hit.min(*best);
            return;
        }
        if !self.top.admits(rank) {
            return;
        }
        let hit = self.ranked(rank, doc);
        if !self.task.is_before(&hit, self.first_order) {
            self.top.offer(hit);
        }
    }

    #[inline]
    fn ranked(&self, rank: u64, doc: u32) -> Ranked {
        Ranked {
            rank,
            order: self.segment.order_of(doc),
            doc,
        }
    }

    /// The rank by score. Bonuses and ages cost further look-ups: they are only worked out for documents
    /// that could be among the best, or for `all`. `None` for the others.
    #[inline]
    fn score_rank(&mut self, doc: u32, all: bool) -> Option<u64> {
        let mut score = self.prepared.docs.score();
        let at_best = rank::best_of_score(score + self.max_bonus);
        if !all && !self.top.admits(at_best) {
            return None;
        }
        for (docs, _) in &mut self.prepared.bonuses {
            if docs.contains(doc) {
                score += docs.score();
            }
        }
        score += self.prepared.per_quality * f32::from(self.segment.quality(doc));
        let posted_at = self.segment.posted_at(doc);
        if posted_at.is_some() {
            let kept = rank::freshness(posted_at, self.task.now);
            // More words count more than age.
            let for_words_found = if self.relaxed {
                (score / PART_BONUS).floor() * PART_BONUS
            } else {
                0.0
            };
            score = for_words_found + (score - for_words_found) * kept;
        }
        if let Some(docs) = &mut self.prepared.name
            && docs.contains(doc)
        {
            score += NAME_BONUS;
        }
        Some(rank::of_score(score, posted_at))
    }
}

/// What the tally wants to see has passed all of its filters but those of one field, so it has passed one of
/// any two fields: the two rarest here. `None` when there are no two.
fn some_counted(task: &Task<'_>, segment: &Segment, snapshot: &Snapshot) -> Result<Option<Lists>> {
    let mut rarest: Vec<(Keyword, Lists)> = Vec::new();
    for filter in &task.counted {
        if let Filter::Keyword {
            field,
            any_of,
            or_missing: false,
        } = filter
        {
            let lists = filters::keyword(*field, any_of, segment, snapshot)?;
            match rarest.iter_mut().find(|(known, _)| known == field) {
                Some((_, known)) if known.documents() <= lists.documents() => {}
                Some((_, known)) => *known = lists,
                None => rarest.push((*field, lists)),
            }
        }
    }
    rarest.sort_by_key(|(_, lists)| lists.documents());
    let mut rarest = rarest.into_iter().map(|(_, lists)| lists);
    let (Some(mut either), Some(or)) = (rarest.next(), rarest.next()) else {
        return Ok(None);
    };
    either.or(or);
    Ok(Some(either))
}
