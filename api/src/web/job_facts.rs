//! What a job's page lists: everything that its JSON-LD says, and more.

use crate::jobs::input::{JobLocation, Membership, Salary};
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::taxonomies::organization_types::organization_type;
use crate::web::facts::{Fact, Facts, amount, moment, word, yes_no};
use crate::web::json_ld::country_name;
use entity::job::{MembershipTrack, PayPolicy, Workplace};

/// The facts of a job.
pub fn facts(job: &JobView, employer: &OrganizationView, public_url: &str) -> Vec<Fact> {
    let mut facts = Facts::default();
    facts.add("Workplace", [word(job.workplace.as_str())]);
    facts.add("Where", job.locations.iter().map(place));
    let countries = job.applicant_countries.iter();
    facts.add(
        "Where you may live",
        joined(countries.map(|code| country_name(code).to_owned())),
    );
    let types = job.employment_types.iter();
    facts.add("Employment", joined(types.map(|kind| word(kind.as_str()))));
    facts.add("Pay", job.salary.as_ref().map(salary));
    facts.add("How pay is set", job.pay_policy.map(pay_policy));
    let ratio = |ratio| format!("The highest is {ratio} times the lowest");
    facts.add("Range of pay", job.pay_ratio.map(ratio));
    let share = |percent| format!("{percent} % to those who work there");
    facts.add("Surplus", job.surplus_share.map(share));
    let hours = |hours| format!("{hours} hours a week");
    facts.add("Hours", job.hours_per_week.map(hours));
    facts.add(
        "Working time",
        job.utc_offset_range
            .map(|range| format!("{} to {}", utc_offset(range.min), utc_offset(range.max))),
    );
    facts.add(
        "Experience",
        job.seniority.map(|level| word(level.as_str())),
    );
    facts.add("Skills", joined(job.skills.iter().cloned()));
    facts.add("Languages", joined(job.languages.iter().cloned()));
    facts.add("Membership", job.membership.as_ref().map(membership));
    facts.add("Decisions", job.governance.map(|way| word(way.as_str())));
    facts.add("Visa sponsorship", job.visa_sponsorship.map(yes_no));
    let applying = if job.direct_apply {
        "Right there, without an account elsewhere"
    } else {
        "At the employer\u{2019}s own place"
    };
    facts.add("Applying", [applying.to_owned()]);
    facts.add("Posted", job.posted_at.map(moment));
    facts.add("Open until", job.valid_through.map(moment));
    let kind = organization_type(&employer.organization_type);
    facts.add(
        "Employer",
        [match kind {
            Some(kind) => format!("{}, {}", employer.name, kind.label.to_lowercase()),
            None => employer.name.clone(),
        }],
    );
    facts.add_url("Its website", employer.website.as_ref());
    facts.add_url("Its page here", Some(&employer.page(public_url)));
    facts.add_url("Its logo", Some(&employer.shown_logo(public_url)));
    facts.add("Reference", [job.id.to_string()]);
    facts.done()
}

/// A place in words, its country last.
pub fn place(place: &JobLocation) -> String {
    let country = place.country.as_deref().map(country_name);
    let parts = [place.locality.as_deref(), place.region.as_deref(), country];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A job in a few words, for a list.
pub fn in_short(job: &JobView) -> String {
    let mut parts = vec![word(job.workplace.as_str())];
    if job.workplace != Workplace::Remote {
        parts.extend(job.locations.first().map(place));
    }
    parts.extend(job.salary.as_ref().map(salary));
    parts.join(" · ")
}

/// What is paid, in words.
fn salary(salary: &Salary) -> String {
    let range = match (salary.min, salary.max) {
        (Some(min), Some(max)) if min != max => {
            format!("{} to {}", amount(min.cents()), amount(max.cents()))
        }
        (Some(min), None) => format!("at least {}", amount(min.cents())),
        (None, Some(max)) => format!("up to {}", amount(max.cents())),
        (value, _) => value.map_or_else(String::new, |value| amount(value.cents())),
    };
    format!("{range} {} per {}", salary.currency, salary.period.as_str())
}

fn pay_policy(policy: PayPolicy) -> String {
    match policy {
        PayPolicy::Flat => "Everybody earns the same",
        PayPolicy::Banded => "By published bands",
        PayPolicy::Individual => "Negotiated",
        PayPolicy::RevenueShare => "A share of what comes in",
    }
    .to_owned()
}

fn membership(membership: &Membership) -> String {
    let track = match membership.track {
        MembershipTrack::None => "Not open to who works here",
        MembershipTrack::Open => "Open to who wants it",
        MembershipTrack::Expected => "Expected in time",
        MembershipTrack::Required => "Required",
    };
    let mut parts = vec![track.to_owned()];
    let months = membership.probation_months;
    parts.extend(months.map(|months| format!("after {months} months")));
    if let Some(share) = &membership.buy_in {
        parts.push(format!(
            "a share costs {} {}",
            amount(share.amount.cents()),
            share.currency
        ));
        parts.extend((share.refundable == Some(true)).then(|| "paid back on leaving".to_owned()));
        parts
            .extend((share.instalments == Some(true)).then(|| "bit by bit if you like".to_owned()));
    }
    parts.extend((membership.votes == Some(true)).then(|| "a member has a vote".to_owned()));
    parts.join("; ")
}

/// `UTC+05:45`.
fn utc_offset(hours: f64) -> String {
    let sign = if hours < 0.0 { '-' } else { '+' };
    let whole = hours.abs().trunc();
    let minutes = (hours.abs() - whole) * 60.0;
    format!("UTC{sign}{whole:02.0}:{minutes:02.0}")
}

/// One value of many.
fn joined(values: impl Iterator<Item = String>) -> Option<String> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(", "))
}
