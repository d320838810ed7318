//! What is kept ready with a segment for lists without conditions, per kind of record: the records in each
//! order, and how many have which value. Worked out when first asked for.
//!
//! Orders stay right while the segment lives, whatever is deleted from it, so its states share them. Counts
//! are of live records: those of the state before, less what was deleted since. A segment that took the
//! place of others starts with what those were asked for, before anybody sees it.

use std::sync::OnceLock;

use crate::document::{Keyword, Kind};
use crate::error::Result;
use crate::filters;
use crate::query::Sort;
use crate::rank;
use crate::snapshot::Segment;

const KINDS: usize = Kind::ALL.len();
const KEYWORDS: usize = Keyword::ALL.len();

/// The orders that are kept.
const ORDERS: [Sort; 6] = [
    Sort::Name,
    Sort::UpdatedAt,
    Sort::CreatedAt,
    Sort::PostedAt,
    Sort::Salary,
    Sort::ValidThrough,
];

/// Documents by kind and order, deleted ones included.
#[derive(Default)]
pub(crate) struct Orders([[OnceLock<Vec<u32>>; ORDERS.len()]; KINDS]);

/// Counts of live records by kind.
#[derive(Default)]
pub(crate) struct Counts([OfKind; KINDS]);

#[derive(Default)]
struct OfKind {
    total: OnceLock<u64>,
    /// Per keyword, by the segment's ordinal.
    values: [OnceLock<Vec<u32>>; KEYWORDS],
    /// The salaries of deleted records, lowest first.
    gone: OnceLock<Vec<i64>>,
}

/// The slot's value, worked out if it is not there yet. Two threads may do so at once; one is kept.
pub(crate) fn get_or_make<T>(slot: &OnceLock<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(value) = slot.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(slot.get_or_init(|| value))
}

/// Whether an order is kept ready.
pub(crate) fn is_kept(sort: Sort) -> bool {
    ORDERS.contains(&sort)
}

/// The salaries of the live records of one kind in one segment.
pub(crate) struct Salaries<'a> {
    segment: &'a Segment,
    /// Highest first, those without one last, deleted ones included.
    documents: &'a [u32],
    gone: &'a [i64],
}

impl Salaries<'_> {
    /// How many have one.
    pub(crate) fn all(&self) -> u64 {
        self.count(|_| true) - self.gone.len() as u64
    }

    /// How many are lower than this.
    pub(crate) fn below(&self, cents: i64) -> u64 {
        let from = self.count(|salary| salary >= cents);
        let below = self.count(|_| true) - from;
        below - self.gone.partition_point(|gone| *gone < cents) as u64
    }

    /// How many of all documents are in front of the first of which `is_in_front` is not true.
    fn count(&self, is_in_front: impl Fn(i64) -> bool) -> u64 {
        let end = self
            .documents
            .partition_point(|&doc| self.segment.salary(doc).is_some_and(&is_in_front));
        end as u64
    }
}

impl Segment {
    /// The documents of a kind, by number, deleted ones included.
    fn of_kind(&self, kind: Kind) -> Result<Vec<u32>> {
        let Some(lists) = filters::kinds(&[kind], self)? else {
            return Ok((0..self.max_doc).collect());
        };
        let mut docs = lists.into_docs(self.max_doc)?;
        let mut documents = Vec::new();
        while docs.doc() != tantivy::TERMINATED {
            documents.push(docs.doc());
            docs.advance();
        }
        Ok(documents)
    }

    /// Those of the documents, which are in rising order, that are of a kind.
    pub(crate) fn only_of_kind(&self, kind: Kind, mut documents: Vec<u32>) -> Result<Vec<u32>> {
        if let Some(lists) = filters::kinds(&[kind], self)?
            && !documents.is_empty()
        {
            let mut of_kind = lists.into_docs(self.max_doc)?;
            documents.retain(|&doc| of_kind.contains(doc));
        }
        Ok(documents)
    }

    fn live_of_kind(&self, kind: Kind) -> Result<Vec<u32>> {
        let mut documents = self.of_kind(kind)?;
        documents.retain(|&doc| self.is_alive(doc));
        Ok(documents)
    }

    /// The documents of a kind in an order that is kept, deleted ones included.
    pub(crate) fn in_order(&self, kind: Kind, sort: Sort) -> Result<&[u32]> {
        let Some(at) = ORDERS.iter().position(|order| *order == sort) else {
            return Ok(&[]);
        };
        let documents = get_or_make(&self.orders.0[kind as usize][at], || {
            let place = |doc| (rank::of(sort, None, self, doc), self.order_of(doc), doc);
            let mut places: Vec<_> = self.of_kind(kind)?.into_iter().map(place).collect();
            places.sort_unstable();
            Ok(places.into_iter().map(|(_, _, doc)| doc).collect())
        })?;
        Ok(documents)
    }

