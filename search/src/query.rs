//! What can be asked, and what is answered.

use std::time::Duration;

use serde::Serialize;

use crate::cursor::Cursor;
use crate::document::{Keyword, Kind, Point};
use crate::explain::Explanation;
use crate::facets::{FacetCount, MAX_FACET_VALUES};
use crate::highlight::Highlight;
use crate::interpret::Interpretation;

/// A search. [`Query::default`] lists everything by name.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Query {
    /// Only records of these kinds; empty means all.
    pub kinds: Vec<Kind>,
    /// What to search for, as typed. At most [`MAX_QUERY_CHARS`](crate::MAX_QUERY_CHARS) characters and
    /// [`MAX_QUERY_WORDS`](crate::MAX_QUERY_WORDS) words. A text without a searchable word finds nothing.
    pub text: Option<String>,
    /// The last word is still being typed: take it as a prefix from the start.
    pub prefix: bool,
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// The order of the hits. Ties are broken by name, then id.
    pub sort: Sort,
    /// The fields whose values are counted.
    pub facets: Vec<Keyword>,
    /// Asks for [`Page::histogram`].
    pub histogram: Option<Histogram>,
    /// At most this many values of each, the commonest.
    pub max_facet_values: usize,
    /// Only the best hit of each [group](crate::Document::group), by the order of the query; hits without a
    /// group are all there. Total, facets and histogram are those of all that match.
    pub collapse: bool,
    /// The present, microseconds since 1970 UTC: what expires at or before it is not found, and by relevance
    /// it is what ages are counted from. `i64::MIN`, the default, is before everything.
    pub now: i64,
    /// At most this many hits.
    pub limit: usize,
    /// Continue where an earlier page of the same query and order ended.
    pub after: Option<Cursor>,
    /// Mark what matched in these fields of the view: dotted keys (`address.locality`) of strings or
    /// arrays of strings.
    pub highlight: Option<&'static [&'static str]>,
    /// Prefer records that have what words of the text stand for, such as a place: see [`Page::interpreted`].
    pub interpret: bool,
    /// Asks for [`Page::explanation`].
    pub explain: bool,
    /// How long the search may take. What takes longer is cut off and answered as
    /// [`partial`](Page::partial).
    pub time_budget: Duration,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            kinds: Vec::new(),
            text: None,
            prefix: false,
            filters: Vec::new(),
            sort: Sort::Name,
            facets: Vec::new(),
            histogram: None,
            collapse: false,
            now: i64::MIN,
            max_facet_values: MAX_FACET_VALUES,
            limit: 20,
            after: None,
            highlight: None,
            interpret: true,
            explain: false,
            time_budget: Duration::from_secs(1),
        }
    }
}

/// A condition on records.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The field has any of these values.
    Keyword {
        /// The field.
        field: Keyword,
        /// Codes match exactly, freely typed values without regard to case, accents and spacing.
        any_of: Vec<String>,
        /// Whether records without any value in the field pass as well.
        or_missing: bool,
    },
    /// Changed at or after this time, microseconds since 1970 UTC.
    UpdatedSince(i64),
    /// Published at or after this time, microseconds since 1970 UTC. Records without such a time do not pass.
    PostedSince(i64),
    /// The work can be done at this offset from UTC, in quarter hours. Records that do not say where pass.
    UtcOffset(i16),
    /// Pays so much.
    SalaryAtLeast {
        /// In a year, in cents of the reference currency; compared with [`Document::salary`](crate::Document::salary).
        cents: i64,
        /// Whether records that do not say what they pay pass.
        unspecified: bool,
    },
    /// One of the record's locations is within these bounds, edges included, in WGS 84 degrees. `min_lon > max_lon` crosses the
    /// antimeridian (RFC 7946 section 5.2).
    #[expect(missing_docs, reason = "the names say it")]
    BoundingBox {
        min_lon: f64,
        min_lat: f64,
        max_lon: f64,
        max_lat: f64,
    },
    /// One of the record's locations is at most this far from a point, along the great circle of a sphere of 6371.0088 km radius.
    Near {
        /// The point to measure from.
        point: Point,
        /// Kilometres, inclusive.
        radius_km: f64,
    },
}

/// The order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Best match first. Without text: by name.
    ///
    /// Records with a [publishing time](crate::Document::posted_at) lose score as they age, each day a little,
    /// and half of what their words are worth from the sixtieth day on: of equally good matches the newest
    /// comes first, and one more than twice as good comes first however old it is. The days are those of
    /// UTC, so the order is the same for every [`Query::now`] of one day.
    ///
    /// Of the first hundred hits, records of one [group](crate::Document::group) are kept apart: of five in a
    /// row at most one is of a group, as long as there are others. None is left out, and pages of any size
    /// show the same order.
    Relevance,
    /// By folded name.
    Name,
    /// Latest change first.
    UpdatedAt,
    /// Newest record first.
    CreatedAt,
    /// Nearest to the point of the first [`Filter::Near`] first.
    Distance,
    /// Latest published first, then those that have no such time.
    PostedAt,
    /// Highest salary first, then those that do not say.
    Salary,
    /// Soonest to expire first, then those that never do.
    ValidThrough,
}

/// Asks how many records pay how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Where one range of [`Document::salary`](crate::Document::salary) ends and the next begins, rising.
    pub edges: Vec<i64>,
}

/// One record that matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The record's kind.
    pub kind: Kind,
    /// The record's id.
    pub id: String,
    /// The record's view, as it was given.
    pub view: String,
    /// Matches per field, when asked for: only fields that have one, in the order asked for.
    pub highlights: Vec<(String, Highlight)>,
    /// Distance from the point of the first [`Filter::Near`] to the nearest of the record's locations, in
    /// kilometres.
    pub distance_km: Option<f64>,
}

/// A word that was searched for in another spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The word as typed.
    pub from: String,
    /// The commonest word it was taken for.
    pub to: String,
}

/// The answer to a [`Query`].
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The hits of this page.
    pub hits: Vec<Hit>,
    /// How many records match in all.
    pub total: u64,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// Counts per asked field, in the order asked for. A field's counts ignore the filter on that field.
    pub facets: Vec<(Keyword, Vec<FacetCount>)>,
    /// When asked for: how many records have a salary below the first edge, from each edge up to the next, and
    /// from the last one on. Ignores [`Filter::SalaryAtLeast`]; records without a salary do not count.
    pub histogram: Option<Vec<u64>>,
    /// The words that had to be corrected to find anything.
    pub corrections: Vec<Correction>,
    /// Nothing has all the words; these records have some of them.
    pub relaxed: bool,
    /// When relaxed: the words, as typed, that the first hit does not have.
    pub left_out: Vec<String>,
    /// What words of the text were taken for beside themselves. Records that have it come first among those that
    /// match as well.
    pub interpreted: Vec<Interpretation>,
    /// Why these records were found, when asked for.
    pub explanation: Option<Explanation>,
    /// The time budget ended the search: total, facets and order are of what was seen until then.
    pub partial: bool,
}
