//! What a client may set of an organization, and the rules it must keep.

use crate::error::ApiError;
use crate::http::broken_rules;
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::organizations::parameters::STATUSES;
use crate::vocabulary::rules::{
    MAX_IDENTIFIERS, MAX_LANGUAGES, MAX_LINKS, MAX_NETWORKS, MAX_SECTORS, MAX_TAGS,
    MAX_TECHNOLOGIES, country_code, day, language_tags, network_codes, organization_type_code,
    scheme, sector_codes, words,
};
use crate::vocabulary::schema;
use crate::vocabulary::url::http_url;
use crate::vocabulary::validation::{email_address, line, named, prose};
use chrono::NaiveDate;
use entity::organization::{self, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashSet;
use utoipa::ToSchema;
use validator::Validate;

/// A link to another page about the organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkInput)]
pub struct Link {
    /// What it is: an IANA link relation, or a short word such as `mastodon`.
    #[validate(length(max = 60), custom(function = named))]
    #[schema(schema_with = schema::rel)]
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
    #[schema(schema_with = schema::identifier_value)]
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
    #[validate(custom(function = sector_codes))]
    #[schema(schema_with = schema::sectors_or_null)]
    pub sectors: Vec<String>,
    /// Free words.
    #[validate(custom(function = words))]
    #[schema(schema_with = schema::tags_or_null)]
    pub tags: Vec<String>,
    /// Technologies the organization works with.
    #[validate(custom(function = words))]
    #[schema(schema_with = schema::technologies_or_null)]
    pub technologies: Vec<String>,
    /// BCP 47 tags of the languages it works in, its own first.
    #[validate(custom(function = language_tags))]
    #[schema(schema_with = schema::languages_or_null)]
    pub languages: Vec<String>,
    /// Absolute http or https URL.
    #[validate(custom(function = http_url))]
    #[schema(schema_with = schema::http_url_or_null)]
    pub website: Option<String>,
    /// Public contact address.
    #[validate(custom(function = email_address))]
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
    #[validate(nested)]
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
    #[validate(nested)]
    #[schema(max_items = 20, nullable)]
    pub identifiers: Vec<Identifier>,
    /// Where it is.
    #[validate(nested)]
    pub address: Option<Address>,
    /// Where it is, as a point.
    #[validate(nested)]
    pub location: Option<Location>,
    /// Codes of `/v1/taxonomies/networks`: federations and networks it belongs to.
    #[validate(custom(function = network_codes))]
    #[schema(schema_with = schema::networks_or_null)]
    pub networks: Vec<String>,
    /// Who sees it. Set by moderators; what anybody else posts is `pending`.
    #[schema(schema_with = crate::organizations::schema::settable_status)]
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
        let day = "a day such as 1844-08-15";
        let input = Self {
            name: members.required_text("name"),
            legal_name: members.text("legal_name"),
            summary: members.text("summary"),
            description: members.text("description"),
            organization_type: members.required_text("organization_type"),
            sectors: members.strings("sectors", MAX_SECTORS),
            tags: members.strings("tags", MAX_TAGS),
            technologies: members.strings("technologies", MAX_TECHNOLOGIES),
            languages: members.strings("languages", MAX_LANGUAGES),
            website: members.text("website"),
            email: members.text("email"),
            phone: members.text("phone"),
            links: members.objects("links", MAX_LINKS, Link::read),
            founded_on: members.read("founded_on", day),
            dissolved_on: members.read("dissolved_on", day),
            members_count: members.whole_number("members_count"),
            employees_count: members.whole_number("employees_count"),
            logo_url: members.text("logo_url"),
            legal_form: members.text("legal_form"),
            identifiers: members.objects("identifiers", MAX_IDENTIFIERS, Identifier::read),
            address: members.object("address", Address::read),
            location: members.object("location", Location::read),
            networks: members.strings("networks", MAX_NETWORKS),
            status: members.choice("status", &STATUSES),
        };
        let mut faults = members.finish();
        if let Err(errors) = input.validate() {
            let unread = faults.as_slice().iter();
            let unread: HashSet<_> = unread.map(|fault| fault.pointer.clone()).collect();
            faults.extend(
                broken_rules::faults(&errors)
                    .into_iter()
                    // What could not be read has a fault already; its default would only add noise.
                    .filter(|fault| !broken_rules::is_unread(&unread, &fault.pointer)),
            );
        }
        if let (Some(founded), Some(dissolved)) = (input.founded_on, input.dissolved_on)
            && dissolved < founded
        {
            faults.push(Fault::new("/dissolved_on", "may not be before founded_on"));
        }
        let is_settable = match input.status {
            None | Some(Status::Pending | Status::Published | Status::Archived) => true,
            // What is so already may be sent along.
            Some(Status::Rejected) => current.is_some_and(|view| view["status"] == "rejected"),
            Some(Status::Merged | Status::Deleted) => false,
        };
        if !is_settable {
            faults.push(Fault::new(
                "/status",
                "is set in other ways; use pending, published or archived",
            ));
        }
        faults.or_none(input)
    }
}

impl Link {
    fn read(members: &mut Members) -> Self {
        Self {
            rel: members.required_text("rel"),
            url: members.required_text("url"),
        }
    }
}

impl Identifier {
    fn read(members: &mut Members) -> Self {
        Self {
            scheme: members.required_text("scheme"),
            value: members.required_text("value"),
        }
    }
}

impl Address {
    fn read(members: &mut Members) -> Self {
        Self {
            street: members.text("street"),
            locality: members.text("locality"),
            region: members.text("region"),
            postal_code: members.text("postal_code"),
            country: members.text("country"),
        }
    }
}

impl Location {
    fn read(members: &mut Members) -> Self {
        Self {
            lat: members.required_number("lat"),
            lon: members.required_number("lon"),
        }
    }
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
