//! Pay, compared in exact fractions.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The reference rates that the program brings.
const RATES: &str = include_str!("../../../../api/data/ecb_rates.csv");

/// ARS has no rate.
pub const CURRENCIES: [&str; 8] = ["EUR", "EUR", "GBP", "USD", "JPY", "SEK", "HUF", "ARS"];

pub const PERIODS: [&str; 5] = ["hour", "day", "week", "month", "year"];

/// The same pay in several periods, to the cent.
const SAME: [(i64, &str); 4] = [
    (2_500, "hour"),
    (20_000, "day"),
    (100_000, "week"),
    (5_200_000, "year"),
];

/// What a year brings, in cents of the euro: a fraction, not rounded.
#[derive(Clone, Copy, Debug)]
pub struct Yearly {
    numerator: i128,
    denominator: i128,
}

impl Yearly {
    /// Which is more; `None` when they differ by less than a cent, so that rounding may tell otherwise.
    pub fn compared(self, other: Self) -> Option<Ordering> {
        let difference = self.numerator * other.denominator - other.numerator * self.denominator;
        let cent = self.denominator * other.denominator;
        if difference != 0 && difference.abs() < cent {
            return None;
        }
        Some(difference.cmp(&0))
    }

    /// Whether it is at least so much.
    pub fn is_at_least(self, other: Self) -> Option<bool> {
        self.compared(other).map(Ordering::is_ge)
    }
}

/// An amount for a period, in hundredths of its currency.
#[derive(Clone, Copy, Debug)]
pub struct Pay {
    pub cents: i64,
    pub currency: &'static str,
    pub period: &'static str,
}

impl Pay {
    /// From about 10,000 to 150,000 euros a year.
    pub fn draw(random: &mut ChaCha8Rng, rates: &Rates) -> Self {
        if random.random_ratio(1, 4) {
            let (cents, period) = SAME[random.random_range(0..SAME.len())];
            let currency = "EUR";
            return Self {
                cents,
                currency,
                period,
            };
        }
        let currency = CURRENCIES[random.random_range(0..CURRENCIES.len())];
        let period = PERIODS[random.random_range(0..PERIODS.len())];
        let yearly: i128 = random.random_range(1_000_000..15_000_000);
        let rate = rates.millionths(currency).unwrap_or(1_000_000_000);
        let cents = yearly * rate * 100 / (hundredths_per_year(period, None) * 1_000_000);
        Self {
            cents: i64::try_from(cents).unwrap(),
            currency,
            period,
        }
    }
}

/// `12.05`
pub fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The same as a JSON number.
pub fn number(cents: i64) -> Value {
    serde_json::from_str(&decimal(cents)).unwrap()
}

/// 12 months, 52 weeks, 260 days or 2,080 hours; of an hour 52 times the hours of a week, where they are said.
fn hundredths_per_year(period: &str, hours: Option<i64>) -> i128 {
    match period {
        "year" => 100,
        "month" => 12 * 100,
        "week" => 52 * 100,
        "day" => 260 * 100,
        "hour" => hours.map_or(2_080 * 100, |hundredths| 52 * i128::from(hundredths)),
        other => panic!("{other} is no period"),
    }
}

/// Millionths of a currency's unit that are worth a euro.
pub struct Rates(BTreeMap<String, i128>);

impl Rates {
    /// As the program brings them.
    pub fn shipped() -> Self {
        let mut lines = RATES.lines();
        let mut cells = || lines.next().unwrap().split(',').map(str::trim);
        let rates = cells().zip(cells()).skip(1);
        let rates = rates.filter(|(currency, _)| !currency.is_empty());
        let rates = rates.map(|(currency, rate)| (currency.to_owned(), millionths(rate)));
        Self(rates.collect())
    }

    fn millionths(&self, currency: &str) -> Option<i128> {
        if currency == "EUR" {
            return Some(1_000_000);
        }
        self.0.get(currency).copied()
    }

    /// What it is in a year; `hours` are hundredths of hours per week. `None` when it cannot be converted.
    pub fn yearly(&self, pay: Pay, hours: Option<i64>) -> Option<Yearly> {
        let rate = self.millionths(pay.currency)?;
        Some(Yearly {
            numerator: i128::from(pay.cents) * hundredths_per_year(pay.period, hours) * 1_000_000,
            denominator: 100 * rate,
        })
    }
}

fn millionths(decimal: &str) -> i128 {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("{whole}{part:0<6}").parse().unwrap()
}
