//! What a wage or a price comes to in a year.

use super::rates::{MILLION, Rates, rounded};
use entity::money::{Amount, Period};

/// Hours of work in a week, where nobody says how many.
const HOURS_PER_WEEK: i64 = 40;

/// There are no more in a week.
const MOST_HOURS_PER_WEEK: i64 = 7 * 24;

/// Hundredths of so many periods in a year: 12 months, 52 weeks, 260 days of work (5 a week),
/// 2,080 hours (40 a week, or 52 times what the week is said to have).
fn hundredths_per_year(period: Period, hours_per_week: Option<Amount>) -> i64 {
    match period {
        Period::Year => 100,
        Period::Month => 12 * 100,
        Period::Week => 52 * 100,
        Period::Day => 52 * 5 * 100,
        Period::Hour => {
            let said = hours_per_week.map(Amount::cents).filter(|hours| *hours > 0);
            52 * said.map_or(HOURS_PER_WEEK * 100, |hours| {
                hours.min(MOST_HOURS_PER_WEEK * 100)
            })
        }
    }
}

impl Rates {
    /// What an amount for a period comes to in a year, in cents of the euro: none when the currency
    /// (ISO 4217, in capitals) has no rate.
    ///
    /// A year has 12 months, 52 weeks, 260 days and 2,080 hours; of an amount per hour 52 times
    /// `hours_per_week`, where that is known (0 is not, and more than 168 are 168). Rounded once, to
    /// the nearest cent, halves up: 25 an hour and 52,000 a year are the same.
    pub fn yearly_cents(
        &self,
        amount: Amount,
        currency: &str,
        period: Period,
        hours_per_week: Option<Amount>,
    ) -> Option<i64> {
        let rate = self.per_euro_millionths(currency)?;
        // At most 10^14 cents, 10^6 hundredths and 10^6: far from the end of an i128.
        let per_year = i128::from(hundredths_per_year(period, hours_per_week));
        let millionths = i128::from(amount.cents()) * per_year * i128::from(MILLION);
        Some(rounded(millionths, rate * 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yearly(amount: &str, currency: &str, period: Period, hours: Option<&str>) -> Option<i64> {
        let hours = hours.map(|hours| hours.parse().unwrap());
        Rates::shipped().yearly_cents(amount.parse().unwrap(), currency, period, hours)
    }

    #[test]
    fn a_year() {
        for (amount, period, hours, cents) in [
            ("52000", Period::Year, None, 5_200_000),
            ("1000.01", Period::Month, None, 1_200_012),
            ("1000", Period::Week, None, 5_200_000),
            ("200", Period::Day, None, 5_200_000),
            ("25", Period::Hour, None, 5_200_000),
            ("25", Period::Hour, Some("40"), 5_200_000),
            ("25", Period::Hour, Some("0"), 5_200_000),
            ("25", Period::Hour, Some("37.5"), 4_875_000),
            ("25", Period::Hour, Some("20"), 2_600_000),
            ("25", Period::Month, Some("20"), 30_000),
            ("1", Period::Hour, Some("1000"), 873_600),
            // 0.01 * 52 * 0.01 is 0.0052.
            ("0.01", Period::Hour, Some("0.01"), 1),
        ] {
            assert_eq!(
                yearly(amount, "EUR", period, hours),
                Some(cents),
                "{amount} {period:?}"
            );
        }
        // 3000 * 12 / 0.83380 = 43175.82153…
        assert_eq!(yearly("3000", "GBP", Period::Month, None), Some(4_317_582));
        assert_eq!(yearly("3000", "XTS", Period::Month, None), None);
    }

    /// The nearest whole number, found by trying: |2n·d − 2x| ≤ d, the upper of two.
    fn is_nearest_half_up(n: i128, numerator: i128, denominator: i128) -> bool {
        let off = 2 * (numerator - n * denominator);
        -denominator <= off && off < denominator
    }

    proptest! {
        #[test]
        fn as_a_fraction_says(
            cents in 0..=Amount::MAX.cents(),
            at in 0_usize..30,
            period in prop::sample::select(vec![
                (Period::Hour, None),
                (Period::Day, Some(26_000)),
                (Period::Week, Some(5_200)),
                (Period::Month, Some(1_200)),
                (Period::Year, Some(100)),
            ]),
            hours in 1_i64..=16_800,
        ) {
            let rates = Rates::shipped();
            let currency = rates.currencies()[at];
            let amount = Amount::from_cents(cents).unwrap();
            let (period, per_year) = period;
            let yearly = rates
                .yearly_cents(amount, currency, period, Amount::from_cents(hours))
                .unwrap();
            let per_year: i128 = per_year.unwrap_or(i128::from(hours) * 52);
            let numerator = i128::from(cents) * per_year * 1_000_000;
            let denominator = rates.per_euro_millionths(currency).unwrap() * 100;
            prop_assert!(is_nearest_half_up(yearly.into(), numerator, denominator));
        }

        #[test]
        fn more_is_never_less(one in 0..=Amount::MAX.cents(), other in 0..=Amount::MAX.cents()) {
            let rates = Rates::shipped();
            let [less, more] = [one.min(other), one.max(other)].map(|cents| {
                let amount = Amount::from_cents(cents).unwrap();
                rates.yearly_cents(amount, "IDR", Period::Day, None).unwrap()
            });
            prop_assert!(less <= more);
        }
    }
}
