//! What the index is told about a record.

use serde::{Deserialize, Serialize};

/// The kind of a record. One index holds all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A co-operative or another listed organization.
    Organization,
    /// A job post.
    Job,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Kind] = &[Kind::Organization, Kind::Job];

    /// The name used in the API and in the index, such as `organization`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Organization => "organization",
            Kind::Job => "job",
        }
    }
}

/// How much a text says about what a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Codes, found as they are typed: a domain, the number in a register. They have no forms.
    Code,
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
    /// The language of this text, as a BCP 47 tag, where it is another than the record's: labels of codes.
    pub language: Option<&'static str>,
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
    Workplace,
    EmploymentType,
    Seniority,
    Skill,
    MembershipTrack,
    PayPolicy,
    Governance,
    /// The id of the organization that offers a job. Too many values to make a useful facet.
    Employer,
}

impl Keyword {
    /// Every keyword field.
    pub const ALL: [Keyword; 20] = [
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
        Keyword::Workplace,
        Keyword::EmploymentType,
        Keyword::Seniority,
        Keyword::Skill,
        Keyword::MembershipTrack,
        Keyword::PayPolicy,
        Keyword::Governance,
        Keyword::Employer,
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
            Keyword::Workplace => "workplace",
            Keyword::EmploymentType => "employment_type",
            Keyword::Seniority => "seniority",
            Keyword::Skill => "skill",
            Keyword::MembershipTrack => "membership_track",
            Keyword::PayPolicy => "pay_policy",
            Keyword::Governance => "governance",
            Keyword::Employer => "employer",
        }
    }

    /// Whether people type the values as they like. Such values are compared without regard to
    /// case, accents and spacing; the others are codes and compared exactly.
    pub fn typed_freely(self) -> bool {
        match self {
            Keyword::Region
            | Keyword::Locality
            | Keyword::Tag
            | Keyword::Technology
            | Keyword::Skill => true,
            Keyword::Country
            | Keyword::Sector
            | Keyword::OrganizationType
            | Keyword::Language
            | Keyword::Network
            | Keyword::Verification
            | Keyword::Source
            | Keyword::IcaRegion
            | Keyword::Workplace
            | Keyword::EmploymentType
            | Keyword::Seniority
            | Keyword::MembershipTrack
            | Keyword::PayPolicy
            | Keyword::Governance
            | Keyword::Employer => false,
        }
    }

    /// The place in [`Keyword::ALL`], for tables with one entry per field.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// A place on earth, WGS 84 degrees. The index keeps seven decimals: about a centimetre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, -90 to 90, north positive.
    pub lat: f64,
    /// Longitude, -180 to 180, east positive.
    pub lon: f64,
}

/// The highest [`Document::quality`].
pub const MAX_QUALITY: u8 = 10;

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
    /// The languages of the texts as BCP 47 tags, as far as the record says: they decide which words are forms
    /// of one another. A text that is long enough is looked at as well; without either it is taken to be in a
    /// language of the record's country.
    pub languages: Vec<String>,
    /// Values for filters and facets.
    pub keywords: Vec<(Keyword, String)>,
    /// Where the record is: it is near whatever any of these is near. Records without a location are never
    /// near anything.
    pub locations: Vec<Point>,
    /// Microseconds since 1970 UTC.
    pub created_at: i64,
    /// Microseconds since 1970 UTC.
    pub updated_at: i64,
    /// When it was published, microseconds since 1970 UTC, for records whose age counts: by relevance, newer
    /// ones come before older ones that match as well.
    pub posted_at: Option<i64>,
    /// Microseconds since 1970 UTC. From this moment on the record is not found, counted or suggested, even
    /// while the index has it.
    pub expires_at: Option<i64>,
    /// What is paid in a year at most, in cents of one reference currency.
    pub salary: Option<i64>,
    /// Offsets from UTC in which the work can be done, in quarter hours, from the first to the second
    /// inclusive. None: in any.
    pub utc_offsets: Option<(i16, i16)>,
    /// What hits are spread over, so that no group crowds out the others: the id of a job's employer.
    pub group: Option<String>,
    /// How much is known of the record, and how surely, 0 to [`MAX_QUALITY`]: of records that match alike, the
    /// better come first.
    pub quality: u8,
    /// The record as ready JSON. Comes back as it is with every hit.
    pub view: String,
}
