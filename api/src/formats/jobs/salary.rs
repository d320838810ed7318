//! The salary of a JobPosting.

use super::values;
use crate::formats::clean::quoted;
use crate::jobs::rules::currency_code;
use crate::taxonomies::table::fold;
use serde_json::{Value, json};

/// A `MonetaryAmount` with a value or a range as a job's salary. Currency and unit may stand at either,
/// and at the posting.
///
/// # Errors
/// What is wrong with it: in part it would mislead.
pub fn read(salary: &Value, posting: &Value) -> Result<Value, String> {
    let value = values::each(&salary["value"]).first().unwrap_or(salary);
    let amount = |name: &str| -> Result<Option<f64>, String> {
        let written = [value, salary]
            .iter()
            .filter_map(|of| of.get(name))
            .find(|written| written.is_number() || written.is_string());
        written
            .map(|written| {
                let read = values::amount(written);
                read.ok_or_else(|| format!("{} is no amount", quoted(&written.to_string())))
            })
            .transpose()
    };
    let one = match value {
        Value::Number(_) | Value::String(_) => values::amount(value),
        _ => amount("value")?,
    };
    let (min, max) = (amount("minValue")?.or(one), amount("maxValue")?.or(one));
    if min.is_none() && max.is_none() {
        return Err("there is no amount".to_owned());
    }
    if let (Some(min), Some(max)) = (min, max)
        && max < min
    {
        return Err(format!("{max} is less than {min}"));
    }
    let named = |names: &[&str]| {
        let of = [value, salary, posting];
        names.iter().find_map(|name| {
            of.iter()
                .find_map(|of| of.get(*name).and_then(values::text))
        })
    };
    let currency = named(&["currency", "salaryCurrency"]).unwrap_or_default();
    let currency = currency.to_ascii_uppercase();
    if currency_code(&currency).is_err() {
        return Err(format!("{} is no currency of ISO 4217", quoted(&currency)));
    }
    let unit = named(&["unitText", "unitCode", "duration"]).unwrap_or_default();
    let period = period(&unit).ok_or_else(|| format!("{} is no period", quoted(&unit)))?;
    Ok(json!({"min": min, "max": max, "currency": currency, "period": period}))
}

fn period(unit: &str) -> Option<&'static str> {
    let unit = fold(unit);
    Some(match unit.trim_start_matches("per ") {
        "hour" | "hourly" | "hr" | "hur" => "hour",
        "day" | "daily" => "day",
        "week" | "weekly" | "wee" => "week",
        "month" | "monthly" | "mon" => "month",
        "year" | "yearly" | "annual" | "annually" | "annum" | "ann" | "p1y" => "year",
        _ => return None,
    })
}
