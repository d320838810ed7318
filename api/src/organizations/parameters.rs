//! The query string of the list.

use crate::http::geo::{bounding_box, near};
use crate::http::query::{FromParameters, Parameters};
use crate::organizations::document::level;
use crate::taxonomies::ica_regions::IcaRegion;
use crate::taxonomies::{countries, networks, organization_types, sectors};
use crate::vocabulary::rules::canonical_language;
use chrono::{DateTime, Utc};
use entity::organization::Status;
use entity::organization::VerificationLevel;
use search::{Filter, Keyword, Sort};
use utoipa::IntoParams;

/// What to list, in which order, how much of it.
///
/// A filter that is repeated is OR within it; different filters are AND.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ListParameters {
    /// Words to search for; `"a phrase"`, `-without`.
    #[param(
        min_length = 1,
        max_length = 512,
        pattern = r"^[^\x00]*$",
        example = "hosting"
    )]
    pub q: Option<String>,
    /// Search as you type: the last word of `q` is a prefix from the start.
    #[param(required = false, default = false)]
    pub prefix: bool,
    /// Adds `highlights` to each item.
    #[param(required = false, default = false)]
    pub highlight: bool,
    /// Prefers records that have what words of `q` stand for (a place, a skill, a way to work) among those that
    /// match as well; what they were taken for is in `interpreted`.
    #[param(required = false, default = true)]
    pub interpret: bool,
    /// Moderators only: adds `explanation`, why these were found.
    #[param(required = false, default = false)]
    pub explain: bool,
    /// `relevance` is the default with `q`, `name` without; `distance` needs `near`.
    #[param(value_type = Option<String>, schema_with = sort_schema, required = false)]
    pub sort: Option<Sort>,
    /// Comma-separated: fields whose values are counted.
    #[param(value_type = Option<String>, required = false, pattern = "^(country|region|sector|organization_type|tag|technology|language|network|verification|source)(,(country|region|sector|organization_type|tag|technology|language|network|verification|source))*$", example = "country,sector")]
    pub facets: Vec<Keyword>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: usize,
    /// `next_cursor` of the page before; keep the other parameters.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
    /// Only moderators may ask for anything but `published`; combines with `source`, `limit`
    /// and `cursor` only.
    #[param(value_type = Option<String>, schema_with = crate::organizations::schema::status, required = false)]
    pub status: Option<Status>,
    /// The filters below.
    #[param(ignore)]
    pub filters: Vec<Filter>,
}

/// The filters of the list, for the spec; read into [`ListParameters::filters`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says how the parameters look; read by name")]
pub struct FilterParameters {
    /// ISO 3166-1 alpha-2 code.
    #[param(schema_with = crate::vocabulary::schema::countries, required = false)]
    country: Vec<String>,
    /// County, state or province, without regard to case and accents.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    region: Vec<String>,
    /// Town, without regard to case and accents.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    locality: Vec<String>,
    /// Code of `/v1/taxonomies/sectors`; finds its narrower ones too.
    #[param(schema_with = crate::vocabulary::schema::any_of_sectors, required = false)]
    sector: Vec<String>,
    /// Code of `/v1/taxonomies/organization-types`.
    #[param(schema_with = crate::vocabulary::schema::organization_types, required = false)]
    organization_type: Vec<String>,
    /// Tag, without regard to case and accents.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    tag: Vec<String>,
    /// Technology, without regard to case and accents.
    #[param(schema_with = crate::vocabulary::schema::names, required = false)]
    technology: Vec<String>,
    /// BCP 47 tag, whatever its case; `pt` finds `pt-BR` too.
    #[param(schema_with = crate::vocabulary::schema::any_of_languages, required = false)]
    language: Vec<String>,
    /// Code of `/v1/taxonomies/networks`.
    #[param(schema_with = crate::vocabulary::schema::any_of_networks, required = false)]
    network: Vec<String>,
    /// How far somebody vouches for it.
    #[param(schema_with = crate::vocabulary::schema::verification_levels, required = false)]
    verification: Vec<String>,
    /// Name of the source it was imported from.
    #[param(schema_with = crate::vocabulary::schema::sources, required = false)]
    source: Vec<String>,
    /// Region of the International Cooperative Alliance.
    #[param(schema_with = crate::vocabulary::schema::ica_regions, required = false)]
    ica_region: Vec<String>,
    /// Only what changed at or after this time.
    #[param(required = false)]
    updated_since: Option<DateTime<Utc>>,
}

