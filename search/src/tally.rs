//! Filters that are counted: facets and the filters on their own fields, in the same pass.
//!
//! A facet's counts ignore the filter on its own field. So a record that passes all counted filters counts
//! for every facet, one that fails only the filters of one field counts for that field's facet alone, and
//! one that fails those of two fields counts for nothing.

use std::sync::Arc;

use crate::document::Keyword;
use crate::error::Result;
use crate::facets::Values;
use crate::query::Filter;
use crate::snapshot::{Segment, Snapshot};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passes all counted filters.
    Hit,
    /// It does not, though it may have counted for a facet.
    Miss,
}

/// A field that is counted.
#[derive(Clone)]
struct Counted {
    field: Keyword,
    values: Arc<Values>,
    /// Per filter on this field: which values pass.
    wanted: Vec<Vec<bool>>,
    counts: Vec<u64>,
}

/// The facets of a search, being counted.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    fields: Vec<Counted>,
    segment: usize,
}

impl Tally {
    pub(crate) fn new(
        facets: &[Keyword],
        filters: &[Filter],
        snapshot: &Snapshot,
    ) -> Result<Tally> {
        let mut fields = Vec::new();
        for &field in facets {
            let values = snapshot.values(field)?;
            let wanted = filters
                .iter()
                .filter_map(|filter| match filter {
                    Filter::Keyword {
                        field: on, any_of, ..
                    } if *on == field => Some(values.marked(any_of)),
                    _ => None,
                })
                .collect();
            fields.push(Counted {
                field,
                wanted,
                counts: vec![0; values.len()],
                values,
            });
        }
        Ok(Tally { fields, segment: 0 })
    }

    /// Whether nothing is counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Goes on to a segment, by its number.
    pub(crate) fn enter(&mut self, segment: usize) {
        self.segment = segment;
    }

    /// Counts a record that passes everything else.
    #[inline]
    pub(crate) fn count(&mut self, segment: &Segment, doc: u32) -> Verdict {
        if self.fields.is_empty() {
            return Verdict::Hit;
        }
        let mut failed = None;
        for (at, field) in self.fields.iter().enumerate() {
            if !field.passes(self.segment, segment, doc) && failed.replace(at).is_some() {
                return Verdict::Miss;
            }
        }
        match failed {
            None => {
                for field in &mut self.fields {
                    field.count(self.segment, segment, doc);
                }
                Verdict::Hit
            }
            Some(only) => {
                if let Some(field) = self.fields.get_mut(only) {
                    field.count(self.segment, segment, doc);
                }
                Verdict::Miss
            }
        }
    }

    /// The counts, per facet, by place in its list of values.
    pub(crate) fn into_counts(self) -> Vec<Vec<u64>> {
        self.fields.into_iter().map(|field| field.counts).collect()
    }
}

impl Counted {
    fn places<'a>(
        values: &'a Values,
        field: Keyword,
        at: usize,
        segment: &'a Segment,
        doc: u32,
    ) -> impl Iterator<Item = usize> + 'a {
        let places = values.of_segment(at);
        let column = segment.keywords[field.index()].as_ref();
        column
            .into_iter()
            .flat_map(move |column| column.ords().values_for_doc(doc))
            .filter_map(|ordinal| places.get(usize::try_from(ordinal).ok()?))
            .map(|&place| place as usize)
    }

    #[inline]
    fn passes(&self, at: usize, segment: &Segment, doc: u32) -> bool {
        self.wanted.iter().all(|wanted| {
            Counted::places(&self.values, self.field, at, segment, doc)
                .any(|place| wanted.get(place).copied().unwrap_or_default())
        })
    }

    #[inline]
    fn count(&mut self, at: usize, segment: &Segment, doc: u32) {
        for place in Counted::places(&self.values, self.field, at, segment, doc) {
            if let Some(count) = self.counts.get_mut(place) {
                *count += 1;
            }
        }
    }
}
