//! What a client may set of a job, and the rules it must keep.

use crate::error::ApiError;
use crate::http::broken_rules;
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::jobs::rules::{
    MAX_COUNTRIES, MAX_LOCATIONS, MAX_SKILLS, country_codes, currency_code, employment_types,
    hours, quarter_hours, skills,
};
use crate::jobs::schema;
use crate::money::Amount;
use crate::vocabulary::rules::{MAX_LANGUAGES, country_code, language_tags};
use crate::vocabulary::validation::{email_address, line, named, prose};
use crate::vocabulary::visible::shows;
use chrono::{DateTime, Utc};
use entity::job::{
    EmploymentType, Governance, MembershipTrack, PayPolicy, Period, Seniority, Status, Workplace,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

/// A place of work. `lat` and `lon` come together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JobLocation {
    /// Town.
    #[validate(length(max = 100), custom(function = line))]
    #[schema(
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Rochdale"
    )]
    pub locality: Option<String>,
    /// County, state or province.
    #[validate(length(max = 100), custom(function = line))]
    #[schema(
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Greater Manchester"
    )]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[validate(custom(function = country_code))]
    #[schema(schema_with = crate::vocabulary::schema::country_or_null)]
    pub country: Option<String>,
    /// Degrees north, WGS 84.
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90.0, maximum = 90.0, example = 53.6187)]
    pub lat: Option<f64>,
    /// Degrees east, WGS 84.
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180.0, maximum = 180.0, example = -2.1561)]
    pub lon: Option<f64>,
}

/// The hours somebody works in, as offsets from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UtcOffsetRange {
    /// Hours east of UTC, in quarters.
    #[validate(custom(function = quarter_hours))]
    #[schema(minimum = -12.0, maximum = 14.0, multiple_of = 0.25, example = 0.0)]
    pub min: f64,
    /// Hours east of UTC, in quarters; not below `min`.
    #[validate(custom(function = quarter_hours))]
    #[schema(minimum = -12.0, maximum = 14.0, multiple_of = 0.25, example = 2.0)]
    pub max: f64,
}

/// What is paid: a range, or one of its ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Salary {
    /// The least.
    #[serde(default)]
    #[schema(schema_with = schema::amount_or_null)]
    pub min: Option<Amount>,
    /// The most; not below `min`.
    #[serde(default)]
    #[schema(schema_with = schema::amount_or_null)]
    pub max: Option<Amount>,
    /// ISO 4217.
    #[validate(custom(function = currency_code))]
    #[schema(schema_with = schema::currency)]
    pub currency: String,
    /// What it is paid for.
    #[schema(schema_with = schema::period)]
    pub period: Period,
}

/// What a member pays in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuyIn {
    /// How much.
    #[schema(schema_with = schema::amount)]
    pub amount: Amount,
    /// ISO 4217.
    #[validate(custom(function = currency_code))]
    #[schema(schema_with = schema::currency)]
    pub currency: String,
    /// Whether it is paid back on leaving.
    #[serde(default)]
    pub refundable: Option<bool>,
    /// Whether it may be paid bit by bit.
    #[serde(default)]
    pub instalments: Option<bool>,
}

/// What it takes to become a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Whether one can.
    #[schema(schema_with = schema::membership_track)]
    pub track: MembershipTrack,
    /// Months before.
    #[serde(default)]
    #[validate(range(min = 0, max = 120))]
    #[schema(minimum = 0, maximum = 120, format = Int32, example = 12)]
    pub probation_months: Option<i32>,
    /// What a share costs.
    #[serde(default)]
    #[validate(nested)]
    pub buy_in: Option<BuyIn>,
    /// Whether a member has a vote.
    #[serde(default)]
    pub votes: Option<bool>,
}

