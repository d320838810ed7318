//! Exchange rates at one moment.

use crate::formats::ecb_rates::{self, DayOfRates};
use chrono::NaiveDate;
use entity::exchange_rate;
use entity::money::Amount;
use sea_orm::{ConnectionTrait, DbErr};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Millionths in one.
pub(super) const MILLION: i64 = 1_000_000;

/// The newest rate of each currency. Arithmetic is exact until its one rounding, half away from
/// zero, at the end; what is too large for an `i64` becomes the largest.
///
/// The program brings the European Central Bank's reference rates of 30 October 2026: a currency has
/// them until `toadlane rates import` brings newer ones. A currency that is in neither cannot be
/// converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    newest: BTreeMap<String, Rate>,
}

/// A rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    day: NaiveDate,
    /// Millionths of a unit that are worth one euro, above 0.
    per_euro_millionths: i64,
}

static SHIPPED: LazyLock<Rates> = LazyLock::new(|| {
    let file = include_str!("../../data/ecb_rates.csv");
    let days = ecb_rates::read(file.as_bytes()).into_iter().flatten();
    let newest = days.flatten().flat_map(|DayOfRates { day, rates }| {
        rates
            .into_iter()
            .map(move |(currency, per_euro_millionths)| {
                let rate = Rate {
                    day,
                    per_euro_millionths,
                };
                (currency, rate)
            })
    });
    Rates {
        newest: newest.collect(),
    }
});

impl Rates {
    /// The rates the program brings.
    pub fn shipped() -> Self {
        SHIPPED.clone()
    }

    /// The newest rates of the database, or the program's own where those are newer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let mut rates = Self::shipped();
        for row in exchange_rate::Entity::newest().all(db).await? {
            let rate = Rate {
                day: row.day,
                per_euro_millionths: row.per_euro_millionths,
            };
            let is_newer = rates
                .newest
                .get(&row.currency)
                .is_none_or(|known| known.day <= rate.day);
            if rate.per_euro_millionths > 0 && is_newer {
                rates.newest.insert(row.currency, rate);
            }
        }
        Ok(rates)
    }

    /// What tells these rates from others: the same on every server that has the same ones.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        for (currency, rate) in &self.newest {
            hash.update(format!("{currency} {}\n", rate.per_euro_millionths));
        }
        let mut version = format!("{:x}", hash.finalize());
        version.truncate(16);
        version
    }

    /// The day of the newest rate.
    pub fn day(&self) -> Option<NaiveDate> {
        self.newest.values().map(|rate| rate.day).max()
    }

    /// Every currency that can be converted (ISO 4217), in alphabetical order, the euro too.
    pub fn currencies(&self) -> Vec<&str> {
        let mut currencies: Vec<_> = self.newest.keys().map(String::as_str).collect();
        currencies.push("EUR");
        currencies.sort_unstable();
        currencies.dedup();
        currencies
    }

    /// An amount in cents of the euro; none when the currency (ISO 4217, in capitals) has no rate.
    pub fn to_euro_cents(&self, amount: Amount, currency: &str) -> Option<i64> {
        let rate = self.per_euro_millionths(currency)?;
        Some(rounded(
            i128::from(amount.cents()) * i128::from(MILLION),
            rate,
        ))
    }

    /// Cents of the euro in hundredths of a currency's unit; none when the currency (ISO 4217, in
    /// capitals) has no rate.
    pub fn from_euro_cents(&self, cents: i64, currency: &str) -> Option<i64> {
        let rate = self.per_euro_millionths(currency)?;
        Some(rounded(i128::from(cents) * rate, MILLION.into()))
    }

    /// Millionths of a unit that are worth one euro.
    pub(super) fn per_euro_millionths(&self, currency: &str) -> Option<i128> {
        if currency == "EUR" {
            return Some(MILLION.into());
        }
        let rate = self.newest.get(currency)?;
        Some(rate.per_euro_millionths.into())
    }
}

/// The whole number nearest to a fraction, halves away from zero; the last `i64` of its sign if
/// there is no such `i64`. The denominator is above 0.
pub(super) fn rounded(numerator: i128, denominator: i128) -> i64 {
    let away = numerator.signum() * (denominator / 2);
    let nearest = numerator.saturating_add(away) / denominator;
    let last = if numerator < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(nearest).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shipped_rates_are_whole() {
        let file = include_str!("../../data/ecb_rates.csv");
        let days: Vec<_> = ecb_rates::read(file.as_bytes()).unwrap().collect();
        let [Ok(day)] = days.as_slice() else {
            panic!("{days:?}");
        };
        assert_eq!(day.rates.len(), 29);
        let rates = Rates::shipped();
        assert_eq!(rates.currencies().len(), 30);
        assert_eq!(rates.day(), Some(day.day));
    }

    #[test]
    fn conversions() {
        let rates = Rates::shipped();
        let amount = |text: &str| text.parse().unwrap();
        assert_eq!(rates.to_euro_cents(amount("1.04"), "EUR"), Some(104));
        // 100 / 0.83380 = 119.93283…
        assert_eq!(rates.to_euro_cents(amount("100"), "GBP"), Some(11_993));
        // 1,000,000 / 175.68 = 5692.16757…
        assert_eq!(rates.to_euro_cents(amount("1000000"), "JPY"), Some(569_217));
        assert_eq!(rates.from_euro_cents(100, "USD"), Some(112));
        assert_eq!(rates.from_euro_cents(-100, "USD"), Some(-112));
        assert_eq!(rates.from_euro_cents(i64::MAX, "IDR"), Some(i64::MAX));
        assert_eq!(rates.from_euro_cents(i64::MIN, "IDR"), Some(i64::MIN));
        for currency in ["XAU", "usd", "", "RUB"] {
            assert_eq!(rates.to_euro_cents(amount("1"), currency), None);
            assert_eq!(rates.from_euro_cents(1, currency), None);
        }
    }

    #[test]
    fn other_rates_are_another_version() {
        let mut rates = Rates::shipped();
        assert_eq!(rates.version(), Rates::shipped().version());
        rates.newest.remove("USD");
        assert_ne!(rates.version(), Rates::shipped().version());
    }

    #[test]
    fn halves_go_away_from_zero() {
        for (numerator, denominator, nearest) in [
            (1, 2, 1),
            (-1, 2, -1),
            (1, 3, 0),
            (-5, 3, -2),
            (7, 5, 1),
            (8, 5, 2),
            (0, 7, 0),
        ] {
            assert_eq!(
                rounded(numerator, denominator),
                nearest,
                "{numerator}/{denominator}"
            );
        }
    }

    proptest! {
        #[test]
        fn there_and_back(cents in 0_i64..1_000_000_000, at in 0_usize..30) {
            let rates = Rates::shipped();
            let currency = rates.currencies()[at];
            let there = rates.from_euro_cents(cents, currency).unwrap();
            let back = rates.to_euro_cents(Amount::from_cents(there).unwrap(), currency).unwrap();
            // A hundredth of what one euro buys most of is worth least: half of it, and half a cent.
            let rate = rates.per_euro_millionths(currency).unwrap();
            let most = i128::from(MILLION) / rate + 1;
            prop_assert!(i128::from(back.abs_diff(cents)) <= most, "{currency} {cents} {back}");
        }
    }
}
