//! What the index is told about a record.

use serde::{Deserialize, Serialize};

/// The kind of a record. One index holds all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A co-operative or another listed organization.
    Organization,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Kind] = &[Kind::Organization];

    /// The name used in the API and in the index, such as `organization`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Organization => "organization",
        }
    }
}

/// How much a text says about what a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Running text: a description.
    Body,
    /// What sums the record up: a summary, tags, sectors, the place.
    Head,
    /// What the record is called. A query that equals one of these texts finds the record first.
    Name,
}

/// One text to search in. A list, such as tags, is best given as one `TextField` per entry.
#[derive(Debug, Clone)]
pub struct TextField {
    /// The field's name in the API; for diagnosis only.
    pub name: &'static str,
    /// How much a word found here counts.
    pub weight: Weight,
    /// The text as typed.
    pub text: String,
}

/// A field with exact values, for filters and facets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the API's fields")]
pub enum Keyword {
    Country,
    Region,
    Locality,
    Sector,
    OrganizationType,
    Tag,
    Technology,
    Language,
    Network,
    Verification,
    Source,
    IcaRegion,
}

impl Keyword {
    /// Every keyword field.
    pub const ALL: [Keyword; 12] = [
        Keyword::Country,
        Keyword::Region,
        Keyword::Locality,
        Keyword::Sector,
        Keyword::OrganizationType,
        Keyword::Tag,
        Keyword::Technology,
        Keyword::Language,
        Keyword::Network,
        Keyword::Verification,
        Keyword::Source,
        Keyword::IcaRegion,
    ];

    /// The name used in the API and in the index, such as `organization_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Keyword::Country => "country",
            Keyword::Region => "region",
            Keyword::Locality => "locality",
            Keyword::Sector => "sector",
            Keyword::OrganizationType => "organization_type",
            Keyword::Tag => "tag",
            Keyword::Technology => "technology",
            Keyword::Language => "language",
            Keyword::Network => "network",
            Keyword::Verification => "verification",
            Keyword::Source => "source",
            Keyword::IcaRegion => "ica_region",
        }
    }

    /// Whether people type the values as they like. Such values are compared without regard to
    /// case, accents and spacing; the others are codes and compared exactly.
    pub fn typed_freely(self) -> bool {
        match self {
            Keyword::Region | Keyword::Locality | Keyword::Tag | Keyword::Technology => true,
            Keyword::Country
            | Keyword::Sector
            | Keyword::OrganizationType
            | Keyword::Language
            | Keyword::Network
            | Keyword::Verification
            | Keyword::Source
            | Keyword::IcaRegion => false,
        }
    }

    /// The place in [`Keyword::ALL`], for tables with one entry per field.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// A place on earth, WGS 84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, -90 to 90, north positive.
    pub lat: f64,
    /// Longitude, -180 to 180, east positive.
    pub lon: f64,
}

/// A record as the index sees it.
#[derive(Debug, Clone)]
pub struct Document {
    /// The record's kind.
    pub kind: Kind,
    /// The record's id, unique within its kind.
    pub id: String,
    /// What the record is called, for display in suggestions and for sorting by name.
    pub sort_name: String,
    /// The texts to search in.
    pub text: Vec<TextField>,
    /// The languages of the texts as BCP 47 tags; they choose the stemmers. Empty: words match
    /// only as they are written.
    pub languages: Vec<String>,
    /// Values for filters and facets.
    pub keywords: Vec<(Keyword, String)>,
    /// Where the record is. Records without a location are never near anything.
    pub location: Option<Point>,
    /// Microseconds since 1970 UTC.
    pub created_at: i64,
    /// Microseconds since 1970 UTC.
    pub updated_at: i64,
    /// The record as ready JSON. Comes back as it is with every hit.
    pub view: String,
}
