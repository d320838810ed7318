//! The organization fields that a column can be read into, by their dotted names.

use crate::taxonomies::table::closest;

/// How the text of a cell becomes the value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text on one line.
    Line,
    /// Text of several lines.
    Text,
    /// A street address, its lines joined by commas.
    Street,
    /// A country by code or name.
    Country,
    /// A web address.
    Web,
    /// An e-mail address.
    Email,
    /// A calendar date.
    Date,
    /// A number of people.
    Count,
    /// Degrees; latitude and longitude make sense only together.
    Degrees,
    /// A code or label of the organization types.
    OrganizationType,
    /// Codes or labels of sectors.
    Sectors,
    /// Codes or names of networks.
    Networks,
    /// BCP 47 language tags.
    Languages,
    /// A list of free words.
    Words,
    /// `scheme:value` pairs.
    Identifiers,
    /// The value of an identifier whose scheme is in the field's name.
    Identifier,
    /// Web addresses, their relation in the field's name.
    Links,
    /// A place in people's own words, read into an address.
    Place,
    /// The record's id at its source.
    ExternalId,
}

const FIELDS: &[(&str, Kind)] = &[
    ("external_id", Kind::ExternalId),
    ("name", Kind::Line),
    ("legal_name", Kind::Line),
    ("summary", Kind::Line),
    ("description", Kind::Text),
    ("organization_type", Kind::OrganizationType),
    ("sectors", Kind::Sectors),
    ("tags", Kind::Words),
    ("technologies", Kind::Words),
    ("languages", Kind::Languages),
    ("networks", Kind::Networks),
    ("website", Kind::Web),
    ("email", Kind::Email),
    ("phone", Kind::Line),
    ("logo_url", Kind::Web),
    ("founded_on", Kind::Date),
    ("dissolved_on", Kind::Date),
    ("members_count", Kind::Count),
    ("employees_count", Kind::Count),
    ("legal_form", Kind::Line),
    ("place", Kind::Place),
    ("address", Kind::Place),
    ("address.street", Kind::Street),
    ("address.locality", Kind::Line),
    ("address.region", Kind::Line),
    ("address.postal_code", Kind::Line),
    ("address.country", Kind::Country),
    ("location.lat", Kind::Degrees),
    ("location.lon", Kind::Degrees),
    ("identifiers", Kind::Identifiers),
];

/// A field that a column can be read into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its dotted name, such as `address.country` or `identifiers.GB-COH`.
    pub name: String,
    /// How text becomes its value.
    pub kind: Kind,
}

impl Field {
    /// The field of this name: one of [`field_names`], `identifiers.<scheme>`
    /// or `links.<rel>`.
    pub fn named(name: &str) -> Option<Self> {
        let kind = FIELDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
            .or_else(|| match name.split_once('.') {
                Some(("identifiers", scheme)) if !scheme.is_empty() => Some(Kind::Identifier),
                Some(("links", rel)) if !rel.is_empty() => Some(Kind::Links),
                _ => None,
            })?;
        Some(Self {
            name: name.to_owned(),
            kind,
        })
    }

    /// Whether several columns may be read into it.
    pub fn takes_several(&self) -> bool {
        match self.kind {
            Kind::Sectors
            | Kind::Networks
            | Kind::Languages
            | Kind::Words
            | Kind::Identifiers
            | Kind::Identifier
            | Kind::Links => true,
            Kind::Line
            | Kind::Text
            | Kind::Street
            | Kind::Country
            | Kind::Web
            | Kind::Email
            | Kind::Date
            | Kind::Count
            | Kind::Degrees
            | Kind::OrganizationType
            | Kind::Place
            | Kind::ExternalId => false,
        }
    }

    /// What follows the first dot of the name: a scheme or a relation.
    pub fn suffix(&self) -> &str {
        self.name.split_once('.').map_or("", |(_, suffix)| suffix)
    }
}

/// The names of the fields that a column can be read into. `identifiers.<scheme>` and
/// `links.<rel>` are fields as well.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// A sentence's end for an unknown field: the likely one, or where the names are listed.
pub fn hint(name: &str) -> String {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let by_last_part = || {
        let likely = closest(name, field_names().map(last))?;
        field_names().find(|known| last(known) == likely)
    };
    match closest(name, field_names()).or_else(by_last_part) {
        Some(likely) => format!("did you mean \"{likely}\"?"),
        None => format!(
            "the fields are {}",
            field_names().collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name() {
        assert_eq!(Field::named("address.country").unwrap().kind, Kind::Country);
        let identifier = Field::named("identifiers.GB-COH").unwrap();
        assert_eq!(
            (identifier.kind, identifier.suffix()),
            (Kind::Identifier, "GB-COH")
        );
        assert_eq!(Field::named("links."), None);
        assert_eq!(Field::named("slug"), None);
    }

    #[test]
    fn hints() {
        assert_eq!(hint("webiste"), "did you mean \"website\"?");
        assert_eq!(hint("country"), "did you mean \"address.country\"?");
        assert!(hint("zzz").starts_with("the fields are external_id, name"));
    }
}
