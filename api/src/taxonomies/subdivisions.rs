//! States, provinces and nations that people name in place of their country:
//! those of the United States, Canada and the United Kingdom, and two of Spain.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use super::{
    countries::bar_separated,
    table::{fold, read_rows},
};

/// A part of a country.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subdivision {
    /// The country it is a part of (ISO 3166-1 alpha-2).
    pub country: String,
    /// Its name in English.
    pub name: String,
    /// Its postal code and other names.
    #[serde(deserialize_with = "bar_separated")]
    pub aliases: Vec<String>,
    /// Whether the name alone rather means a city (New York).
    pub also_city: bool,
}

static SUBDIVISIONS: LazyLock<Vec<Subdivision>> =
    LazyLock::new(|| read_rows(include_str!("../../data/subdivisions.csv")));

static BY_NAME: LazyLock<HashMap<String, &'static Subdivision>> = LazyLock::new(|| {
    let names = |part: &'static Subdivision| {
        std::iter::once(&part.name)
            .chain(&part.aliases)
            .map(move |name| (fold(name), part))
    };
    SUBDIVISIONS.iter().flat_map(names).collect()
});

/// The subdivision of this name or postal code, whatever its case, accents and dots.
pub fn by_name(name: &str) -> Option<&'static Subdivision> {
    BY_NAME.get(&fold(name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomies::countries;

    #[test]
    fn names_are_unique_and_countries_exist() {
        for part in SUBDIVISIONS.iter() {
            assert!(countries::country(&part.country).is_some());
            for name in std::iter::once(&part.name).chain(&part.aliases) {
                assert_eq!(by_name(name).unwrap().name, part.name);
            }
        }
        assert_eq!(by_name("b.c.").unwrap().country, "CA");
    }
}
