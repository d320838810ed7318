//! The figures: nDCG at 10, mean reciprocal rank, false finds.

use super::Query;
use std::fmt;

/// So many hits count.
const LOOKED_AT: usize = 10;

/// What a query found.
pub struct Ranking {
    /// Best first.
    pub found: Vec<String>,
    /// By the words as they were typed, their inflections and synonyms.
    pub as_typed: bool,
}

/// How well a query did.
pub struct Judged {
    /// 1: in the best possible order.
    pub ndcg: f64,
    /// One by the place of the first hit that is worth anything.
    pub reciprocal_rank: f64,
    /// What must not have been found.
    pub false_finds: Vec<String>,
    /// Nothing was to be found: it says nothing about order.
    pub expects_nothing: bool,
}

/// Judges what a query found.
///
/// nDCG as Järvelin and Kekäläinen (2002) define it, with gains of 2^grade − 1.
pub fn judge(query: &Query, ranking: &Ranking) -> Judged {
    let grade = |id: &String| query.relevant.get(id).copied().unwrap_or_default();
    let grades: Vec<u8> = ranking.found.iter().map(grade).collect();
    let mut ideal: Vec<u8> = query.relevant.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = gain(&ideal);
    let first = grades.iter().position(|grade| *grade > 0);
    let is_false = |id: &&String| query.nothing || query.forbidden.contains(id);
    let found = ranking.found.iter().filter(|_| ranking.as_typed);
    Judged {
        ndcg: if best > 0.0 {
            gain(&grades) / best
        } else {
            1.0
        },
        reciprocal_rank: first.map_or(0.0, |place| {
            1.0 / f64::from(u32::try_from(place).unwrap() + 1)
        }),
        false_finds: found.filter(is_false).cloned().collect(),
        expects_nothing: query.relevant.is_empty(),
    }
}

fn gain(grades: &[u8]) -> f64 {
    let places = grades.iter().take(LOOKED_AT).zip(2_u32..);
    places
        .map(|(grade, place)| (f64::from(*grade).exp2() - 1.0) / f64::from(place).log2())
        .sum()
}

/// A line on a query that did not do well.
pub fn line(query: &Query, ranking: &Ranking, judged: &Judged) -> String {
    let shown = ranking.found.iter().take(LOOKED_AT);
    let shown: Vec<String> = shown
        .map(|id| {
            format!(
                "{id}:{}",
                query.relevant.get(id).copied().unwrap_or_default()
            )
        })
        .collect();
    let missing = query
        .relevant
        .keys()
        .filter(|id| !ranking.found.contains(id));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    format!(
        "{} {:.2} {} {}/{} as_typed={} [{}] missing [{}] false {:?}",
        query.id,
        judged.ndcg,
        query.q,
        query.language,
        query.sort_of,
        ranking.as_typed,
        shown.join(" "),
        missing.join(" "),
        judged.false_finds,
    )
}

/// The figures of several queries.
#[derive(Default)]
pub struct Measures {
    pub queries: usize,
    pub false_finds: usize,
    ndcg: f64,
    reciprocal_rank: f64,
}

impl Measures {
    pub fn add(&mut self, judged: &Judged) {
        self.false_finds += judged.false_finds.len();
        if !judged.expects_nothing {
            self.queries += 1;
            self.ndcg += judged.ndcg;
            self.reciprocal_rank += judged.reciprocal_rank;
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / f64::from(u32::try_from(self.queries.max(1)).unwrap())
    }

    /// The mean of the queries that are to find something; 1 when there are none.
    pub fn ndcg(&self) -> f64 {
        if self.queries == 0 {
            return 1.0;
        }
        self.mean(self.ndcg)
    }
}

impl fmt::Display for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nDCG@10 {:.3}  MRR {:.3}  false finds {}  ({} queries)",
            self.ndcg(),
            self.mean(self.reciprocal_rank),
            self.false_finds,
            self.queries,
        )
    }
}