/// Everything of a job that a client may set. Absent and `null` are the same: not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!(crate::jobs::view::sample_input()))]
pub struct JobInput {
    /// Whose job it is: an organization that you edit and that is published. Stays as it is.
    #[schema(required, schema_with = schema::organization_id)]
    pub organization_id: Option<Uuid>,
    /// What it is called.
    #[validate(length(max = 200), custom(function = named))]
    #[schema(required, schema_with = schema::title)]
    pub title: String,
    /// Markdown; more than the title.
    #[validate(length(max = 20_000), custom(function = prose))]
    #[schema(required, schema_with = schema::description)]
    pub description: String,
    /// How somebody is employed; at least one.
    #[validate(custom(function = employment_types))]
    #[schema(required, schema_with = schema::employment_types)]
    pub employment_types: Vec<EmploymentType>,
    /// Where the work is done. `remote` needs a country, in `applicant_countries` or `locations`; the
    /// others need a location with a country.
    #[schema(required, schema_with = schema::workplace)]
    pub workplace: Option<Workplace>,
    /// Places of work.
    #[validate(nested)]
    #[schema(max_items = 50, nullable)]
    pub locations: Vec<JobLocation>,
    /// Where applicants may live, ISO 3166-1 alpha-2 codes.
    #[validate(custom(function = country_codes))]
    #[schema(schema_with = schema::countries_or_null)]
    pub applicant_countries: Vec<String>,
    /// The hours somebody works in.
    #[validate(nested)]
    pub utc_offset_range: Option<UtcOffsetRange>,
    /// What is paid.
    #[validate(nested)]
    pub salary: Option<Salary>,
    /// How pay is set.
    #[schema(schema_with = schema::pay_policy_or_null)]
    pub pay_policy: Option<PayPolicy>,
    /// Highest pay in the organization, in multiples of the lowest.
    #[validate(range(min = 1.0, max = 1000.0))]
    #[schema(minimum = 1.0, maximum = 1000.0, example = 1.5)]
    pub pay_ratio: Option<f64>,
    /// How much of the surplus goes to those who work there, in percent.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0.0, maximum = 100.0, example = 50.0)]
    pub surplus_share: Option<f64>,
    /// Hours of a full week in this job.
    #[validate(custom(function = hours))]
    #[schema(schema_with = schema::hours_or_null)]
    pub hours_per_week: Option<Amount>,
    /// Experience asked for.
    #[schema(schema_with = schema::seniority_or_null)]
    pub seniority: Option<Seniority>,
    /// Skills, by name, alias or code of `/v1/taxonomies/skills`; what is not in that list is kept as typed.
    #[validate(custom(function = skills))]
    #[schema(schema_with = schema::skills_or_null)]
    pub skills: Vec<String>,
    /// BCP 47 tags of the languages one needs.
    #[validate(custom(function = language_tags))]
    #[schema(schema_with = crate::vocabulary::schema::languages_or_null)]
    pub languages: Vec<String>,
    /// What it takes to become a member.
    #[validate(nested)]
    pub membership: Option<Membership>,
    /// How the workplace decides.
    #[schema(schema_with = schema::governance_or_null)]
    pub governance: Option<Governance>,
    /// Whether the employer sponsors a visa.
    pub visa_sponsorship: Option<bool>,
    /// Where to apply: a page of a public server. Either this or `apply_email`.
    #[validate(custom(function = crate::jobs::rules::apply_url))]
    #[schema(schema_with = crate::vocabulary::schema::http_url_or_null)]
    pub apply_url: Option<String>,
    /// Whom to write to. It is never shown, only given on request: `POST /v1/jobs/{id}/reveal-email`.
    #[validate(custom(function = email_address))]
    #[schema(write_only, schema_with = schema::apply_email_or_null)]
    pub apply_email: Option<String>,
    /// Whether one applies right there, without an account elsewhere.
    pub direct_apply: Option<bool>,
    /// It is open before this moment: at most 180 days after it was posted or renewed. 60 days unless given.
    pub valid_through: Option<DateTime<Utc>>,
    /// `draft` or `published`; a published job is ended by `close`.
    #[schema(schema_with = schema::settable_status)]
    pub status: Option<Status>,
}

/// Members of the view that only the server sets.
const READ_ONLY: [&str; 8] = [
    "id",
    "slug",
    "organization",
    "source",
    "posted_at",
    "created_at",
    "updated_at",
    "version",
];

impl JobInput {
    /// Reads and checks an object; `current` is what the job's object is already, when there is one.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with every fault.
    pub fn read(object: Map<String, Value>, current: Option<&Value>) -> Result<Self, ApiError> {
        let mut members = Members::new(object);
        for name in READ_ONLY {
            members.read_only(name, current.and_then(|view| view.get(name)));
        }
        let input = Self {
            organization_id: members.required("organization_id", "the id of an organization"),
            title: members.required_text("title"),
            description: members.required_text("description"),
            employment_types: members.choices("employment_types", EmploymentType::WORDS),
            workplace: members.required_choice("workplace", Workplace::WORDS),
            locations: members.objects("locations", MAX_LOCATIONS, JobLocation::read),
            applicant_countries: members.strings("applicant_countries", MAX_COUNTRIES),
            utc_offset_range: members.object("utc_offset_range", UtcOffsetRange::read),
            salary: members.object("salary", Salary::read).flatten(),
            pay_policy: members.choice("pay_policy", PayPolicy::WORDS),
            pay_ratio: members.read("pay_ratio", "a number"),
            surplus_share: members.read("surplus_share", "a number"),
            hours_per_week: members.amount("hours_per_week"),
            seniority: members.choice("seniority", Seniority::WORDS),
            skills: members.strings("skills", MAX_SKILLS),
            languages: members.strings("languages", MAX_LANGUAGES),
            membership: members.object("membership", Membership::read).flatten(),
            governance: members.choice("governance", Governance::WORDS),
            visa_sponsorship: members.read("visa_sponsorship", "true or false"),
            apply_url: members.text("apply_url"),
            apply_email: members.text("apply_email"),
            direct_apply: members.read("direct_apply", "true or false"),
            valid_through: members.read(
                "valid_through",
                "an RFC 3339 time such as 2026-12-31T12:00:00Z",
            ),
            status: members.choice("status", Status::WORDS),
        };
        let mut faults = members.finish();
        let unread: HashSet<String> = faults
            .as_slice()
            .iter()
            .map(|fault| fault.pointer.clone())
            .collect();
        let broken = input
            .validate()
            .err()
            .map(|errors| broken_rules::faults(&errors))
            .unwrap_or_default();
        // Of a list of which something could not be read, nobody knows whether enough is there.
        let is_half_read = |pointer: &str| {
            let inside = format!("{pointer}/");
            unread.iter().any(|unread| unread.starts_with(&inside))
        };
        let rules = input
            .faults_of_the_whole()
            .into_iter()
            .filter(|fault| !is_half_read(&fault.pointer));
        faults.extend(
            broken
                .into_iter()
                .chain(rules)
                // What could not be read has a fault already; its default would only add noise.
                .filter(|fault| !broken_rules::is_unread(&unread, &fault.pointer)),
        );
        faults.or_none(input)
    }

