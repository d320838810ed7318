//! What a client may set of an organization, and the rules it must keep.

use crate::error::ApiError;
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::http::validation::{self, http_url, line, named, prose};
use crate::organizations::rules::{
    country_code, day, language_tags, network_codes, organization_type_code, scheme, sector_codes,
    words,
};
use crate::organizations::schema;
use chrono::NaiveDate;
use entity::organization::{self, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

/// A link to another page about the organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is: an IANA link relation, or a short word such as `mastodon`.
    #[validate(length(max = 60), custom(function = named))]
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "mastodon"
    )]
    pub rel: String,
    /// Absolute http or https URL.
    #[validate(custom(function = http_url))]
    #[schema(schema_with = schema::http_url)]
    pub url: String,
}

/// The organization's number in a register.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// org-id.guide list code such as `GB-COH`, or `wikidata`, `lei`, `domain`, or a source's own.
    #[validate(custom(function = scheme))]
    #[schema(
        max_length = 40,
        pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,39}$",
        example = "GB-COH"
    )]
    pub scheme: String,
    /// The number, as the register writes it.
    #[validate(length(max = 100), custom(function = named))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "IP00525R"
    )]
    pub value: String,
}

/// A postal address; every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    #[validate(length(max = 200), custom(function = line))]
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "31 Toad Lane"
    )]
    pub street: Option<String>,
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
    /// Postal code.
    #[validate(length(max = 20), custom(function = line))]
    #[schema(
        max_length = 20,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "OL12 0NU"
    )]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2, `GB` and never `UK`.
    #[validate(custom(function = country_code))]
    #[schema(schema_with = schema::country_or_null)]
    pub country: Option<String>,
}

/// A point, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees north, -90 to 90.
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90.0, maximum = 90.0, example = 53.6187)]
    pub lat: f64,
    /// Degrees east, -180 to 180.
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180.0, maximum = 180.0, example = -2.1561)]
    pub lon: f64,
}

/// Everything of an organization that a client may set. Absent and `null` are the same: not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!(crate::organizations::view::sample_input()))]
pub struct OrganizationInput {
    /// Name it goes by.
    #[validate(length(max = 200), custom(function = named))]
    #[schema(required, schema_with = schema::name)]
    pub name: String,
    /// Registered name.
    #[validate(length(max = 200), custom(function = line))]
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub legal_name: Option<String>,
    /// One or two sentences.
    #[validate(length(max = 280), custom(function = line))]
    #[schema(max_length = 280, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub summary: Option<String>,
    /// Markdown.
    #[validate(length(max = 20_000), custom(function = prose))]
    #[schema(
        max_length = 20_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub description: Option<String>,
    /// Code of `/v1/taxonomies/organization-types`.
    #[validate(custom(function = organization_type_code))]
    #[schema(required, schema_with = schema::organization_type)]
    pub organization_type: String,
    /// Codes of `/v1/taxonomies/sectors`.
    #[validate(length(max = 20), custom(function = sector_codes))]
    #[schema(schema_with = schema::sectors_or_null)]
    pub sectors: Vec<String>,
    /// Free words.
    #[validate(length(max = 30), custom(function = words))]
    #[schema(schema_with = schema::tags_or_null)]
    pub tags: Vec<String>,
    /// Technologies the organization works with.
    #[validate(length(max = 50), custom(function = words))]
    #[schema(schema_with = schema::technologies_or_null)]
    pub technologies: Vec<String>,
    /// BCP 47 tags of the languages it works in, its own first.
    #[validate(length(max = 20), custom(function = language_tags))]
    #[schema(schema_with = schema::languages_or_null)]
    pub languages: Vec<String>,
    /// Absolute http or https URL.
    #[validate(custom(function = http_url))]
    #[schema(schema_with = schema::http_url_or_null)]
    pub website: Option<String>,
    /// Public contact address.
    #[validate(length(max = 254), email)]
    #[schema(schema_with = schema::email_or_null)]
    pub email: Option<String>,
    /// Public phone number.
    #[validate(length(max = 40), custom(function = line))]
    #[schema(
        max_length = 40,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "+44 1706 000000"
    )]
    pub phone: Option<String>,
    /// Further links.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20, nullable)]
    pub links: Vec<Link>,
    /// Day of foundation.
    #[validate(custom(function = day))]
    #[schema(format = Date)]
    pub founded_on: Option<NaiveDate>,
    /// Day of dissolution, not before the foundation.
    #[validate(custom(function = day))]
    #[schema(format = Date)]
    pub dissolved_on: Option<NaiveDate>,
    /// Members, people or co-ops.
    #[validate(range(min = 0))]
    #[schema(minimum = 0, maximum = 2_147_483_647, format = Int32)]
    pub members_count: Option<i32>,
    /// Employees.
    #[validate(range(min = 0))]
    #[schema(minimum = 0, maximum = 2_147_483_647, format = Int32)]
    pub employees_count: Option<i32>,
    /// Absolute http or https URL.
    #[validate(custom(function = http_url))]
    #[schema(schema_with = schema::http_url_or_null)]
    pub logo_url: Option<String>,
    /// Legal form, in the words of its register.
    #[validate(length(max = 100), custom(function = line))]
    #[schema(max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub legal_form: Option<String>,
    /// Register numbers.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20, nullable)]
    pub identifiers: Vec<Identifier>,
    /// Where it is.
    #[validate(nested)]
    pub address: Option<Address>,
    /// Where it is, as a point.
    #[validate(nested)]
    pub location: Option<Location>,
    /// Codes of `/v1/taxonomies/networks`: federations and networks it belongs to.
    #[validate(length(max = 30), custom(function = network_codes))]
    #[schema(schema_with = schema::networks_or_null)]
    pub networks: Vec<String>,
    /// Who sees it. Set by moderators; what anybody else posts is `pending`.
    #[schema(schema_with = schema::settable_status)]
    pub status: Option<Status>,
}

