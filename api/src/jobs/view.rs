//! How a job looks to a client.

use crate::jobs::input::{JobInput, JobLocation, Membership, Salary, UtcOffsetRange};
use crate::jobs::rows::input_of;
use crate::jobs::schema;
use crate::money::Amount;
use crate::organizations::view::Source;
use chrono::{DateTime, Utc};
use entity::job::{EmploymentType, Governance, Model, PayPolicy, Seniority, Status, Workplace};
use entity::organization::{self, VerificationLevel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// The place one would work at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Employer {
    /// UUIDv7.
    pub id: Uuid,
    /// Works in place of the id.
    pub slug: String,
    /// Name it goes by.
    pub name: String,
    /// Who owns it: code of `/v1/taxonomies/organization-types`.
    #[schema(schema_with = crate::vocabulary::schema::organization_type)]
    pub organization_type: String,
    /// ISO 3166-1 alpha-2.
    #[schema(schema_with = crate::vocabulary::schema::country_or_null)]
    pub country: Option<String>,
    /// How far somebody vouches for it.
    #[schema(schema_with = crate::vocabulary::schema::verification_level)]
    pub verification_level: VerificationLevel,
}

impl Employer {
    /// What a job shows of its organization.
    pub fn of(organization: &organization::Model) -> Self {
        Self {
            id: organization.id.0,
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            organization_type: organization.organization_type.clone(),
            country: organization.country.clone(),
            verification_level: organization.verification_level,
        }
    }
}

/// A job post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct JobView {
    /// UUIDv7.
    pub id: Uuid,
    /// Unique and stable; works in place of the id.
    pub slug: String,
    /// Whose job it is.
    pub organization_id: Uuid,
    /// The place one would work at, as it is now.
    pub organization: Employer,
    /// What it is called.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// How somebody is employed.
    #[schema(schema_with = schema::employment_types)]
    pub employment_types: Vec<EmploymentType>,
    /// Where the work is done.
    #[schema(schema_with = schema::workplace)]
    pub workplace: Workplace,
    /// Places of work.
    #[schema(max_items = 50)]
    pub locations: Vec<JobLocation>,
    /// Where applicants may live, ISO 3166-1 alpha-2 codes.
    pub applicant_countries: Vec<String>,
    /// The hours somebody works in.
    pub utc_offset_range: Option<UtcOffsetRange>,
    /// What is paid, as the employer says it.
    pub salary: Option<Salary>,
    /// How pay is set.
    #[schema(schema_with = schema::pay_policy_or_null)]
    pub pay_policy: Option<PayPolicy>,
    /// Highest pay in the organization, in multiples of the lowest.
    pub pay_ratio: Option<f64>,
    /// How much of the surplus goes to those who work there, in percent.
    pub surplus_share: Option<f64>,
    /// Hours of a full week in this job.
    #[schema(schema_with = schema::hours_or_null)]
    pub hours_per_week: Option<Amount>,
    /// Experience asked for.
    #[schema(schema_with = schema::seniority_or_null)]
    pub seniority: Option<Seniority>,
    /// Names of skills: those of `/v1/taxonomies/skills` by their label.
    pub skills: Vec<String>,
    /// BCP 47 tags of the languages one needs.
    pub languages: Vec<String>,
    /// What it takes to become a member.
    pub membership: Option<Membership>,
    /// How the workplace decides.
    #[schema(schema_with = schema::governance_or_null)]
    pub governance: Option<Governance>,
    /// Whether the employer sponsors a visa.
    pub visa_sponsorship: Option<bool>,
    /// Where to apply; `null` when it is by mail: `POST /v1/jobs/{id}/reveal-email`.
    #[schema(schema_with = crate::vocabulary::schema::uri_or_null)]
    pub apply_url: Option<String>,
    /// Whether one applies right there, without an account elsewhere.
    pub direct_apply: bool,
    /// When it was first public. Never moves.
    pub posted_at: Option<DateTime<Utc>>,
    /// It is open before this moment.
    pub valid_through: Option<DateTime<Utc>>,
    /// Where it stands.
    #[schema(schema_with = schema::status)]
    pub status: Status,
    /// Where it comes from, when it was imported.
    pub source: Option<Source>,
    /// When it was first written here.
    pub created_at: DateTime<Utc>,
    /// When it, or what it shows of its organization, last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: i32,
}

