//! Jobs that pay so much.

use crate::error::ApiError;
use crate::http::query::Parameters;
use crate::jobs::filters::UNSPECIFIED;
use crate::money::{Amount, Rates};
use entity::job::Period;
use entity::money::EXPECTED;
use iso_currency::Currency;
use search::Filter;
use std::str::FromStr;

/// The salary that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalaryFilter {
    /// The least that the top of a job's range must be.
    pub min: Option<Amount>,
    /// ISO 4217.
    pub currency: String,
    /// What it is paid for.
    pub period: Period,
    /// Whether jobs that do not say what they pay are listed.
    pub unspecified: bool,
}

impl SalaryFilter {
    /// Reads the parameters.
    pub fn read(parameters: &mut Parameters) -> Self {
        let amount = parameters.one("salary_min");
        let min = amount.as_deref().and_then(|text| {
            let read = text.parse().ok();
            if read.is_none() {
                parameters.fault("salary_min", format!("must be {EXPECTED}"));
            }
            read
        });
        let currency = parameters.one("salary_currency");
        if currency
            .as_deref()
            .is_some_and(|code| Currency::from_str(code).is_err())
        {
            parameters.fault("salary_currency", "must be an ISO 4217 code such as EUR");
        }
        if amount.is_some() && currency.is_none() {
            parameters.fault("salary_currency", "is required with salary_min");
        }
        Self {
            min,
            currency: currency.unwrap_or_else(|| "EUR".to_owned()),
            period: parameters
                .choice("salary_period", Period::WORDS)
                .unwrap_or(Period::Year),
            unspecified: parameters
                .choice("salary_unspecified", &UNSPECIFIED)
                .unwrap_or(true),
        }
    }

    /// The filter, in cents of a year in the reference currency; `None` when every job passes.
    ///
    /// # Errors
    /// A fault of `/salary_currency` when there is no rate for it.
    pub fn filter(&self, rates: &Rates) -> Result<Option<Filter>, ApiError> {
        let unspecified = self.unspecified;
        let cents = match self.min {
            None if unspecified => return Ok(None),
            None => Some(0),
            Some(min) => rates.yearly_cents(min, &self.currency, self.period, None),
        };
        match cents {
            Some(cents) => Ok(Some(Filter::SalaryAtLeast { cents, unspecified })),
            None => Err(no_rate(rates)),
        }
    }
}

/// Salaries cannot be compared in a currency without an exchange rate.
pub fn no_rate(rates: &Rates) -> ApiError {
    let known = rates.currencies().join(", ");
    ApiError::field(
        "/salary_currency",
        format!("has no exchange rate here; there is one for {known}"),
    )
}