/// Members of the view that only the server sets.
const READ_ONLY: [&str; 7] = [
    "id",
    "slug",
    "verification",
    "source",
    "created_at",
    "updated_at",
    "version",
];

impl OrganizationInput {
    /// Reads and checks an object; `current` is the record's view when it exists already.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with every fault.
    pub fn read(object: Map<String, Value>, current: Option<&Value>) -> Result<Self, ApiError> {
        let mut members = Members::new(object);
        for name in READ_ONLY {
            members.read_only(name, current.and_then(|view| view.get(name)));
        }
        let input = Self {
            name: members.require("name"),
            legal_name: members.take("legal_name"),
            summary: members.take("summary"),
            description: members.take("description"),
            organization_type: members.require("organization_type"),
            sectors: members.take("sectors"),
            tags: members.take("tags"),
            technologies: members.take("technologies"),
            languages: members.take("languages"),
            website: members.take("website"),
            email: members.take("email"),
            phone: members.take("phone"),
            links: members.objects("links"),
            founded_on: members.take("founded_on"),
            dissolved_on: members.take("dissolved_on"),
            members_count: members.take("members_count"),
            employees_count: members.take("employees_count"),
            logo_url: members.take("logo_url"),
            legal_form: members.take("legal_form"),
            identifiers: members.objects("identifiers"),
            address: members.object("address"),
            location: members.object("location"),
            networks: members.take("networks"),
            status: members.word("status"),
        };
        let mut faults = members.finish();
        if let Err(errors) = input.validate() {
            let unread: Vec<_> = faults.iter().map(|fault| place(&fault.pointer)).collect();
            faults.extend(
                validation::faults(&errors)
                    .into_iter()
                    // What could not be read has a fault already; its default would only add noise.
                    .filter(|fault| !unread.contains(&place(&fault.pointer))),
            );
        }
        if let (Some(founded), Some(dissolved)) = (input.founded_on, input.dissolved_on)
            && dissolved < founded
        {
            faults.push(Fault::new("/dissolved_on", "may not be before founded_on"));
        }
        if input.status == Some(Status::Deleted) {
            faults.push(Fault::new(
                "/status",
                "is set by DELETE; use pending, published or archived",
            ));
        }
        if faults.is_empty() {
            Ok(input)
        } else {
            Err(ApiError::Validation(faults))
        }
    }
}

/// A field, or an item of a list.
fn place(pointer: &str) -> Vec<String> {
    pointer.split('/').take(3).map(str::to_owned).collect()
}

impl From<organization::Link> for Link {
    fn from(organization::Link { rel, url }: organization::Link) -> Self {
        Self { rel, url }
    }
}

impl From<Link> for organization::Link {
    fn from(Link { rel, url }: Link) -> Self {
        Self { rel, url }
    }
}

impl From<organization::Identifier> for Identifier {
    fn from(organization::Identifier { scheme, value }: organization::Identifier) -> Self {
        Self { scheme, value }
    }
}

impl From<Identifier> for organization::Identifier {
    fn from(Identifier { scheme, value }: Identifier) -> Self {
        Self { scheme, value }
    }
}
