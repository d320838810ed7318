//! The histogram of salaries.

use crate::http::pages::FacetValue;
use crate::money::{Amount, Rates};
use search::Histogram;

/// Where ranges begin, in whole units of the asked currency: with money as with sound, people hear ratios.
const STEPS: [i64; 15] = [
    10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 120_000,
    150_000, 200_000, 300_000, 500_000,
];

/// Ranges in a currency: those of [`STEPS`], times the power of ten that its unit is from the euro.
fn edges(currency: &str, rates: &Rates) -> Option<Vec<(i64, i64)>> {
    let euro = rates.from_euro_cents(100, currency)?.max(1);
    // 1 EUR is about 150 JPY: steps of 1,000,000 JPY, not of 10,000.
    let mut scale = 1_i64;
    while scale.saturating_mul(100) * 5 <= euro {
        scale = scale.saturating_mul(10);
    }
    STEPS
        .iter()
        .map(|step| {
            let units = step.saturating_mul(scale);
            let amount = Amount::from_cents(units.saturating_mul(100))?;
            Some((units, rates.to_euro_cents(amount, currency)?))
        })
        .collect()
}

/// What to ask the index for; `None` for a currency without a rate.
pub fn histogram(currency: &str, rates: &Rates) -> Option<Histogram> {
    let edges = edges(currency, rates)?.into_iter();
    Some(Histogram {
        edges: edges.map(|(_, cents)| cents).collect(),
    })
}

/// Its answer as a facet, in the order of pay: `0-10000`, `10000-20000`, …, `500000-`.
pub fn facet(counts: &[u64], currency: &str, rates: &Rates) -> Vec<FacetValue> {
    let edges = edges(currency, rates).unwrap_or_default();
    let starts = std::iter::once(0).chain(edges.iter().map(|(units, _)| *units));
    let ends = edges.iter().map(|(units, _)| units.to_string());
    starts
        .zip(ends.chain([String::new()]))
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|((start, end), count)| FacetValue {
            value: format!("{start}-{end}"),
            count: *count,
        })
        .collect()
}
