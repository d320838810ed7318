//! The query string of the list of jobs.

use crate::error::ApiError;
use crate::http::geo::{bounding_box, near};
use crate::http::query::{FromParameters, Parameters};
use crate::jobs::skills;
use crate::money::{Amount, Rates};
use crate::organizations::rules::canonical_language;
use crate::taxonomies::{countries, networks, organization_types};
use chrono::{DateTime, Utc};
use entity::job::{
    EmploymentType, Governance, MembershipTrack, PayPolicy, Period, Seniority, Status, Workplace,
};
use entity::money::EXPECTED;
use iso_currency::Currency;
use search::{Filter, Keyword, Sort};
use std::str::FromStr;
use utoipa::IntoParams;
use uuid::Uuid;

/// A field whose values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// One with values.
    Keyword(Keyword),
    /// Salaries by how much, in the asked currency, per year.
    Salary,
}

/// What to list, in which order, how much of it.
///
/// A filter that is repeated is OR within it; different filters are AND. A job that does not state a value
/// is left out by a filter on it, unless `…_unspecified=include`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Words to search for; `"a phrase"`, `-without`.
    #[param(
        min_length = 1,
        max_length = 512,
        pattern = r"^[^\x00]*$",
        example = "administrator"
    )]
    pub q: Option<String>,
    /// Search as you type: the last word of `q` is a prefix from the start.
    #[param(required = false, default = false)]
    pub prefix: bool,
    /// Adds `highlights` to each item.
    #[param(required = false, default = false)]
    pub highlight: bool,
    /// `organization` shows the best job of each organization only; `total` and facets still count all.
    #[param(value_type = Option<String>, schema_with = collapse_schema, required = false)]
    pub collapse: bool,
    /// `relevance` is the default with `q`, `-posted_at` without; `distance` needs `near`.
    #[param(value_type = Option<String>, schema_with = sort_schema, required = false)]
    pub sort: Option<Sort>,
    /// Comma-separated: fields whose values are counted. `salary` counts by yearly pay, in `salary_currency`.
    #[param(value_type = Option<String>, required = false, pattern = "^(country|locality|skill|workplace|employment_type|seniority|membership_track|pay_policy|organization_type|salary)(,(country|locality|skill|workplace|employment_type|seniority|membership_track|pay_policy|organization_type|salary))*$", example = "country,skill")]
    pub facets: Vec<Facet>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: usize,
    /// `next_cursor` of the page before; keep the other parameters.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
    /// Only moderators may ask for anything but `published`; combines with `organization_id`, `limit` and
    /// `cursor` only.
    #[param(value_type = Option<String>, schema_with = crate::jobs::schema::status, required = false)]
    pub status: Option<Status>,
    /// Whose jobs.
    #[param(value_type = Vec<Uuid>, required = false, max_items = 100)]
    pub organization_id: Vec<String>,
    /// The filters below, but for the salary.
    #[param(ignore)]
    pub filters: Vec<Filter>,
    /// What a job must pay.
    #[param(ignore)]
    pub salary: SalaryFilter,
}

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

/// The filters of the list, for the spec; read into [`ListParameters`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says how the parameters look; read by name")]
pub struct FilterParameters {
    /// Name, alias or code of a skill; finds narrower ones too.
    #[param(schema_with = crate::organizations::schema::names, required = false)]
    skill: Vec<String>,
    /// Whether a job needs `any` or `all` of the skills.
    #[param(value_type = Option<String>, schema_with = skill_mode_schema, required = false)]
    skill_mode: Option<String>,
    /// ISO 3166-1 alpha-2 code of a location, or of where applicants may live.
    #[param(schema_with = crate::organizations::schema::countries, required = false)]
    country: Vec<String>,
    /// Town, without regard to case and accents.
    #[param(schema_with = crate::organizations::schema::names, required = false)]
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
    #[param(schema_with = crate::organizations::schema::organization_types, required = false)]
    organization_type: Vec<String>,
    /// Code of `/v1/taxonomies/networks`: federations the employer belongs to.
    #[param(schema_with = crate::organizations::schema::any_of_networks, required = false)]
    network: Vec<String>,
    /// BCP 47 tag of a language one needs; `pt` finds `pt-BR` too.
    #[param(schema_with = crate::organizations::schema::any_of_languages, required = false)]
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
    /// `minLon,minLat,maxLon,maxLat`; `minLon > maxLon` crosses the antimeridian. Any location counts.
    #[param(value_type = String, required = false, pattern = r"^-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?),-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?),-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?),-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?)$", example = "-6,50,2,59")]
    bbox: Option<String>,
    /// `lat,lon`: only what has a location within `radius_km`.
    #[param(value_type = String, required = false, pattern = r"^-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?),-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?)$", example = "53.48,-2.24")]
    near: Option<String>,
    /// Radius around `near`.
    #[param(value_type = f64, minimum = 0, maximum = 500, default = 25, required = false)]
    radius_km: Option<f64>,
    /// Only what was posted at or after this time.
    #[param(required = false)]
    posted_since: Option<DateTime<Utc>>,
}

