//! Values of keyword fields over all segments, and counting them.

use std::sync::Arc;

use crate::document::Keyword;
use crate::error::Result;
use crate::snapshot::Segment;

/// A facet lists at most this many values.
pub const MAX_FACET_VALUES: usize = 100;

/// One value of a facet and the number of records that have it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FacetCount {
    /// The code, or the commonest of the ways people typed it.
    pub value: String,
    /// How many of the matching records have it.
    pub count: u64,
}

/// All values of one keyword, each segment's own numbering translated to one for all.
pub(crate) struct Values {
    /// The terms in order. Those of a freely typed keyword with the same folded form stand together.
    terms: Vec<Vec<u8>>,
    /// By segment, then by the segment's ordinal: the place in `terms`.
    by_segment: Vec<Vec<u32>>,
    typed_freely: bool,
}

impl Values {
    pub(crate) fn gather(keyword: Keyword, segments: &[Arc<Segment>]) -> Result<Values> {
        let mut own: Vec<Vec<Vec<u8>>> = Vec::with_capacity(segments.len());
        for segment in segments {
            let mut terms = Vec::new();
            if let Some(column) = &segment.keywords[keyword.index()] {
                let mut stream = column.dictionary().stream()?;
                while stream.advance() {
                    terms.push(stream.key().to_vec());
                }
            }
            own.push(terms);
        }
        let mut terms: Vec<Vec<u8>> = own.iter().flatten().cloned().collect();
        terms.sort_unstable();
        terms.dedup();
        let place = |term: &Vec<u8>| {
            let place = terms.binary_search(term).unwrap_or_default();
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let by_segment = own
            .iter()
            .map(|own| own.iter().map(place).collect())
            .collect();
        Ok(Values {
            terms,
            by_segment,
            typed_freely: keyword.typed_freely(),
        })
    }

    /// How many different terms there are.
    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    /// From the segment's ordinals to places in the list of all terms.
    pub(crate) fn of_segment(&self, segment: usize) -> &[u32] {
        self.by_segment.get(segment).map_or(&[], Vec::as_slice)
    }

    /// Which terms are one of `wanted`: exactly, or by folded form when typed freely.
    pub(crate) fn marked(&self, wanted: &[String]) -> Vec<bool> {
        let mut marked = vec![false; self.terms.len()];
        for value in wanted {
            let prefix = term_prefix(self.typed_freely, value);
            let from = self
                .terms
                .partition_point(|term| term.as_slice() < prefix.as_slice());
            for (term, mark) in self.terms.iter().zip(&mut marked).skip(from) {
                if !(if self.typed_freely {
                    term.starts_with(&prefix)
                } else {
                    *term == prefix
                }) {
                    break;
                }
                *mark = true;
            }
        }
        marked
    }

    /// The facet for counts by place, in the order of the API: by count, then by value.
    pub(crate) fn facet(&self, counts: &[u64]) -> Vec<FacetCount> {
        let mut facet: Vec<FacetCount> = Vec::new();
        let mut commonest = 0;
        let mut last_folded: &[u8] = &[];
        for (term, &count) in self.terms.iter().zip(counts) {
            if count == 0 {
                continue;
            }
            let (folded, shown) = self.split(term);
            let shown = String::from_utf8_lossy(shown);
            match facet.last_mut() {
                Some(last) if self.typed_freely && folded == last_folded => {
                    last.count += count;
                    if count > commonest {
                        commonest = count;
                        last.value = shown.into_owned();
                    }
                }
                _ => {
                    facet.push(FacetCount {
                        value: shown.into_owned(),
                        count,
                    });
                    commonest = count;
                    last_folded = folded;
                }
            }
        }
        facet.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        facet
    }

    /// The folded form and the form to show.
    fn split<'t>(&self, term: &'t [u8]) -> (&'t [u8], &'t [u8]) {
        match term.iter().position(|&byte| byte == 0) {
            Some(end) if self.typed_freely => (&term[..end], &term[end + 1..]),
            _ => (term, term),
        }
    }
}

/// What the terms of a keyword value begin with.
pub(crate) fn term_prefix(typed_freely: bool, value: &str) -> Vec<u8> {
    if typed_freely {
        let mut prefix = crate::text::fold_value(value).into_bytes();
        prefix.push(0);
        prefix
    } else {
        value.as_bytes().to_vec()
    }
}
