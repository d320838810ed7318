//! Where a record stands in an order, as a number: lower comes first. Those of all segments can be compared.

use crate::cursor::{rank_of_distance, rank_of_highest, rank_of_lowest, rank_of_time};
use crate::document::Point;
use crate::filters;
use crate::query::Sort;
use crate::snapshot::Segment;

const MICROSECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Older than this is as old as can be.
const OLD_DAYS: u8 = 60;

/// How much of its words' score a record of [`OLD_DAYS`] keeps.
const KEPT_WHEN_OLD: f32 = 0.5;

/// The rank in any order but that of relevance. By name all are alike: the name decides where ranks tie.
#[inline]
pub(crate) fn of(sort: Sort, origin: Option<Point>, segment: &Segment, doc: u32) -> u64 {
    match sort {
        Sort::Relevance | Sort::Name => 0,
        Sort::UpdatedAt => rank_of_time(segment.updated_at.first(doc).unwrap_or(i64::MIN)),
        Sort::CreatedAt => rank_of_time(segment.created_at.first(doc).unwrap_or(i64::MIN)),
        Sort::Distance => {
            let distance = origin.and_then(|origin| filters::distance_from(origin, segment, doc));
            distance.map_or(u64::MAX, rank_of_distance)
        }
        Sort::PostedAt => rank_of_highest(segment.posted_at(doc)),
        Sort::Salary => rank_of_highest(segment.salary(doc)),
        Sort::ValidThrough => rank_of_lowest(segment.expires_at(doc)),
    }
}

/// The rank by score: higher scores first; of equal ones the latest published, to the second.
#[inline]
pub(crate) fn of_score(score: f32, posted_at: Option<i64>) -> u64 {
    // Scores are never negative, so their bits are in order.
    let score = !score.max(0.0).to_bits();
    let seconds = posted_at.map_or(0, |at| at.div_euclid(1_000_000));
    let posted = !u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
    (u64::from(score) << 32) | u64::from(posted)
}

/// The best rank that a score can have.
#[inline]
pub(crate) fn best_of_score(score: f32) -> u64 {
    of_score(score, Some(i64::MAX))
}

/// How much of its words' score a record keeps: all on the day it is published, less each day, half from
/// the sixtieth day on. A match more than twice as good comes first however old it is.
///
/// Days begin at midnight UTC, so that an order only changes then, and not while somebody turns pages.
#[inline]
pub(crate) fn freshness(posted_at: Option<i64>, now: i64) -> f32 {
    let Some(posted_at) = posted_at else {
        return 1.0;
    };
    let day = |time: i64| time.div_euclid(MICROSECONDS_PER_DAY);
    let age = (day(now) - day(posted_at)).clamp(0, i64::from(OLD_DAYS));
    let age = f32::from(u8::try_from(age).unwrap_or(OLD_DAYS));
    1.0 - (1.0 - KEPT_WHEN_OLD) * age / f32::from(OLD_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_scores_come_first_then_newer_records() {
        assert!(of_score(2.0, None) < of_score(1.5, Some(i64::MAX)));
        assert!(of_score(1.0, None) < of_score(0.0, None));
        assert!(of_score(1.0, Some(9_000_000)) < of_score(1.0, Some(8_000_000)));
        assert!(of_score(1.0, Some(9_000_000)) < of_score(1.0, None));
        assert!(best_of_score(1.0) <= of_score(1.0, Some(i64::MAX)));
    }

    #[test]
    fn records_keep_less_of_their_score_as_they_age() {
        let day = MICROSECONDS_PER_DAY;
        let kept = |age: i64| freshness(Some(1000 * day), (1000 + age) * day + day / 2);
        assert_eq!(kept(0).to_bits(), 1.0_f32.to_bits());
        assert_eq!(kept(-5).to_bits(), 1.0_f32.to_bits());
        assert!(kept(1) < kept(0) && kept(30) < kept(29));
        assert_eq!(kept(60).to_bits(), 0.5_f32.to_bits());
        assert_eq!(kept(6000).to_bits(), 0.5_f32.to_bits());
        assert_eq!(freshness(None, i64::MAX).to_bits(), 1.0_f32.to_bits());
        assert_eq!(freshness(Some(0), i64::MIN).to_bits(), 1.0_f32.to_bits());
        assert_eq!(
            freshness(Some(i64::MIN), i64::MAX).to_bits(),
            0.5_f32.to_bits()
        );
    }
}
