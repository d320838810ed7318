//! What a job says of itself in a few plain lines, for mail and feeds.

use crate::jobs::input::Salary;
use crate::jobs::view::JobView;
use crate::money::Amount;
use crate::taxonomies::{countries, organization_types};
use crate::web::facts;
use entity::job::{Period, Workplace};

/// Places that are named; a job may have fifty.
const MAX_PLACES: usize = 3;

/// Whose job it is, and what they are.
pub fn employer(job: &JobView) -> String {
    let organization = &job.organization;
    let what = organization_types::organization_type(&organization.organization_type)
        .map_or(organization.organization_type.as_str(), |row| {
            row.label.as_str()
        });
    format!("{} ({what})", organization.name)
}

/// Where one works.
pub fn place(job: &JobView) -> String {
    let named = |code: &String| {
        countries::country(code).map_or_else(|| code.clone(), |country| country.name.clone())
    };
    let mut places: Vec<String> = job
        .locations
        .iter()
        .map(|place| {
            let country = place.country.as_ref().map(named);
            let parts = [place.locality.clone(), country];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
        .filter(|place| !place.is_empty())
        .collect();
    if job.workplace == Workplace::Remote && places.is_empty() {
        places = job.applicant_countries.iter().map(named).collect();
    }
    let more = places.len().saturating_sub(MAX_PLACES);
    places.truncate(MAX_PLACES);
    if more > 0 {
        places.push(format!("{more} more"));
    }
    let how = match job.workplace {
        Workplace::OnSite => "on site",
        Workplace::Hybrid => "hybrid",
        Workplace::Remote => "remote",
    };
    match places.as_slice() {
        [] => how.to_owned(),
        places => format!("{} ({how})", places.join("; ")),
    }
}

/// What it pays, if it says.
pub fn pay(job: &JobView) -> Option<String> {
    let Salary {
        min,
        max,
        currency,
        period,
    } = job.salary.as_ref()?;
    let amount = |amount: Amount| facts::amount(amount.cents());
    let range = match (min, max) {
        (Some(min), Some(max)) if min == max => amount(*min),
        (Some(min), Some(max)) => format!("{} to {}", amount(*min), amount(*max)),
        (Some(min), None) => format!("from {}", amount(*min)),
        (None, Some(max)) => format!("up to {}", amount(*max)),
        (None, None) => return None,
    };
    let per = match period {
        Period::Hour => "an hour",
        Period::Day => "a day",
        Period::Week => "a week",
        Period::Month => "a month",
        Period::Year => "a year",
    };
    Some(format!("{range} {currency} {per}"))
}
