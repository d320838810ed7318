//! Where a page ended, in terms that every server and every state of the index understands.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::query::Sort;

/// A walk by relevance ends after this many hits.
pub const MAX_RELEVANCE_HITS: usize = 10_000;

/// The place after the last hit of a page. To be kept and handed back as it is; for the way through a URL
/// it can be serialized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(Place);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// How many hits came before.
    Relevance {
        skip: u32,
    },
    /// The last hit's sort value, and its name and id.
    Name {
        order: String,
    },
    UpdatedAt {
        at: i64,
        order: String,
    },
    CreatedAt {
        at: i64,
        order: String,
    },
    Distance {
        millimetres: u64,
        order: String,
    },
    /// `None` where the last hit had no value.
    PostedAt {
        at: Option<i64>,
        order: String,
    },
    Salary {
        cents: Option<i64>,
        order: String,
    },
    ValidThrough {
        at: Option<i64>,
        order: String,
    },
}

/// The last hit's place: lower ranks come first, ties are broken by `order`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) rank: u64,
    pub(crate) order: String,
}

impl Cursor {
    pub(crate) fn skip(skip: usize) -> Cursor {
        Cursor(Place::Relevance {
            skip: u32::try_from(skip).unwrap_or(u32::MAX),
        })
    }

    pub(crate) fn new(sort: Sort, after: After) -> Cursor {
        let After { rank, order } = after;
        Cursor(match sort {
            Sort::Relevance | Sort::Name => Place::Name { order },
            Sort::UpdatedAt => Place::UpdatedAt {
                at: time_of(rank),
                order,
            },
            Sort::CreatedAt => Place::CreatedAt {
                at: time_of(rank),
                order,
            },
            Sort::Distance => Place::Distance {
                millimetres: rank,
                order,
            },
            Sort::PostedAt => Place::PostedAt {
                at: highest_of(rank),
                order,
            },
            Sort::Salary => Place::Salary {
                cents: highest_of(rank),
                order,
            },
            Sort::ValidThrough => Place::ValidThrough {
                at: lowest_of(rank),
                order,
            },
        })
    }

    /// How many hits of a search by relevance to skip.
    pub(crate) fn to_skip(&self) -> Result<usize> {
        match &self.0 {
            Place::Relevance { skip } if (*skip as usize) < MAX_RELEVANCE_HITS => {
                Ok(*skip as usize)
            }
            _ => Err(Error::InvalidCursor),
        }
    }

    /// The place to continue from in any other order.
    pub(crate) fn after(&self, sort: Sort) -> Result<After> {
        let (rank, order) = match (&self.0, sort) {
            (Place::Name { order }, Sort::Name) => (0, order),
            (Place::UpdatedAt { at, order }, Sort::UpdatedAt)
            | (Place::CreatedAt { at, order }, Sort::CreatedAt) => (rank_of_time(*at), order),
            (Place::Distance { millimetres, order }, Sort::Distance) => (*millimetres, order),
            (Place::PostedAt { at, order }, Sort::PostedAt)
            | (Place::Salary { cents: at, order }, Sort::Salary) => (rank_of_highest(*at), order),
            (Place::ValidThrough { at, order }, Sort::ValidThrough) => (rank_of_lowest(*at), order),
            _ => return Err(Error::InvalidCursor),
        };
        Ok(After {
            rank,
            order: order.clone(),
        })
    }
}

/// The rank of a time: later times rank first.
pub(crate) fn rank_of_time(at: i64) -> u64 {
    !tantivy::i64_to_u64(at)
}

fn time_of(rank: u64) -> i64 {
    tantivy::u64_to_i64(!rank)
}

/// The rank of a value of which the highest come first and those without one last.
pub(crate) fn rank_of_highest(value: Option<i64>) -> u64 {
    // The lowest value of all is taken for the one above it, to have a rank left for none.
    value.map_or(u64::MAX, |value| rank_of_time(value.max(i64::MIN + 1)))
}

fn highest_of(rank: u64) -> Option<i64> {
    (rank != u64::MAX).then(|| time_of(rank))
}

/// The rank of a value of which the lowest come first and those without one last.
pub(crate) fn rank_of_lowest(value: Option<i64>) -> u64 {
    value.map_or(u64::MAX, |value| {
        tantivy::i64_to_u64(value.min(i64::MAX - 1))
    })
}

fn lowest_of(rank: u64) -> Option<i64> {
    (rank != u64::MAX).then(|| tantivy::u64_to_i64(rank))
}

/// The rank of a distance: millimetres, so that a cursor is exact on every machine.
pub(crate) fn rank_of_distance(km: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a distance on earth is between 0 and 2.1e10 mm; the cast saturates beyond"
    )]
    let millimetres = (km * 1e6).round() as u64;
    millimetres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_keep_their_order() {
        assert!(rank_of_time(5) < rank_of_time(4));
        assert!(rank_of_time(-4) < rank_of_time(-5));
        assert_eq!(time_of(rank_of_time(-7)), -7);
        assert!(rank_of_highest(Some(5)) < rank_of_highest(Some(4)));
        assert!(rank_of_highest(Some(i64::MIN)) < rank_of_highest(None));
        assert_eq!(highest_of(rank_of_highest(Some(-9))), Some(-9));
        assert_eq!(highest_of(rank_of_highest(None)), None);
        assert!(rank_of_lowest(Some(4)) < rank_of_lowest(Some(5)));
        assert!(rank_of_lowest(Some(i64::MAX)) < rank_of_lowest(None));
        assert_eq!(lowest_of(rank_of_lowest(Some(-9))), Some(-9));
        assert_eq!(lowest_of(rank_of_lowest(None)), None);
        assert!(rank_of_distance(0.1) < rank_of_distance(0.100_002));
    }

    #[test]
    fn cursors_survive_serialization_and_refuse_another_order() {
        let after = After {
            rank: rank_of_time(1_700_000_000_000_000),
            order: "a\0organization:1".into(),
        };
        let cursor = Cursor::new(Sort::UpdatedAt, after.clone());
        let text = serde_json::to_string(&cursor).unwrap();
        let back: Cursor = serde_json::from_str(&text).unwrap();
        assert_eq!(back.after(Sort::UpdatedAt).unwrap(), after);
        assert!(back.after(Sort::CreatedAt).is_err());
        assert!(back.to_skip().is_err());
        assert!(Cursor::skip(MAX_RELEVANCE_HITS).to_skip().is_err());
        assert_eq!(Cursor::skip(40).to_skip().unwrap(), 40);
    }
}
