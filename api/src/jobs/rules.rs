//! The rules of single fields of a job.

use crate::money::Amount;
use crate::outbound::is_public_name;
use crate::vocabulary::rules::country_code;
use crate::vocabulary::url::http_url;
use crate::vocabulary::validation::{self, broken, each, named};
use chrono::TimeDelta;
use entity::job::EmploymentType;
use iso_currency::Currency;
use std::collections::HashSet;
use std::str::FromStr;
use validator::ValidationError;

/// Places of work a job may have.
pub const MAX_LOCATIONS: usize = 50;
/// Countries it may take applicants from: all there are.
pub const MAX_COUNTRIES: usize = 250;
/// Skills it may ask for.
pub const MAX_SKILLS: usize = 50;

/// How long a job is open unless it says otherwise.
pub const DEFAULT_TIME: TimeDelta = TimeDelta::days(60);

/// How long it may be open from the day it is posted or renewed.
pub const MAX_TIME: TimeDelta = TimeDelta::days(180);

/// ISO 4217.
pub fn currency_code(code: &str) -> Result<(), ValidationError> {
    validation::code(code, Currency::from_str(code).is_ok(), "ISO 4217", || {
        let upper = code.to_ascii_uppercase();
        Currency::from_str(&upper)
            .ok()
            .map(|currency| currency.code())
    })
}

/// Each way of employment once.
pub fn employment_types(types: &[EmploymentType]) -> Result<(), ValidationError> {
    let different: HashSet<_> = types.iter().collect();
    if different.len() < types.len() {
        return Err(broken("unique", "may name each only once"));
    }
    Ok(())
}

/// ISO 3166-1 alpha-2 codes, each once.
pub fn country_codes(codes: &[String]) -> Result<(), ValidationError> {
    each(codes, country_code)
}

/// From -12:00 to +14:00, in quarters (IANA time zone database).
pub fn quarter_hours(hours: f64) -> Result<(), ValidationError> {
    if (-12.0..=14.0).contains(&hours) && (hours * 4.0).fract() == 0.0 {
        Ok(())
    } else {
        Err(broken(
            "utc_offset",
            "must be hours from UTC between -12 and 14, in steps of 0.25",
        ))
    }
}

/// Hours of a week.
pub fn hours(hours: &Amount) -> Result<(), ValidationError> {
    if (1..=16_800).contains(&hours.cents()) {
        Ok(())
    } else {
        Err(broken("hours", "must be more than 0 and at most 168"))
    }
}

/// Names of at most 60 characters.
pub fn skills(skills: &[String]) -> Result<(), ValidationError> {
    each(skills, |skill| {
        named(skill)?;
        if skill.chars().count() > 60 {
            return Err(broken("length", "may have at most 60 characters"));
        }
        Ok(())
    })
}

/// A page that anybody can reach: http or https, at a name of the public DNS or a public address. Told by
/// the URL alone: posting a job sends no request anywhere.
pub fn apply_url(url: &str) -> Result<(), ValidationError> {
    http_url(url)?;
    let is_reachable = url::Url::parse(url)
        .ok()
        .as_ref()
        .and_then(url::Url::host)
        .is_some_and(|host| is_public_name(&host));
    if is_reachable {
        Ok(())
    } else {
        Err(broken(
            "public",
            "must lead to a public server, such as https://jobs.example.coop/",
        ))
    }
}