impl JobView {
    /// A row as it looks at a moment: what has run out says so, whether or not that was noted yet.
    pub fn new(row: Model, organization: &organization::Model, now: DateTime<Utc>) -> Self {
        let status = match row.status {
            Status::Published if !row.is_open(now) => Status::Expired,
            status => status,
        };
        let source = match (row.source_name.clone(), row.external_id.clone()) {
            (Some(name), Some(external_id)) => Some(Source {
                name,
                url: row.source_url.clone(),
                license: row.source_license.clone(),
                external_id,
            }),
            _ => None,
        };
        let (id, slug, version) = (row.id.0, row.slug.clone(), row.version);
        let (organization_id, workplace) = (row.organization_id.0, row.workplace);
        let (posted_at, created_at, updated_at) = (row.posted_at, row.created_at, row.updated_at);
        let JobInput {
            organization_id: _,
            title,
            description,
            employment_types,
            workplace: _,
            locations,
            applicant_countries,
            utc_offset_range,
            salary,
            pay_policy,
            pay_ratio,
            surplus_share,
            hours_per_week,
            seniority,
            skills,
            languages,
            membership,
            governance,
            visa_sponsorship,
            apply_url,
            apply_email: _,
            direct_apply,
            valid_through,
            status: _,
        } = input_of(row);
        Self {
            id,
            slug,
            organization_id,
            organization: Employer::of(organization),
            title,
            description,
            employment_types,
            workplace,
            locations,
            applicant_countries,
            utc_offset_range,
            salary,
            pay_policy,
            pay_ratio,
            surplus_share,
            hours_per_week,
            seniority,
            skills,
            languages,
            membership,
            governance,
            visa_sponsorship,
            apply_url,
            direct_apply: direct_apply.unwrap_or_default(),
            posted_at,
            valid_through,
            status,
            source,
            created_at,
            updated_at,
            version,
        }
    }
}

/// The example of the spec.
pub fn sample() -> Value {
    let mut view = sample_input();
    let more = json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072",
        "slug": "systems-administrator-rochdale",
        "organization": {
            "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
            "slug": "rochdale-society-of-equitable-pioneers",
            "name": "Rochdale Society of Equitable Pioneers",
            "organization_type": "consumer_cooperative",
            "country": "GB",
            "verification_level": "verified",
        },
        "posted_at": "2026-01-02T09:30:00Z",
        "valid_through": "2026-03-03T09:30:00Z",
        "status": "published",
        "source": null,
        "created_at": "2026-01-01T09:00:00Z",
        "updated_at": "2026-01-02T09:30:00Z",
        "version": 2,
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.remove("apply_email");
        view.extend(more);
    }
    view
}

/// The example of what a client sends.
pub fn sample_input() -> Value {
    json!({
        "organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "title": "Systems administrator",
        "description": "You keep the till, the stock list and the members' register running.\n\n- Debian and PostgreSQL\n- a shop that opens at eight",
        "employment_types": ["part_time"],
        "workplace": "hybrid",
        "locations": [{"locality": "Rochdale", "region": "Greater Manchester", "country": "GB", "lat": 53.6187, "lon": -2.1561}],
        "applicant_countries": ["GB"],
        "utc_offset_range": {"min": 0.0, "max": 2.0},
        "salary": {"min": 38000, "max": 42000, "currency": "GBP", "period": "year"},
        "pay_policy": "flat",
        "pay_ratio": 1.0,
        "surplus_share": 50.0,
        "hours_per_week": 32,
        "seniority": "mid",
        "skills": ["Debian", "PostgreSQL"],
        "languages": ["en"],
        "membership": {"track": "expected", "probation_months": 12, "buy_in": {"amount": 100, "currency": "GBP", "refundable": true, "instalments": true}, "votes": true},
        "governance": "consensus",
        "visa_sponsorship": false,
        "apply_url": "https://www.rochdalepioneersmuseum.coop/jobs",
        "apply_email": null,
        "direct_apply": true,
        "valid_through": null,
        "status": null,
    })
}
