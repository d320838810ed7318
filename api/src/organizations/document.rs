//! From an organization to what the index knows of it: its public view and nothing else.

use crate::error::ApiError;
use crate::organizations::view::OrganizationView;
use crate::taxonomies::ica_regions::IcaRegion;
use crate::taxonomies::sectors;
use crate::vocabulary::rules::canonical_language;
use entity::organization::{Model, VerificationLevel};
use search::{Document, Keyword, Kind, Point, TextField, Weight};

/// Keys of the view whose matches `highlight=true` shows.
pub const HIGHLIGHTED: &[&str] = &[
    "name",
    "legal_name",
    "summary",
    "description",
    "tags",
    "technologies",
    "address.locality",
];

/// The language of the labels of our own codes.
pub const LABELS: &str = "en";

/// The index's word for a kind.
pub fn kind(kind: entity::change::Kind) -> Kind {
    match kind {
        entity::change::Kind::Organization => Kind::Organization,
        entity::change::Kind::Job => Kind::Job,
    }
}

/// The search document of a row.
///
/// # Errors
/// Never in practice: the view has a JSON form.
pub fn from(row: &Model) -> Result<Document, ApiError> {
    let view = OrganizationView::from(row.clone());
    let json = serde_json::to_string(&view)
        .map_err(|_| ApiError::Internal("a record has no JSON form"))?;
    Ok(Document {
        kind: Kind::Organization,
        id: view.id.to_string(),
        sort_name: view.name.clone(),
        text: text(&view),
        languages: view.languages.clone(),
        keywords: keywords(&view),
        locations: view
            .location
            .iter()
            .map(|point| Point {
                lat: point.lat,
                lon: point.lon,
            })
            .collect(),
        created_at: view.created_at.timestamp_micros(),
        updated_at: view.updated_at.timestamp_micros(),
        posted_at: None,
        expires_at: None,
        salary: None,
        utc_offsets: None,
        group: None,
        quality: quality(&view),
        view: json,
    })
}

/// Half of it for what somebody has proven, half for what is filled in.
fn quality(view: &OrganizationView) -> u8 {
    let proven = match view.verification.level {
        VerificationLevel::None => 0,
        VerificationLevel::Itself => 2,
        VerificationLevel::Partner => 4,
        VerificationLevel::Verified => 5,
    };
    let filled = [
        view.summary.is_some(),
        view.description.is_some(),
        view.website.is_some(),
        view.location.is_some(),
        !view.sectors.is_empty(),
    ];
    proven + filled.into_iter().map(u8::from).sum::<u8>()
}

fn text(view: &OrganizationView) -> Vec<TextField> {
    let mut fields = Vec::new();
    let mut add = |name, weight, text: Option<&str>| {
        if let Some(text) = text {
            fields.push(TextField {
                name,
                weight,
                language: None,
                text: text.to_owned(),
            });
        }
    };
    add("name", Weight::Name, Some(&view.name));
    add("legal_name", Weight::Head, view.legal_name.as_deref());
    add("summary", Weight::Head, view.summary.as_deref());
    add("description", Weight::Body, view.description.as_deref());
    for tag in &view.tags {
        add("tags", Weight::Head, Some(tag));
    }
    for technology in &view.technologies {
        add("technologies", Weight::Head, Some(technology));
    }
    if let Some(address) = &view.address {
        add("locality", Weight::Head, address.locality.as_deref());
        add("region", Weight::Head, address.region.as_deref());
        add("postal_code", Weight::Code, address.postal_code.as_deref());
    }
    for identifier in &view.identifiers {
        add("identifiers", Weight::Code, Some(&identifier.value));
    }
    let domain = view.website.as_deref().and_then(domain_of);
    if let Some(domain) = &domain {
        add("website", Weight::Code, Some(domain));
        add("website", Weight::Code, domain.split('.').next());
    }
    for code in &view.sectors {
        if let Some(sector) = sectors::sector(code) {
            fields.push(TextField {
                name: "sectors",
                weight: Weight::Head,
                language: Some(LABELS),
                text: sector.label.clone(),
            });
        }
    }
    fields
}

/// The domain of a website, without `www`.
fn domain_of(website: &str) -> Option<String> {
    let url = url::Url::parse(website).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

fn keywords(view: &OrganizationView) -> Vec<(Keyword, String)> {
    let mut keywords = vec![
        (Keyword::OrganizationType, view.organization_type.clone()),
        (
            Keyword::Verification,
            level(view.verification.level).to_owned(),
        ),
    ];
    let mut add = |field, values: &[String]| {
        keywords.extend(values.iter().map(|value| (field, value.clone())));
    };
    add(Keyword::Tag, &view.tags);
    add(Keyword::Technology, &view.technologies);
    add(Keyword::Network, &view.networks);
    add(Keyword::Sector, &with_wider(&view.sectors));
    add(Keyword::Language, &with_primary(&view.languages));
    if let Some(source) = &view.source {
        keywords.push((Keyword::Source, source.name.clone()));
    }
    if let Some(address) = &view.address {
        let places = [
            (Keyword::Country, &address.country),
            (Keyword::Region, &address.region),
            (Keyword::Locality, &address.locality),
        ];
        for (field, value) in places {
            keywords.extend(value.clone().map(|value| (field, value)));
        }
        let region = address.country.as_deref().and_then(IcaRegion::of_country);
        keywords.extend(region.map(|region| (Keyword::IcaRegion, region.code().to_owned())));
    }
    keywords
}

/// The name of a level in filters.
pub fn level(level: VerificationLevel) -> &'static str {
    match level {
        VerificationLevel::None => "none",
        VerificationLevel::Itself => "self",
        VerificationLevel::Partner => "partner",
        VerificationLevel::Verified => "verified",
    }
}

/// A wider sector finds what is in its narrower ones.
fn with_wider(codes: &[String]) -> Vec<String> {
    let wider = codes
        .iter()
        .flat_map(|code| sectors::ancestors(code))
        .map(|sector| sector.code.clone());
    unique(codes.iter().cloned().chain(wider))
}

/// `pt` finds what is in `pt-BR`, however that is written.
pub fn with_primary(tags: &[String]) -> Vec<String> {
    let tags: Vec<String> = tags.iter().map(|tag| canonical_language(tag)).collect();
    let primary = tags
        .iter()
        .filter_map(|tag| tag.split('-').next().map(str::to_owned));
    unique(tags.iter().cloned().chain(primary))
}

/// Each value once, in the order they first come in.
pub fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}
