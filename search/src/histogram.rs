//! How many records pay how much.

use crate::document::Kind;
use crate::error::Result;
use crate::query::{Filter, Histogram};
use crate::snapshot::Segment;

/// A histogram of salaries, being counted.
pub(crate) struct Salaries {
    edges: Vec<i64>,
    /// The filters on the salary: how much at least, and whether records that do not say pass.
    wanted: Vec<(i64, bool)>,
    counts: Vec<u64>,
}

impl Salaries {
    pub(crate) fn new(asked: &Histogram, filters: &[Filter]) -> Salaries {
        let wanted = filters.iter().filter_map(|filter| match filter {
            Filter::SalaryAtLeast { cents, unspecified } => Some((*cents, *unspecified)),
            _ => None,
        });
        Salaries {
            wanted: wanted.collect(),
            counts: vec![0; asked.edges.len() + 1],
            edges: asked.edges.clone(),
        }
    }

    pub(crate) fn has_no_filters(&self) -> bool {
        self.wanted.is_empty()
    }

    pub(crate) fn passes(&self, salary: Option<i64>) -> bool {
        self.wanted
            .iter()
            .all(|(cents, unspecified)| salary.map_or(*unspecified, |salary| salary >= *cents))
    }

    pub(crate) fn count(&mut self, salary: Option<i64>) {
        if let Some(range) = self.range(salary) {
            *range += 1;
        }
    }

    /// Counts all live records of a kind in a segment but those in `expired`.
    pub(crate) fn count_all(
        &mut self,
        segment: &Segment,
        kind: Kind,
        expired: &[u32],
    ) -> Result<()> {
        let salaries = segment.salaries(kind)?;
        let mut below = 0;
        for (edge, count) in self.edges.iter().zip(&mut self.counts) {
            let end = salaries.below(*edge);
            *count += end.saturating_sub(below);
            below = end;
        }
        if let Some(last) = self.counts.last_mut() {
            *last += salaries.all().saturating_sub(below);
        }
        for &doc in expired {
            if let Some(range) = self.range(segment.salary(doc)) {
                *range -= 1;
            }
        }
        Ok(())
    }

    fn range(&mut self, salary: Option<i64>) -> Option<&mut u64> {
        let salary = salary?;
        let range = self.edges.partition_point(|edge| *edge <= salary);
        self.counts.get_mut(range)
    }

    pub(crate) fn into_counts(self) -> Vec<u64> {
        self.counts
    }
}
