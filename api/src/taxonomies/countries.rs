//! Countries of ISO 3166-1, with the names people write.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    ica_regions::IcaRegion,
    table::{Coded, Table, fold},
};

/// A country or territory that has an ISO 3166-1 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    /// ISO 3166-1 alpha-2, in capitals.
    pub code: String,
    /// Its common short name in English.
    pub name: String,
    /// Its region in the International Cooperative Alliance; none for Antarctica.
    pub ica_region: Option<IcaRegion>,
    /// Other names and short forms, its own languages among them.
    #[serde(deserialize_with = "bar_separated")]
    pub aliases: Vec<String>,
}

impl Coded for Country {
    fn code(&self) -> &str {
        &self.code
    }
    fn label(&self) -> &str {
        &self.name
    }
}

/// Reads a cell of values with `|` between them.
pub(super) fn bar_separated<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<String>, D::Error> {
    let cell = String::deserialize(cell)?;
    Ok(cell
        .split('|')
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect())
}

static COUNTRIES: LazyLock<Table<Country>> =
    LazyLock::new(|| Table::compiled_in(include_str!("../../data/countries.csv")));

static BY_NAME: LazyLock<HashMap<String, &'static Country>> = LazyLock::new(|| {
    let names = |country: &'static Country| {
        std::iter::once(&country.name)
            .chain(&country.aliases)
            .map(move |n| (fold(n), country))
    };
    all().iter().flat_map(names).collect()
});

/// The whole list, by code.
pub fn table() -> &'static Table<Country> {
    &COUNTRIES
}

/// Every country, by code.
pub fn all() -> &'static [Country] {
    table().all()
}

/// The country with exactly this code, in capitals.
pub fn country(code: &str) -> Option<&'static Country> {
    table().get(code)
}

/// The country of this name or short form, whatever its case, accents and dots.
pub fn by_name(name: &str) -> Option<&'static Country> {
    BY_NAME.get(&fold(name)).copied()
}

/// The country of this code (in either case), name or short form: what a column that
/// holds nothing but countries may say.
pub fn by_code_or_name(text: &str) -> Option<&'static Country> {
    let text = text.trim();
    country(&text.to_ascii_uppercase()).or_else(|| by_name(text))
}

/// The code a person who wrote `text` probably meant (`UK` is `GB`).
pub fn suggest(text: &str) -> Option<&'static str> {
    by_code_or_name(text).map(Coded::code).or_else(|| {
        super::table::closest(&fold(text), BY_NAME.keys().map(String::as_str))
            .and_then(|name| BY_NAME.get(name).map(|c| c.code()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_iso_country_is_listed_exactly_once() {
        let codes: HashSet<_> = all().iter().map(|c| c.code.as_str()).collect();
        assert_eq!(codes.len(), all().len());
        let iso: HashSet<_> = rust_iso3166::ALL.iter().map(|c| c.alpha2).collect();
        assert_eq!(codes, iso);
    }

    #[test]
    fn no_two_countries_share_a_name() {
        for country in all() {
            for name in std::iter::once(&country.name).chain(&country.aliases) {
                assert!(
                    !fold(name).is_empty(),
                    "{name} of {} folds to nothing",
                    country.code
                );
                assert_eq!(by_name(name).unwrap().code, country.code, "{name}");
            }
        }
    }

    #[test]
    fn only_antarctica_has_no_region() {
        let without: Vec<_> = all().iter().filter(|c| c.ica_region.is_none()).collect();
        assert_eq!(without.len(), 1);
        assert_eq!(without.first().unwrap().code, "AQ");
    }

    #[test]
    fn names_in_use() {
        for (text, code) in [
            ("UK", "GB"),
            ("u.k.", "GB"),
            ("Scotland", "GB"),
            ("gb", "GB"),
            ("USA", "US"),
            ("Deutschland", "DE"),
            ("españa", "ES"),
            ("Cote d'Ivoire", "CI"),
            ("the Netherlands", "NL"),
            ("日本", "JP"),
        ] {
            assert_eq!(by_code_or_name(text).unwrap().code, code, "{text}");
        }
        assert_eq!(by_code_or_name("Cypherspace"), None);
        assert_eq!(suggest("Germny"), Some("DE"));
    }
}