    /// Rules that need more than one member.
    fn faults_of_the_whole(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, detail: &str| faults.push(Fault::new(pointer, detail));
        if !shows(&self.description) {
            fault("/description", "may not be blank");
        } else if self
            .description
            .trim()
            .eq_ignore_ascii_case(self.title.trim())
        {
            fault(
                "/description",
                "must say more than the title: what the work is, and for whom",
            );
        }
        if self.employment_types.is_empty() {
            fault(
                "/employment_types",
                "is required: at least one, such as full_time",
            );
        }
        let has_country = self
            .locations
            .iter()
            .any(|location| location.country.is_some());
        match self.workplace {
            Some(Workplace::Remote) if !has_country && self.applicant_countries.is_empty() => {
                fault(
                    "/applicant_countries",
                    "a remote job needs at least one country where applicants may live, here or in locations",
                );
            }
            Some(Workplace::OnSite | Workplace::Hybrid) if !has_country => fault(
                "/locations",
                "a job that is not remote needs at least one location with a country",
            ),
            _ => {}
        }
        for (index, location) in self.locations.iter().enumerate() {
            if location.lat.is_some() != location.lon.is_some() {
                fault(&format!("/locations/{index}"), "lat and lon come together");
            }
            if *location == JobLocation::default() {
                fault(&format!("/locations/{index}"), "says nothing; name a place");
            }
        }
        if let Some(range) = &self.utc_offset_range
            && range.max < range.min
        {
            fault("/utc_offset_range/max", "may not be below min");
        }
        if let Some(salary) = &self.salary {
            match (salary.min, salary.max) {
                (None, None) => fault("/salary", "needs min, max or both"),
                (Some(min), Some(max)) if max < min => {
                    fault("/salary/max", "may not be below min");
                }
                _ => {}
            }
        }
        match (&self.apply_url, &self.apply_email) {
            (None, None) => fault(
                "/apply_url",
                "give apply_url or apply_email, so that people can apply",
            ),
            (Some(_), Some(_)) => fault("/apply_email", "give either apply_url or apply_email"),
            _ => {}
        }
        faults
    }
}

impl JobLocation {
    fn read(members: &mut Members) -> Self {
        Self {
            locality: members.text("locality"),
            region: members.text("region"),
            country: members.text("country"),
            lat: members.read("lat", "a number"),
            lon: members.read("lon", "a number"),
        }
    }
}

impl UtcOffsetRange {
    fn read(members: &mut Members) -> Self {
        Self {
            min: members.required_number("min"),
            max: members.required_number("max"),
        }
    }
}

impl Salary {
    fn read(members: &mut Members) -> Option<Self> {
        let (min, max) = (members.amount("min"), members.amount("max"));
        let currency = members.required_text("currency");
        let period = members.required_choice("period", Period::WORDS);
        Some(Self {
            min,
            max,
            currency,
            period: period?,
        })
    }
}

impl BuyIn {
    fn read(members: &mut Members) -> Self {
        Self {
            amount: members.required_amount("amount"),
            currency: members.required_text("currency"),
            refundable: members.read("refundable", "true or false"),
            instalments: members.read("instalments", "true or false"),
        }
    }
}

impl Membership {
    fn read(members: &mut Members) -> Option<Self> {
        let track = members.required_choice("track", MembershipTrack::WORDS);
        let probation_months = members.whole_number("probation_months");
        let buy_in = members.object("buy_in", BuyIn::read);
        let votes = members.read("votes", "true or false");
        Some(Self {
            track: track?,
            probation_months,
            buy_in,
            votes,
        })
    }
}
