//! The filters of the list of jobs.

use crate::http::geo::{bounding_box, near};
use crate::http::query::Parameters;
use crate::jobs::skills;
use crate::taxonomies::{countries, networks, organization_types};
use crate::vocabulary::rules::canonical_language;
use chrono::{DateTime, Utc};
use entity::job::{EmploymentType, Governance, MembershipTrack, PayPolicy, Seniority, Workplace};
use search::{Filter, Keyword};
use utoipa::IntoParams;

/// The filters of the list, for the spec; [`filters`] reads them, but for the salary's.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says how the parameters look; read by name")]
pub struct FilterParameters {
    /// Name, alias or code of a skill; finds narrower ones too.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    skill: Vec<String>,
    /// Whether a job needs `any` or `all` of the skills.
    #[param(value_type = Option<String>, schema_with = skill_mode_schema, required = false)]
    skill_mode: Option<String>,
    /// ISO 3166-1 alpha-2 code of a location, or of where applicants may live.
    #[param(schema_with = crate::vocabulary::schema::countries, required = false)]
    country: Vec<String>,
    /// Town, without regard to case and accents.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    locality: Vec<String>,
    /// Where the work is done.
    #[param(schema_with = crate::jobs::schema::any_of_workplaces, required = false)]
    workplace: Vec<String>,
    /// How somebody is employed.
    #[param(schema_with = crate::jobs::schema::any_of_employment_types, required = false)]
    employment_type: Vec<String>,
    /// Experience asked for.
    #[param(schema_with = crate::jobs::schema::any_of_seniorities, required = false)]
    seniority: Vec<String>,
    /// `include` lists jobs that state no seniority as well.
    #[param(value_type = Option<String>, schema_with = unspecified_schema, required = false)]
    seniority_unspecified: Option<String>,
    /// Whether one can become a member.
    #[param(schema_with = crate::jobs::schema::any_of_membership_tracks, required = false)]
    membership_track: Vec<String>,
    /// `include` lists jobs that do not say whether one can become a member as well.
    #[param(value_type = Option<String>, schema_with = unspecified_schema, required = false)]
    membership_track_unspecified: Option<String>,
    /// How pay is set.
    #[param(schema_with = crate::jobs::schema::any_of_pay_policies, required = false)]
    pay_policy: Vec<String>,
    /// `include` lists jobs that do not say how pay is set as well.
    #[param(value_type = Option<String>, schema_with = unspecified_schema, required = false)]
    pay_policy_unspecified: Option<String>,
    /// How the workplace decides.
    #[param(schema_with = crate::jobs::schema::any_of_governances, required = false)]
    governance: Vec<String>,
    /// `include` lists jobs that do not say how the workplace decides as well.
    #[param(value_type = Option<String>, schema_with = unspecified_schema, required = false)]
    governance_unspecified: Option<String>,
    /// Code of `/v1/taxonomies/organization-types`: who owns the place.
    #[param(schema_with = crate::vocabulary::schema::organization_types, required = false)]
    organization_type: Vec<String>,
    /// Code of `/v1/taxonomies/networks`: federations the employer belongs to.
    #[param(schema_with = crate::vocabulary::schema::any_of_networks, required = false)]
    network: Vec<String>,
    /// BCP 47 tag of a language one needs; `pt` finds `pt-BR` too.
    #[param(schema_with = crate::vocabulary::schema::any_of_languages, required = false)]
    language: Vec<String>,
    /// `include` lists jobs that name no language as well.
    #[param(value_type = Option<String>, schema_with = unspecified_schema, required = false)]
    language_unspecified: Option<String>,
    /// `+02:00`: jobs that can be done at this offset from UTC, and those that do not say.
    #[param(value_type = Option<String>, required = false, pattern = r"^([+-](0\d|1[0-1]):(00|15|30|45)|\+1[2-3]:(00|15|30|45)|-12:00|\+14:00|Z)$", example = "+02:00")]
    utc_offset: Option<String>,
    /// The least that the top of a job's range must be, in `salary_currency` for `salary_period`; compared
    /// per year, converted.
    #[param(required = false, minimum = 0, maximum = 999_999_999_999_i64)]
    salary_min: Option<f64>,
    /// ISO 4217; what `salary_min` is in, and the histogram of salaries.
    #[param(value_type = Option<String>, schema_with = crate::jobs::schema::currency_parameter, required = false)]
    salary_currency: Option<String>,
    /// What `salary_min` is paid for.
    #[param(value_type = Option<String>, schema_with = crate::jobs::schema::period_parameter, required = false)]
    salary_period: Option<String>,
    /// `exclude` leaves out jobs that do not say what they pay.
    #[param(value_type = Option<String>, schema_with = salary_unspecified_schema, required = false)]
    salary_unspecified: Option<String>,
    /// Only what was posted at or after this time.
    #[param(required = false)]
    posted_since: Option<DateTime<Utc>>,
}