const SORTS: [(&str, Sort); 5] = [
    ("relevance", Sort::Relevance),
    ("-posted_at", Sort::PostedAt),
    ("-salary", Sort::Salary),
    ("valid_through", Sort::ValidThrough),
    ("distance", Sort::Distance),
];

const FACETS: [(&str, Facet); 10] = [
    ("country", Facet::Keyword(Keyword::Country)),
    ("locality", Facet::Keyword(Keyword::Locality)),
    ("skill", Facet::Keyword(Keyword::Skill)),
    ("workplace", Facet::Keyword(Keyword::Workplace)),
    ("employment_type", Facet::Keyword(Keyword::EmploymentType)),
    ("seniority", Facet::Keyword(Keyword::Seniority)),
    ("membership_track", Facet::Keyword(Keyword::MembershipTrack)),
    ("pay_policy", Facet::Keyword(Keyword::PayPolicy)),
    (
        "organization_type",
        Facet::Keyword(Keyword::OrganizationType),
    ),
    ("salary", Facet::Salary),
];

/// Whether what does not state a value is listed.
const UNSPECIFIED: [(&str, bool); 2] = [("include", true), ("exclude", false)];

impl FromParameters for ListParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let q = parameters.one("q");
        let (prefix, highlight) = (parameters.flag("prefix"), parameters.flag("highlight"));
        let collapse = parameters.choice("collapse", &[("organization", ())]);
        let sort = parameters.choice("sort", &SORTS);
        let mut facets: Vec<Facet> = Vec::new();
        for facet in parameters.choices("facets", &FACETS) {
            if !facets.contains(&facet) {
                facets.push(facet);
            }
        }
        let status = parameters.choice("status", &statuses());
        let organization_id = organizations(parameters);
        let filters = filters(parameters, &organization_id);
        let has_near = filters
            .iter()
            .any(|filter| matches!(filter, Filter::Near { .. }));
        if sort == Some(Sort::Distance) && !has_near {
            parameters.fault("sort", "distance needs near=lat,lon");
        }
        Self {
            q,
            prefix,
            highlight,
            collapse: collapse.is_some(),
            sort,
            facets,
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
            status,
            salary: salary(parameters),
            organization_id,
            filters,
        }
    }
}

impl ListParameters {
    /// All filters, the salary converted.
    ///
    /// # Errors
    /// A fault of `/salary_currency` when there is no rate for it.
    pub fn filters(&self, rates: &Rates) -> Result<Vec<Filter>, ApiError> {
        let mut filters = self.filters.clone();
        filters.extend(self.salary.filter(rates)?);
        Ok(filters)
    }
}

impl SalaryFilter {
    fn filter(&self, rates: &Rates) -> Result<Option<Filter>, ApiError> {
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

fn statuses() -> Vec<(&'static str, Status)> {
    let listed = Status::WORDS.iter().copied();
    listed
        .filter(|(_, status)| *status != Status::Deleted)
        .collect()
}

fn organizations(parameters: &mut Parameters) -> Vec<String> {
    let ids = parameters.many("organization_id");
    let read = |id: &String| Uuid::try_parse(id).ok().map(|id| id.to_string());
    if ids.iter().any(|id| read(id).is_none()) {
        parameters.fault(
            "organization_id",
            "must be the id of an organization, a UUID",
        );
    }
    ids.iter().filter_map(read).collect()
}

fn salary(parameters: &mut Parameters) -> SalaryFilter {
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
    SalaryFilter {
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

fn filters(parameters: &mut Parameters, employers: &[String]) -> Vec<Filter> {
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

fn sort_schema() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::from(crate::organizations::schema::words(
        SORTS.iter().map(|(word, _)| *word),
    ))
    .description(Some(
        "`relevance` is the default with `q`, `-posted_at` without; `distance` needs `near`.",
    ))
    .build()
}

fn collapse_schema() -> utoipa::openapi::Object {
    crate::organizations::schema::described_words(
        &["organization"],
        "Shows the best job of each organization only.",
    )
}

fn skill_mode_schema() -> utoipa::openapi::Object {
    crate::organizations::schema::described_words(
        &["any", "all"],
        "Whether a job needs `any` (the default) or `all` of the skills.",
    )
}

fn unspecified_schema() -> utoipa::openapi::Object {
    crate::organizations::schema::described_words(
        &["include", "exclude"],
        "Whether jobs that do not state it are listed as well; `exclude` is the default.",
    )
}

fn salary_unspecified_schema() -> utoipa::openapi::Object {
    crate::organizations::schema::described_words(
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
