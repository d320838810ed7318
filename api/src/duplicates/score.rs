//! How likely two records are of one organization. Pure.
//!
//! Each thing that both records say adds points for or against, after Fellegi and Sunter, "A Theory for
//! Record Linkage" (1969); the points are chosen by hand and checked on real registers. The sum becomes a
//! number from 0 to 1 by the logistic function. What only one of the records says counts nothing.
//!
//! | evidence | points |
//! |---|---|
//! | a register number in common | +15 |
//! | a register in common, and no number | −7 |
//! | the same domain, of fewer than [`MANY`] records | +4 |
//! | different domains | −1 |
//! | the same name | +5 |
//! | similar names, 0.95 to 0.6 | +4 to −4, in proportion |
//! | the same postal code, or less than 0.3 km apart | +2.5 |
//! | the same town, or less than 5 km apart | +1.5 |
//! | more than 50 km apart, or different countries | −4.5 |

use crate::duplicates::facts::Facts;
use crate::duplicates::names;
use crate::organizations::input::Location;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From this score on two records are proposed as duplicates: five points, those of the same name when
/// nothing speaks against it.
pub const THRESHOLD: f64 = 0.71;

/// A domain that this many records have is a federation's or a group's, and says nothing.
pub const MANY: usize = 4;

/// What speaks for or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The same number in the same register.
    Identifier,
    /// The same website's domain.
    Domain,
    /// The same name or a similar one, legal forms aside.
    Name,
    /// The same or nearly the same place.
    Place,
    /// Against: other numbers in the same register.
    DifferentIdentifier,
    /// Against: far apart, or in other countries.
    DifferentPlace,
}

/// A reason to take two records for one organization, or not to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Which kind.
    pub signal: Signal,
    /// What it is.
    #[schema(example = "GB-COH 00123456")]
    pub detail: String,
}

/// How likely it is, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// From 0 to 1, rounded to two decimals. 1 when the records say the same.
    pub score: f64,
    /// The strongest first.
    pub reasons: Vec<Reason>,
}

/// One piece of evidence: points, and what to tell of it.
type Evidence = (f64, Option<Reason>);

/// Compares two records. Symmetric. `domain_shared_by`: how many records have the domain, if they share
/// one.
pub fn score(a: &Facts, b: &Facts, domain_shared_by: usize) -> Score {
    let mut evidence = [
        identifiers(a, b),
        domains(a, b, domain_shared_by),
        similar_names(a, b),
        places(a, b),
    ];
    let points: f64 = evidence.iter().map(|(points, _)| points).sum();
    evidence.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let likely = if a == b && !a.names.is_empty() {
        1.0
    } else {
        // 0.71 at five points, 0.91 at eight, 0.98 at twelve.
        1.0 / (1.0 + (-0.45 * (points - 3.0)).exp())
    };
    Score {
        score: (likely * 100.0).round() / 100.0,
        reasons: evidence
            .into_iter()
            .filter_map(|(_, reason)| reason)
            .collect(),
    }
}

fn told(points: f64, signal: Signal, detail: impl Into<String>) -> Evidence {
    let detail = detail.into();
    (points, Some(Reason { signal, detail }))
}

fn identifiers(a: &Facts, b: &Facts) -> Evidence {
    let written = |(scheme, value): &(String, String)| {
        format!(
            "{} {}",
            scheme.to_ascii_uppercase(),
            value.to_ascii_uppercase()
        )
    };
    let common: Vec<String> = a
        .identifiers
        .intersection(&b.identifiers)
        .map(written)
        .collect();
    if !common.is_empty() {
        return told(15.0, Signal::Identifier, common.join(", "));
    }
    let is_in_b = |scheme: &str| b.identifiers.iter().any(|(other, _)| other == scheme);
    match a.identifiers.iter().find(|(scheme, _)| is_in_b(scheme)) {
        Some((scheme, _)) => told(
            -7.0,
            Signal::DifferentIdentifier,
            format!("other numbers in {}", scheme.to_ascii_uppercase()),
        ),
        None => (0.0, None),
    }
}

fn domains(a: &Facts, b: &Facts, shared_by: usize) -> Evidence {
    match (&a.domain, &b.domain) {
        (Some(one), Some(other)) if one == other && shared_by < MANY => {
            told(4.0, Signal::Domain, one)
        }
        (Some(one), Some(other)) if one != other => (-1.0, None),
        _ => (0.0, None),
    }
}

fn similar_names(a: &Facts, b: &Facts) -> Evidence {
    let mut best = 0.0_f64;
    for one in &a.names {
        for other in &b.names {
            best = best.max(names::similarity(one, other).max(names::similarity(other, one)));
        }
    }
    if best >= 0.999 {
        return told(5.0, Signal::Name, "the same name");
    }
    let points = -4.0 + 8.0 * ((best - 0.6) / 0.35).clamp(0.0, 1.0);
    if points > 0.0 {
        told(
            points,
            Signal::Name,
            format!("similar names ({:.0} %)", best * 100.0),
        )
    } else {
        (points, None)
    }
}

fn places(a: &Facts, b: &Facts) -> Evidence {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let in_other_countries = a.country.is_some() && b.country.is_some() && a.country != b.country;
    let apart = a
        .point
        .zip(b.point)
        .map(|(one, other)| kilometres(one, other));
    match apart {
        _ if in_other_countries => told(-4.5, Signal::DifferentPlace, "in different countries"),
        _ if same(&a.postal_code, &b.postal_code) => {
            told(2.5, Signal::Place, "the same postal code")
        }
        Some(apart) if apart > 50.0 => {
            told(-4.5, Signal::DifferentPlace, format!("{apart:.0} km apart"))
        }
        Some(apart) if apart < 0.3 => told(2.5, Signal::Place, "the same place"),
        Some(apart) if apart < 5.0 => told(1.5, Signal::Place, format!("{apart:.1} km apart")),
        _ if same(&a.locality, &b.locality) => told(1.5, Signal::Place, "the same town"),
        _ => (0.0, None),
    }
}

/// Great-circle distance, by the haversine formula.
fn kilometres(a: Location, b: Location) -> f64 {
    const EARTH_RADIUS_KM: f64 = 6_371.0;
    let (from, to) = (a.lat.to_radians(), b.lat.to_radians());
    let north = ((to - from) / 2.0).sin().powi(2);
    let east = ((b.lon - a.lon).to_radians() / 2.0).sin().powi(2);
    let chord = north + from.cos() * to.cos() * east;
    2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