/// Whether what does not state a value is listed.
pub const UNSPECIFIED: [(&str, bool); 2] = [("include", true), ("exclude", false)];

/// A filter by one of our words, and by whether they are stated at all.
fn words<T: Copy>(
    parameters: &mut Parameters,
    (name, words): (&'static str, &[(&'static str, T)]),
    field: Keyword,
    unspecified: Option<&'static str>,
) -> Option<Filter> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let any_of = parameters.codes(
        name,
        |code| known.contains(&code),
        |code| crate::taxonomies::table::closest(code, known.iter().copied()),
    );
    stated(parameters, field, any_of, unspecified)
}

fn stated(
    parameters: &mut Parameters,
    field: Keyword,
    any_of: Vec<String>,
    unspecified: Option<&'static str>,
) -> Option<Filter> {
    let or_missing = unspecified.and_then(|name| parameters.choice(name, &UNSPECIFIED));
    if any_of.is_empty() {
        if let (Some(name), Some(_)) = (unspecified, or_missing) {
            parameters.fault(
                name,
                format!("goes with {}", name.trim_end_matches("_unspecified")),
            );
        }
        return None;
    }
    Some(Filter::Keyword {
        field,
        any_of,
        or_missing: or_missing.unwrap_or(false),
    })
}

/// What is asked for but for the salary; of any of the `employers` if there are some.
pub fn filters(parameters: &mut Parameters, employers: &[String]) -> Vec<Filter> {
    let mut filters = Vec::new();
    let keyword = |field, any_of| Filter::Keyword {
        field,
        any_of,
        or_missing: false,
    };
    let mut skilled: Vec<String> = parameters
        .many("skill")
        .iter()
        .map(|typed| skills::name(typed))
        .collect();
    let all = parameters.choice("skill_mode", &[("any", false), ("all", true)]);
    if all.is_some() && skilled.is_empty() {
        parameters.fault("skill_mode", "goes with skill");
    }
    if all == Some(true) {
        filters.extend(
            skilled
                .drain(..)
                .map(|skill| keyword(Keyword::Skill, vec![skill])),
        );
    }
    let countries = parameters.codes(
        "country",
        |code| countries::country(code).is_some(),
        countries::suggest,
    );
    let types = parameters.codes(
        "organization_type",
        |code| organization_types::organization_type(code).is_some(),
        organization_types::suggest,
    );
    let networks = parameters.codes(
        "network",
        |code| networks::network(code).is_some(),
        networks::suggest,
    );
    for (field, any_of) in [
        (Keyword::Skill, skilled),
        (Keyword::Country, countries),
        (Keyword::Locality, parameters.many("locality")),
        (Keyword::OrganizationType, types),
        (Keyword::Network, networks),
        (Keyword::Employer, employers.to_vec()),
    ] {
        if !any_of.is_empty() {
            filters.push(keyword(field, any_of));
        }
    }
    filters.extend(stated_or_not(parameters));
    filters.extend(utc_offset(parameters).map(Filter::UtcOffset));
    filters.extend(bounding_box(parameters));
    filters.extend(near(parameters));
    let since: Option<DateTime<Utc>> = parameters.parsed(
        "posted_since",
        "an RFC 3339 time such as 2026-01-31T12:00:00Z",
    );
    filters.extend(since.map(|since| Filter::PostedSince(since.timestamp_micros())));
    filters
}