const SORTS: [(&str, Sort); 5] = [
    ("relevance", Sort::Relevance),
    ("name", Sort::Name),
    ("-updated_at", Sort::UpdatedAt),
    ("-created_at", Sort::CreatedAt),
    ("distance", Sort::Distance),
];

/// The states that a record can be in and be read.
pub const STATUSES: [(&str, Status); 4] = [
    ("pending", Status::Pending),
    ("published", Status::Published),
    ("rejected", Status::Rejected),
    ("archived", Status::Archived),
];

/// Fields that can be counted.
const FACETS: [Keyword; 10] = [
    Keyword::Country,
    Keyword::Region,
    Keyword::Sector,
    Keyword::OrganizationType,
    Keyword::Tag,
    Keyword::Technology,
    Keyword::Language,
    Keyword::Network,
    Keyword::Verification,
    Keyword::Source,
];

const LEVELS: [VerificationLevel; 4] = [
    VerificationLevel::None,
    VerificationLevel::Itself,
    VerificationLevel::Partner,
    VerificationLevel::Verified,
];

impl FromParameters for ListParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let q = parameters.one("q");
        let (prefix, highlight) = (parameters.flag("prefix"), parameters.flag("highlight"));
        let interpret = parameters.flag_or("interpret", true);
        let explain = parameters.flag("explain");
        let sort = parameters.choice("sort", &SORTS);
        let mut facets: Vec<Keyword> = Vec::new();
        for facet in parameters.choices("facets", &FACETS.map(|facet| (facet.as_str(), facet))) {
            if !facets.contains(&facet) {
                facets.push(facet);
            }
        }
        let filters = filters(parameters);
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
            interpret,
            explain,
            sort,
            facets,
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
            status: parameters.choice("status", &STATUSES),
            filters,
        }
    }
}

fn filters(parameters: &mut Parameters) -> Vec<Filter> {
    let mut filters = Vec::new();
    let mut add = |field, any_of: Vec<String>| {
        if !any_of.is_empty() {
            filters.push(Filter::Keyword {
                field,
                any_of,
                or_missing: false,
            });
        }
    };
    add(
        Keyword::Country,
        parameters.codes(
            "country",
            |code| countries::country(code).is_some(),
            countries::suggest,
        ),
    );
    add(Keyword::Region, parameters.many("region"));
    add(Keyword::Locality, parameters.many("locality"));
    add(
        Keyword::Sector,
        parameters.codes(
            "sector",
            |code| sectors::sector(code).is_some(),
            sectors::suggest,
        ),
    );
    add(
        Keyword::OrganizationType,
        parameters.codes(
            "organization_type",
            |code| organization_types::organization_type(code).is_some(),
            organization_types::suggest,
        ),
    );
    add(Keyword::Tag, parameters.many("tag"));
    add(Keyword::Technology, parameters.many("technology"));
    let languages = parameters.codes(
        "language",
        |tag| oxilangtag::LanguageTag::parse(tag).is_ok(),
        |_| None,
    );
    let canonical = |tag: &String| canonical_language(tag);
    add(Keyword::Language, languages.iter().map(canonical).collect());
    add(
        Keyword::Network,
        parameters.codes(
            "network",
            |code| networks::network(code).is_some(),
            networks::suggest,
        ),
    );
    let levels = LEVELS.map(level);
    add(
        Keyword::Verification,
        parameters.codes(
            "verification",
            |code| levels.contains(&code),
            |code| crate::taxonomies::table::closest(code, levels.into_iter()),
        ),
    );
    add(Keyword::Source, parameters.many("source"));
    add(
        Keyword::IcaRegion,
        parameters.codes(
            "ica_region",
            |code| IcaRegion::from_code(code).is_some(),
            crate::taxonomies::ica_regions::suggest,
        ),
    );
    filters.extend(bounding_box(parameters));
    filters.extend(near(parameters));
    let since: Option<DateTime<Utc>> = parameters.parsed(
        "updated_since",
        "an RFC 3339 time such as 2026-01-31T12:00:00Z",
    );
    filters.extend(since.map(|since| Filter::UpdatedSince(since.timestamp_micros())));
    filters
}

fn sort_schema() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::from(crate::vocabulary::schema::words(
        SORTS.iter().map(|(word, _)| *word),
    ))
    .description(Some(
        "`relevance` is the default with `q`, `name` without; `distance` needs `near`.",
    ))
    .build()
}
