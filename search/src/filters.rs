//! Conditions on records, one function each.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use tantivy::columnar::StrColumn;

use crate::document::{Keyword, Kind, Point};
use crate::error::Result;
use crate::facets::term_prefix;
use crate::lists::Lists;
use crate::packed;
use crate::query::Filter;
use crate::snapshot::{Segment, Snapshot};

/// The mean radius R1 of the GRS 80 ellipsoid, in kilometres.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Whether records of all kinds are asked for.
pub(crate) fn is_every_kind(kinds: &[Kind]) -> bool {
    kinds.is_empty() || Kind::ALL.iter().all(|kind| kinds.contains(kind))
}

/// Only records of these kinds. `None` when that is no restriction in this segment.
pub(crate) fn kinds(kinds: &[Kind], segment: &Segment) -> Result<Option<Lists>> {
    if is_every_kind(kinds) {
        return Ok(None);
    }
    let mut lists = Lists::new(0.0);
    for kind in Kind::ALL.iter().filter(|kind| kinds.contains(kind)) {
        if let Some(info) = segment.kinds.terms().get(kind.as_str())? {
            lists.add(&segment.kinds, &info, 1, 0);
        }
    }
    let all = lists.documents() == u64::from(segment.max_doc);
    Ok((!all).then_some(lists))
}

/// Records that have any of the values in a keyword field.
pub(crate) fn keyword(
    field: Keyword,
    any_of: &[String],
    segment: &Segment,
    snapshot: &Snapshot,
) -> Result<Lists> {
    let index = segment
        .reader
        .inverted_index(snapshot.fields.keywords[field.index()])?;
    let prefixes = any_of
        .iter()
        .map(|value| term_prefix(field.typed_freely(), value));
    let wanted: BTreeSet<Vec<u8>> = prefixes.collect();
    let mut lists = Lists::new(0.0);
    for term in wanted {
        if !field.typed_freely() {
            if let Some(info) = index.terms().get(&term)? {
                lists.add(&index, &info, 1, 0);
            }
            continue;
        }
        let end = after_all_spellings(&term);
        let mut stream = index.terms().range().ge(&term).lt(&end).into_stream()?;
        while stream.advance() {
            lists.add(&index, stream.value(), 1, 0);
        }
    }
    Ok(lists)
}

/// Records that have any of the values in a keyword field, or none at all.
pub(crate) struct OrMissing<'a> {
    column: &'a StrColumn,
    /// Ordinals of the values that pass.
    wanted: Vec<Range<u64>>,
}

impl<'a> OrMissing<'a> {
    /// `None` when every record of the segment passes, because none has a value.
    pub(crate) fn new(
        field: Keyword,
        any_of: &[String],
        segment: &'a Segment,
    ) -> Result<Option<OrMissing<'a>>> {
        let Some(column) = &segment.keywords[field.index()] else {
            return Ok(None);
        };
        let mut wanted = Vec::new();
        for value in any_of {
            let from = term_prefix(field.typed_freely(), value);
            let to = if field.typed_freely() {
                after_all_spellings(&from)
            } else {
                [from.as_slice(), &[0]].concat()
            };
            let dictionary = column.dictionary();
            let from = dictionary.term_bounds_to_ord(Bound::Included(from), Bound::Unbounded)?;
            let to = dictionary.term_bounds_to_ord(Bound::Included(to), Bound::Unbounded)?;
            if let (Bound::Included(from), Bound::Included(to)) = (from.0, to.0) {
                wanted.push(from..to);
            }
        }
        Ok(Some(OrMissing { column, wanted }))
    }

    #[inline]
    pub(crate) fn passes(&self, doc: u32) -> bool {
        let mut ordinals = self.column.ords().values_for_doc(doc).peekable();
        ordinals.peek().is_none()
            || ordinals.any(|ordinal| self.wanted.iter().any(|range| range.contains(&ordinal)))
    }
}

/// What comes after every spelling of a freely typed value, from `folded\0` on.
fn after_all_spellings(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    end.pop();
    end.push(1);
    end
}

/// Changed at or after `time`.
fn updated_since(time: i64, segment: &Segment, doc: u32) -> bool {
    segment.updated_at.first(doc).is_some_and(|at| at >= time)
}