/// Filters on what a job may leave open.
fn stated_or_not(parameters: &mut Parameters) -> Vec<Filter> {
    let mut filters = Vec::new();
    let languages = parameters.codes(
        "language",
        |tag| oxilangtag::LanguageTag::parse(tag).is_ok(),
        |_| None,
    );
    let languages = languages
        .iter()
        .map(|tag| canonical_language(tag))
        .collect();
    filters.extend(stated(
        parameters,
        Keyword::Language,
        languages,
        Some("language_unspecified"),
    ));
    filters.extend(words(
        parameters,
        ("workplace", Workplace::WORDS),
        Keyword::Workplace,
        None,
    ));
    filters.extend(words(
        parameters,
        ("employment_type", EmploymentType::WORDS),
        Keyword::EmploymentType,
        None,
    ));
    filters.extend(words(
        parameters,
        ("seniority", Seniority::WORDS),
        Keyword::Seniority,
        Some("seniority_unspecified"),
    ));
    filters.extend(words(
        parameters,
        ("membership_track", MembershipTrack::WORDS),
        Keyword::MembershipTrack,
        Some("membership_track_unspecified"),
    ));
    filters.extend(words(
        parameters,
        ("pay_policy", PayPolicy::WORDS),
        Keyword::PayPolicy,
        Some("pay_policy_unspecified"),
    ));
    filters.extend(words(
        parameters,
        ("governance", Governance::WORDS),
        Keyword::Governance,
        Some("governance_unspecified"),
    ));
    filters
}

/// `+02:00`, or `Z`, in quarter hours.
fn utc_offset(parameters: &mut Parameters) -> Option<i16> {
    let text = parameters.one("utc_offset")?;
    let quarters = read_offset(&text);
    if quarters.is_none() {
        parameters.fault(
            "utc_offset",
            "must be an offset from UTC such as +02:00 (in a URL %2B02:00), from -12:00 to +14:00, in quarter hours",
        );
    }
    quarters
}

fn read_offset(text: &str) -> Option<i16> {
    if text == "Z" {
        return Some(0);
    }
    // A plus sign that was not encoded is a space by now.
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+" | " ", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let is_two_digits =
        |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_two_digits(hours) || !is_two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let quarters = sign * (hours * 4 + minutes / 15);
    ((-48..=56).contains(&quarters) && minutes % 15 == 0 && minutes < 60).then_some(quarters)
}

fn skill_mode_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["any", "all"],
        "Whether a job needs `any` (the default) or `all` of the skills.",
    )
}

fn unspecified_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["include", "exclude"],
        "Whether jobs that do not state it are listed as well; `exclude` is the default.",
    )
}

fn salary_unspecified_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["include", "exclude"],
        "Whether jobs that do not say what they pay are listed; `include` is the default.",
    )
}

#[cfg(test)]
mod tests {
    use super::read_offset;

    #[test]
    fn offsets() {
        for (text, quarters) in [
            ("+02:00", Some(8)),
            (" 02:00", Some(8)),
            ("-03:30", Some(-14)),
            ("+05:45", Some(23)),
            ("Z", Some(0)),
            ("+14:00", Some(56)),
            ("-12:00", Some(-48)),
            ("+14:15", None),
            ("-12:15", None),
            ("+02:10", None),
            ("+2:00", None),
            ("02:00", None),
            ("+02:60", None),
            ("", None),
            ("é02:00", None),
        ] {
            assert_eq!(read_offset(text), quarters, "{text}");
        }
    }
}