    /// How many live records are of a kind.
    pub(crate) fn total(&self, kind: Kind) -> Result<u64> {
        get_or_make(&self.counts.0[kind as usize].total, || {
            Ok(self.live_of_kind(kind)?.len() as u64)
        })
        .copied()
    }

    /// How many live records of a kind have each value of a keyword, by ordinal.
    pub(crate) fn records_by_value(&self, kind: Kind, keyword: Keyword) -> Result<&[u32]> {
        let slot = &self.counts.0[kind as usize].values[keyword.index()];
        let records = get_or_make(slot, || {
            let mut records = vec![0; self.values(keyword)];
            for doc in self.live_of_kind(kind)? {
                self.add(keyword, doc, 1, &mut records);
            }
            Ok(records)
        })?;
        Ok(records)
    }

    /// The salaries of live records of a kind.
    pub(crate) fn salaries(&self, kind: Kind) -> Result<Salaries<'_>> {
        let gone = get_or_make(&self.counts.0[kind as usize].gone, || {
            let mut documents = self.of_kind(kind)?;
            documents.retain(|&doc| !self.is_alive(doc));
            Ok(self.sorted_salaries(&documents))
        })?;
        Ok(Salaries {
            segment: self,
            documents: self.in_order(kind, Sort::Salary)?,
            gone,
        })
    }

    fn sorted_salaries(&self, documents: &[u32]) -> Vec<i64> {
        let salaries = documents.iter().filter_map(|&doc| self.salary(doc));
        let mut salaries: Vec<i64> = salaries.collect();
        salaries.sort_unstable();
        salaries
    }

    /// Adds `times` to the counts of a document's values.
    fn add(&self, keyword: Keyword, doc: u32, times: i32, records: &mut [u32]) {
        for ordinal in self.ordinals(keyword, doc) {
            let count = usize::try_from(ordinal).ok();
            if let Some(count) = count.and_then(|ordinal| records.get_mut(ordinal)) {
                *count = count.saturating_add_signed(times);
            }
        }
    }

    /// Takes over the counts of the state before, less what was deleted since.
    pub(crate) fn take_counts(&mut self, before: &Segment) -> Result<()> {
        let is_asked_for = |kind: &OfKind| kind.total.get().is_some();
        if !before.counts.0.iter().any(is_asked_for) {
            return Ok(());
        }
        let deleted: Vec<u32> = (0..self.max_doc)
            .filter(|&doc| before.is_alive(doc) && !self.is_alive(doc))
            .collect();
        for (&kind, before) in Kind::ALL.iter().zip(&before.counts.0) {
            let Some(total) = before.total.get() else {
                continue;
            };
            let deleted = self.only_of_kind(kind, deleted.clone())?;
            let now = OfKind {
                total: (total - deleted.len() as u64).into(),
                ..OfKind::default()
            };
            for keyword in Keyword::ALL {
                if let Some(records) = before.values[keyword.index()].get() {
                    let mut records = records.clone();
                    for &doc in &deleted {
                        self.add(keyword, doc, -1, &mut records);
                    }
                    let _ = now.values[keyword.index()].set(records);
                }
            }
            if let Some(gone) = before.gone.get() {
                let mut gone = [gone.as_slice(), &self.sorted_salaries(&deleted)].concat();
                gone.sort_unstable();
                let _ = now.gone.set(gone);
            }
            self.counts.0[kind as usize] = now;
        }
        Ok(())
    }

    /// Works out what another segment was asked for.
    pub(crate) fn get_ready_like(&self, other: &Segment) -> Result<()> {
        for (&kind, asked) in Kind::ALL.iter().zip(&other.orders.0) {
            for (sort, asked) in ORDERS.iter().zip(asked) {
                if asked.get().is_some() {
                    self.in_order(kind, *sort)?;
                }
            }
        }
        for (&kind, asked) in Kind::ALL.iter().zip(&other.counts.0) {
            if asked.total.get().is_some() {
                self.total(kind)?;
            }
            for keyword in Keyword::ALL {
                if asked.values[keyword.index()].get().is_some() {
                    self.records_by_value(kind, keyword)?;
                }
            }
            if asked.gone.get().is_some() {
                self.salaries(kind)?;
            }
        }
        Ok(())
    }
}
