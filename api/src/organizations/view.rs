//! How an organization looks to a client.

use crate::organizations::attestations::{self, view::Attestation};
use crate::organizations::input::{self, Address, Identifier, Location, OrganizationInput};
use crate::vocabulary::schema;
use chrono::{DateTime, NaiveDate, Utc};
use entity::attestation::Summaries;
use entity::organization::{Model, Status, VerificationLevel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who vouches for the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// The level that follows from the attestations.
    #[schema(schema_with = schema::verification_level)]
    pub level: VerificationLevel,
    /// Those that hold now, oldest first.
    pub attestations: Vec<Attestation>,
}

impl Verification {
    /// What a row says of it.
    pub fn of(level: VerificationLevel, attestations: Summaries) -> Self {
        Self {
            level,
            attestations: attestations.0.into_iter().map(Into::into).collect(),
        }
    }
}

/// Where an imported record comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// Name of the source on this instance.
    pub name: String,
    /// Where the source shows it.
    pub url: Option<String>,
    /// Licence of the source; it rules for this record.
    pub license: Option<String>,
    /// Its id at the source.
    pub external_id: String,
}

/// A link to another page about the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// What it is: an IANA link relation, or a short word such as `mastodon`.
    #[schema(example = "mastodon")]
    pub rel: String,
    /// Absolute http or https URL.
    #[schema(schema_with = schema::uri)]
    pub url: String,
}

impl From<input::Link> for Link {
    fn from(input::Link { rel, url }: input::Link) -> Self {
        Self { rel, url }
    }
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct OrganizationView {
    /// UUIDv7.
    pub id: Uuid,
    /// Unique and stable; works in place of the id.
    pub slug: String,
    /// Name it goes by.
    pub name: String,
    /// Registered name.
    pub legal_name: Option<String>,
    /// One or two sentences.
    pub summary: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// Code of `/v1/taxonomies/organization-types`.
    #[schema(schema_with = schema::organization_type)]
    pub organization_type: String,
    /// Codes of `/v1/taxonomies/sectors`.
    #[schema(schema_with = schema::sectors)]
    pub sectors: Vec<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// Technologies the organization works with.
    pub technologies: Vec<String>,
    /// BCP 47 tags of the languages it works in, its own first.
    pub languages: Vec<String>,
    /// Absolute http or https URL.
    #[schema(schema_with = schema::uri_or_null)]
    pub website: Option<String>,
    /// Public contact address.
    pub email: Option<String>,
    /// Public phone number.
    pub phone: Option<String>,
    /// Further links.
    pub links: Vec<Link>,
    /// Day of foundation.
    pub founded_on: Option<NaiveDate>,
    /// Day of dissolution.
    pub dissolved_on: Option<NaiveDate>,
    /// Members, people or co-ops.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub members_count: Option<i32>,
    /// Employees.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub employees_count: Option<i32>,
    /// Absolute http or https URL.
    #[schema(schema_with = schema::uri_or_null)]
    pub logo_url: Option<String>,
    /// Legal form, in the words of its register.
    pub legal_form: Option<String>,
    /// Register numbers.
    pub identifiers: Vec<Identifier>,
    /// Where it is.
    pub address: Option<Address>,
    /// Where it is, as a point.
    pub location: Option<Location>,
    /// Codes of `/v1/taxonomies/networks`.
    #[schema(schema_with = schema::networks)]
    pub networks: Vec<String>,
    /// Who sees it.
    #[schema(schema_with = crate::organizations::schema::status)]
    pub status: Status,
    /// Who vouches for it.
    pub verification: Verification,
    /// Where it comes from, when it was imported.
    pub source: Option<Source>,
    /// When it was first listed here.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: i32,
}

impl OrganizationView {
    /// Its page here, on an instance with this public URL.
    pub fn page(&self, public_url: &str) -> String {
        format!("{public_url}/organizations/{}", self.slug)
    }

    /// Its logo, or what is drawn in its place.
    pub fn shown_logo(&self, public_url: &str) -> String {
        let drawn = || format!("{}/logo.svg", self.page(public_url));
        self.logo_url.clone().unwrap_or_else(drawn)
    }
}

impl From<Model> for OrganizationView {
    fn from(row: Model) -> Self {
        let id = row.id.0;
        let slug = row.slug.clone();
        let status = row.status;
        let verification = Verification::of(row.verification_level, row.attestations.clone());
        let (created_at, updated_at, version) = (row.created_at, row.updated_at, row.version);
        let source = match (row.source_name.clone(), row.external_id.clone()) {
            (Some(name), Some(external_id)) => Some(Source {
                name,
                url: row.source_url.clone(),
                license: row.source_license.clone(),
                external_id,
            }),
            _ => None,
        };
        let OrganizationInput {
            name,
            legal_name,
            summary,
            description,
            organization_type,
            sectors,
            tags,
            technologies,
            languages,
            website,
            email,
            phone,
            links,
            founded_on,
            dissolved_on,
            members_count,
            employees_count,
            logo_url,
            legal_form,
            identifiers,
            address,
            location,
            networks,
            status: _,
        } = row.into();
        Self {
            id,
            slug,
            name,
            legal_name,
            summary,
            description,
            organization_type,
            sectors,
            tags,
            technologies,
            languages,
            website,
            email,
            phone,
            links: links.into_iter().map(Into::into).collect(),
            founded_on,
            dissolved_on,
            members_count,
            employees_count,
            logo_url,
            legal_form,
            identifiers,
            address,
            location,
            networks,
            status,
            verification,
            source,
            created_at,
            updated_at,
            version,
        }
    }
}

/// The example of the spec: the shop the project is named after.
pub fn sample() -> Value {
    let mut view = sample_input();
    let attestation = attestations::view::sample();
    let more = json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "slug": "rochdale-society-of-equitable-pioneers",
        "status": "published",
        "verification": {"level": "verified", "attestations": [attestation]},
        "source": null,
        "created_at": "2026-01-01T09:00:00Z",
        "updated_at": "2026-01-02T09:30:00Z",
        "version": 2,
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    view
}

/// The example of what a client sends.
pub fn sample_input() -> Value {
    json!({
        "name": "Rochdale Society of Equitable Pioneers",
        "legal_name": "Rochdale Society of Equitable Pioneers Limited",
        "summary": "The shop in Toad Lane where modern co-operation began in 1844.",
        "description": "Weavers and artisans who opened a shop of their own: **flour, butter, sugar and oatmeal**, honestly weighed.",
        "organization_type": "consumer_cooperative",
        "sectors": ["retail"],
        "tags": ["history"],
        "technologies": [],
        "languages": ["en"],
        "website": "https://www.rochdalepioneersmuseum.coop/",
        "email": "museum@example.coop",
        "phone": "+44 1706 000000",
        "links": [{"rel": "wikipedia", "url": "https://en.wikipedia.org/wiki/Rochdale_Society_of_Equitable_Pioneers"}],
        "founded_on": "1844-08-15",
        "dissolved_on": null,
        "members_count": 28,
        "employees_count": 0,
        "logo_url": null,
        "legal_form": "Society",
        "identifiers": [{"scheme": "wikidata", "value": "Q1378527"}],
        "address": {"street": "31 Toad Lane", "locality": "Rochdale", "region": "Greater Manchester", "postal_code": "OL12 0NU", "country": "GB"},
        "location": {"lat": 53.6187, "lon": -2.1561},
        "networks": ["coops-uk"],
        "status": null,
    })
}