/// Published at or after `time`.
fn posted_since(time: i64, segment: &Segment, doc: u32) -> bool {
    segment.posted_at(doc).is_some_and(|at| at >= time)
}

fn is_at_offset(offset: i16, segment: &Segment, doc: u32) -> bool {
    let offsets = segment.utc_offsets.as_ref();
    let range = offsets.and_then(|offsets| offsets.first(doc));
    range.is_none_or(|range| packed::offsets_include(range, offset))
}

fn locations(segment: &Segment, doc: u32) -> impl Iterator<Item = Point> {
    let column = segment.locations.as_ref().into_iter();
    column
        .flat_map(move |column| column.values_for_doc(doc))
        .map(packed::place_of)
}

/// Within the box, edges included; `min_lon > max_lon` means across the antimeridian.
fn within(point: Point, [min_lon, min_lat, max_lon, max_lat]: [f64; 4]) -> bool {
    let lon = if min_lon <= max_lon {
        (min_lon..=max_lon).contains(&point.lon)
    } else {
        point.lon >= min_lon || point.lon <= max_lon
    };
    lon && (min_lat..=max_lat).contains(&point.lat)
}

/// The great-circle distance in kilometres, by the haversine formula.
pub fn distance_km(a: Point, b: Point) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let h = half(a.lat, b.lat)
        + a.lat.to_radians().cos() * b.lat.to_radians().cos() * half(a.lon, b.lon);
    2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
}

/// Whether one document passes a filter that is checked per document. Keyword filters are not among them.
pub(crate) fn passes(filter: &Filter, segment: &Segment, doc: u32) -> bool {
    match filter {
        Filter::Keyword { .. } => true,
        Filter::UpdatedSince(time) => updated_since(*time, segment, doc),
        Filter::BoundingBox {
            min_lon,
            min_lat,
            max_lon,
            max_lat,
        } => locations(segment, doc)
            .any(|point| within(point, [*min_lon, *min_lat, *max_lon, *max_lat])),
        Filter::Near { point, radius_km } => {
            locations(segment, doc).any(|place| distance_km(*point, place) <= *radius_km)
        }
        Filter::PostedSince(time) => posted_since(*time, segment, doc),
        Filter::UtcOffset(offset) => is_at_offset(*offset, segment, doc),
        Filter::SalaryAtLeast { cents, unspecified } => segment
            .salary(doc)
            .map_or(*unspecified, |salary| salary >= *cents),
    }
}

/// Where distances are measured from: the point of the first [`Filter::Near`].
pub(crate) fn origin(filters: &[Filter]) -> Option<Point> {
    filters.iter().find_map(|filter| match filter {
        Filter::Near { point, .. } => Some(*point),
        _ => None,
    })
}

/// How far the nearest of a document's locations is from `origin`, in kilometres.
pub(crate) fn distance_from(origin: Point, segment: &Segment, doc: u32) -> Option<f64> {
    locations(segment, doc)
        .map(|place| distance_km(origin, place))
        .min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_on_the_sphere() {
        let london = Point {
            lat: 51.5074,
            lon: -0.1278,
        };
        let paris = Point {
            lat: 48.8566,
            lon: 2.3522,
        };
        assert!((distance_km(london, paris) - 343.56).abs() < 0.05);
        assert!(distance_km(london, london).abs() < f64::EPSILON);
        let (east, west) = (
            Point {
                lat: 0.0,
                lon: 179.9,
            },
            Point {
                lat: 0.0,
                lon: -179.9,
            },
        );
        assert!((distance_km(east, west) - 22.239).abs() < 0.001);
    }

    #[test]
    fn boxes_may_cross_the_antimeridian() {
        let fiji = Point {
            lat: -17.7,
            lon: 178.0,
        };
        let samoa = Point {
            lat: -13.8,
            lon: -171.8,
        };
        let london = Point {
            lat: 51.5,
            lon: 0.0,
        };
        let pacific = [170.0, -30.0, -160.0, 0.0];
        assert!(within(fiji, pacific) && within(samoa, pacific));
        assert!(!within(london, pacific));
        assert!(within(london, [0.0, 51.5, 0.0, 51.5]));
        assert!(!within(fiji, [-180.0, -90.0, 177.9, 90.0]));
    }
}
