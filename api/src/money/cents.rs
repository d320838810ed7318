//! Amounts of money.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest amount, in hundredths: up to here every amount with two decimals is one JSON number that
/// reads back as itself.
const MAX: i64 = 100_000_000_000_000;

/// An amount in hundredths of its currency. In JSON a number in whole units with at most two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Cents {
    /// From whole units. `None` for what is below 0, over 1,000,000,000,000, or has more than two decimals.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within the bounds, which are checked before"
    )]
    pub fn from_units(units: f64) -> Option<Self> {
        let cents = (units * 100.0).round();
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
        let is_exact = (0.0..=MAX as f64).contains(&cents) && cents / 100.0 == units;
        is_exact.then_some(Self(cents as i64))
    }

    /// In whole units: the double nearest to the amount.
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
    pub fn units(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            serializer.serialize_f64(self.units())
        }
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let units = f64::deserialize(deserializer)?;
        Self::from_units(units).ok_or_else(|| {
            D::Error::custom(
                "must be an amount from 0 to 1,000,000,000,000 with at most 2 decimals",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_amount_reads_back_as_itself(cents in 0..=MAX) {
            let json = serde_json::to_string(&Cents(cents)).expect("a number");
            prop_assert_eq!(serde_json::from_str::<Cents>(&json).expect(&json), Cents(cents));
        }
    }

    #[test]
    fn amounts_have_two_decimals() {
        for (text, cents) in [
            ("12.5", Some(1250)),
            ("12.34", Some(1234)),
            ("0", Some(0)),
            ("45000", Some(4_500_000)),
            ("12.345", None),
            ("-1", None),
            ("1e13", None),
            ("\"12\"", None),
        ] {
            assert_eq!(
                serde_json::from_str::<Cents>(text).ok(),
                cents.map(Cents),
                "{text}"
            );
        }
    }
}
