//! Filters that are counted: facets and the filters on their own fields, in the same pass.
//!
//! A facet's counts ignore the filter on its own field. So a record that passes all counted filters counts
//! for every facet, one that fails only the filters of one field counts for that field's facet alone, and
//! one that fails those of two fields counts for nothing. The histogram of salaries is one more facet.
//!
//! Where nothing but the filter on a facet's own field is asked for, that facet counts everything: its counts
//! are kept [`ready`](crate::ready), and the pass needs to see no record that fails.

use std::sync::Arc;

use crate::document::{Keyword, Kind};
use crate::error::Result;
use crate::facets::Values;
use crate::histogram::Salaries;
use crate::query::{Filter, Query};
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
struct Counted {
    field: Keyword,
    values: Arc<Values>,
    wanted: Vec<Wanted>,
    /// Whether the counts are those of all records, which are kept ready.
    of_all: bool,
    counts: Vec<u64>,
}

/// A filter on a counted field.
struct Wanted {
    /// By place in the list of values: whether it passes.
    values: Vec<bool>,
    or_missing: bool,
}

/// The facets of a search, being counted.
#[derive(Default)]
pub(crate) struct Tally {
    fields: Vec<Counted>,
    salaries: Option<Salaries>,
    segment: usize,
}

impl Tally {
    /// Of `facets`, and of the histogram if the query asks for one. `lone` is the field that all the query
    /// asks for is in, if there is one: the pass checks the filters on it.
    pub(crate) fn new(
        facets: &[Keyword],
        lone: Option<Keyword>,
        query: &Query,
        snapshot: &Snapshot,
    ) -> Result<Tally> {
        let mut fields = Vec::new();
        for &field in facets {
            let values = snapshot.values(field)?;
            let wanted = query.filters.iter().filter_map(|filter| match filter {
                Filter::Keyword {
                    field: on,
                    any_of,
                    or_missing,
                } if *on == field && lone != Some(field) => Some(Wanted {
                    values: values.marked(any_of),
                    or_missing: *or_missing,
                }),
                _ => None,
            });
            fields.push(Counted {
                field,
                wanted: wanted.collect(),
                of_all: lone == Some(field),
                counts: vec![0; values.len()],
                values,
            });
        }
        let histogram = query.histogram.as_ref();
        Ok(Tally {
            fields,
            salaries: histogram.map(|asked| Salaries::new(asked, &query.filters)),
            segment: 0,
        })
    }

    /// Whether some facet's counts are those of all records.
    pub(crate) fn is_of_all(&self) -> bool {
        self.fields.iter().any(|field| field.of_all)
    }

    /// Whether every record passes.
    pub(crate) fn has_no_filters(&self) -> bool {
        self.fields.iter().all(|field| field.wanted.is_empty())
            && self.salaries.as_ref().is_none_or(Salaries::has_no_filters)
    }

    /// Goes on to a segment, by its number.
    pub(crate) fn enter(&mut self, segment: usize) {
        self.segment = segment;
    }

    /// Counts a record that passes everything else.
    #[inline]
    pub(crate) fn count(&mut self, segment: &Segment, doc: u32) -> Verdict {
        if self.fields.is_empty() && self.salaries.is_none() {
            return Verdict::Hit;
        }
        let mut failed = None;
        for (at, field) in self.fields.iter().enumerate() {
            if !field.passes(self.segment, segment, doc) && failed.replace(at).is_some() {
                return Verdict::Miss;
            }
        }
        if let Some(salaries) = &mut self.salaries {
            let salary = segment.salary(doc);
            match (salaries.passes(salary), failed) {
                (false, Some(_)) => return Verdict::Miss,
                (false, None) => {
                    salaries.count(salary);
                    return Verdict::Miss;
                }
                (true, None) => salaries.count(salary),
                (true, Some(_)) => {}
            }
        }
        match failed {
            None => {
                for field in self.fields.iter_mut().filter(|field| !field.of_all) {
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

    /// Counts all live records of a kind in a segment but those in `expired`, for the facets that are of all.
    pub(crate) fn count_of_all(
        &mut self,
        segment: &Segment,
        kind: Kind,
        expired: &[u32],
    ) -> Result<()> {
        for field in self.fields.iter_mut().filter(|field| field.of_all) {
            field.count_all(self.segment, segment, kind, expired)?;
        }
        Ok(())
    }

    /// Counts all live records of a kind in a segment but those in `expired`. There must be no filters.
    pub(crate) fn count_all(
        &mut self,
        segment: &Segment,
        kind: Kind,
        expired: &[u32],
    ) -> Result<()> {
        for field in &mut self.fields {
            field.count_all(self.segment, segment, kind, expired)?;
        }
        match &mut self.salaries {
            Some(salaries) => salaries.count_all(segment, kind, expired),
            None => Ok(()),
        }
    }

    /// The counts, per facet, by place in its list of values; and those of the histogram.
    pub(crate) fn into_counts(self) -> (Vec<Vec<u64>>, Option<Vec<u64>>) {
        let facets = self.fields.into_iter().map(|field| field.counts);
        (facets.collect(), self.salaries.map(Salaries::into_counts))
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
        segment
            .ordinals(field, doc)
            .filter_map(|ordinal| places.get(usize::try_from(ordinal).ok()?))
            .map(|&place| place as usize)
    }

    fn count_all(
        &mut self,
        at: usize,
        segment: &Segment,
        kind: Kind,
        expired: &[u32],
    ) -> Result<()> {
        let places = self.values.of_segment(at);
        let records = segment.records_by_value(kind, self.field)?;
        for (&place, &records) in places.iter().zip(records) {
            if let Some(count) = self.counts.get_mut(place as usize) {
                *count += u64::from(records);
            }
        }
        for &doc in expired {
            for place in Counted::places(&self.values, self.field, at, segment, doc) {
                if let Some(count) = self.counts.get_mut(place) {
                    *count -= 1;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn passes(&self, at: usize, segment: &Segment, doc: u32) -> bool {
        self.wanted.iter().all(|wanted| {
            let mut places = Counted::places(&self.values, self.field, at, segment, doc).peekable();
            (wanted.or_missing && places.peek().is_none())
                || places.any(|place| wanted.values.get(place).copied().unwrap_or_default())
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
