//! Money as columns and JSON hold it.

use sea_orm::DeriveValueType;
use sea_orm::entity::prelude::*;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// An amount of money in major units (euros, not cents), or another number with at most two
/// decimals, such as hours per week: from 0 to 999,999,999,999.99.
///
/// Columns and sums have it exactly, as whole hundredths. In JSON it is a number. A reader of JSON
/// turns that into a binary float, but no two amounts become one: fewer than 10^15 of them are told
/// apart by the 15 decimal digits that a double keeps (IEEE 754), so an amount is what the shortest
/// decimal that reads as the float says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct Amount(i64);

/// What an amount must look like, as it follows "must be".
pub const EXPECTED: &str = "a number from 0 to 999999999999.99 with at most two decimals";

/// What an amount is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnAmount;

impl Amount {
    /// The largest.
    pub const MAX: Self = Self(99_999_999_999_999);

    /// An amount of so many hundredths of the major unit; none when out of range.
    pub fn from_cents(cents: i64) -> Option<Self> {
        (0..=Self::MAX.0).contains(&cents).then_some(Self(cents))
    }

    /// Hundredths of the major unit, whatever coins its currency has.
    pub fn cents(self) -> i64 {
        self.0
    }
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    /// Reads digits, and a point with one or two more.
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) {
            return Err(NotAnAmount);
        }
        let tenths = match decimals.len() {
            1 => 10,
            2 => 1,
            _ => return Err(NotAnAmount),
        };
        let whole: i64 = whole.parse().map_err(|_| NotAnAmount)?;
        let decimals: i64 = decimals.parse().map_err(|_| NotAnAmount)?;
        whole
            .checked_mul(100)
            .and_then(|cents| cents.checked_add(decimals * tenths))
            .and_then(Self::from_cents)
            .ok_or(NotAnAmount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, cents) => write!(f, "{whole}.{cents:02}"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            return serializer.serialize_i64(self.0 / 100);
        }
        let float = self.to_string().parse::<f64>();
        serializer.serialize_f64(float.map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let float = f64::deserialize(deserializer)?;
        // -0 is 0.
        let text = (float + 0.0).to_string();
        text.parse()
            .map_err(|NotAnAmount| D::Error::custom(format_args!("must be {EXPECTED}")))
    }
}

/// What a price or a wage is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// An hour of work or use.
    Hour,
    /// A working day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Period {
    /// Every word of the API.
    pub const WORDS: &[(&'static str, Self)] = &[
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("year", Self::Year),
    ];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{from_str, to_string};

    #[test]
    fn numbers_that_are_amounts() {
        for (json, cents, written) in [
            ("0", 0, "0"),
            ("-0.0", 0, "0"),
            ("12.5", 1_250, "12.5"),
            ("12.50", 1_250, "12.5"),
            ("1e3", 100_000, "1000"),
            ("0.07", 7, "0.07"),
            ("35000.0", 3_500_000, "35000"),
            ("999999999999.99", 99_999_999_999_999, "999999999999.99"),
        ] {
            let amount: Amount = from_str(json).unwrap();
            assert_eq!(amount.cents(), cents, "{json}");
            assert_eq!(to_string(&amount).unwrap(), written);
        }
    }

    #[test]
    fn numbers_that_are_not() {
        for json in [
            "-0.01",
            "-1",
            "0.001",
            "12.345",
            "1e12",
            "1e300",
            "999999999999.991",
            "1000000000000",
            "18446744073709551615",
            "\"12\"",
            "null",
            "true",
            "[1]",
            "{}",
        ] {
            assert!(from_str::<Amount>(json).is_err(), "{json}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "+1",
            "1,5",
            "1.234",
            "1e3",
            "١",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(NotAnAmount), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_comes_back_from_json_and_text(cents in 0..=Amount::MAX.cents()) {
            let amount = Amount::from_cents(cents).unwrap();
            prop_assert_eq!(from_str::<Amount>(&to_string(&amount).unwrap()).unwrap(), amount);
            let value = serde_json::to_value(amount).unwrap();
            prop_assert_eq!(serde_json::from_value::<Amount>(value).unwrap(), amount);
            prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
            // Written with both decimals, as other programs do.
            let padded = format!("{}.{:02}", cents / 100, cents % 100);
            prop_assert_eq!(from_str::<Amount>(&padded).unwrap(), amount);
        }
    }
}
