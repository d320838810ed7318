//! The one facet of the bare server: hits by country.

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::StrColumn,
};

/// Counts the hits of each country.
pub struct CountryFacet;

/// Counts by ordinal of the country in the segment.
pub struct SegmentCountryFacet {
    countries: Option<StrColumn>,
    counts: Vec<u32>,
}

impl Collector for CountryFacet {
    /// Country and number of hits, without the countries that have none.
    type Fruit = Vec<(String, u32)>;
    type Child = SegmentCountryFacet;

    fn for_segment(
        &self,
        _segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentCountryFacet> {
        let countries = reader.fast_fields().str("country")?;
        let number = countries
            .as_ref()
            .map_or(0, |countries| countries.num_terms());
        Ok(SegmentCountryFacet {
            countries,
            counts: vec![0; number],
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        // The index is built as one segment.
        Ok(segments.into_iter().flatten().collect())
    }
}

impl SegmentCollector for SegmentCountryFacet {
    type Fruit = Vec<(String, u32)>;

    fn collect(&mut self, document: DocId, _score: Score) {
        let ordinal = self
            .countries
            .as_ref()
            .and_then(|countries| countries.ords().first(document));
        let count = ordinal
            .and_then(|ordinal| usize::try_from(ordinal).ok())
            .and_then(|ordinal| self.counts.get_mut(ordinal));
        if let Some(count) = count {
            *count += 1;
        }
    }

    fn harvest(self) -> Self::Fruit {
        let Some(countries) = self.countries else {
            return Vec::new();
        };
        (0_u64..)
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .filter_map(|(ordinal, count)| {
                let mut country = String::new();
                let known = countries.ord_to_str(ordinal, &mut country).ok()?;
                known.then_some((country, count))
            })
            .collect()
    }
}
