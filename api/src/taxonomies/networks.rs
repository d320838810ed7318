//! Federations and networks that organizations belong to.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::table::{Coded, Table};

/// A federation, union or looser network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The kebab-case code records carry, such as `cotech`.
    pub code: String,
    /// Its own name.
    pub name: String,
    /// Where it works (ISO 3166-1 alpha-2), none when in several countries.
    pub country: Option<String>,
    /// Its web site.
    pub website: Option<String>,
    /// The code of the network it is itself a part of.
    pub parent: Option<String>,
}

impl Coded for Network {
    fn code(&self) -> &str {
        &self.code
    }
    fn label(&self) -> &str {
        &self.name
    }
}

static NETWORKS: LazyLock<Table<Network>> =
    LazyLock::new(|| Table::compiled_in(include_str!("../../data/networks.csv")));

/// The whole list, international networks first.
pub fn table() -> &'static Table<Network> {
    &NETWORKS
}

/// Every network, international ones first.
pub fn all() -> &'static [Network] {
    table().all()
}

/// The network with exactly this code.
pub fn network(code: &str) -> Option<&'static Network> {
    table().get(code)
}

/// The code a person who wrote `text` probably meant.
pub fn suggest(text: &str) -> Option<&'static str> {
    table().suggest(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::taxonomies::countries;

    #[test]
    fn codes_are_unique_and_what_a_row_refers_to_exists() {
        let mut seen = HashSet::new();
        for row in all() {
            assert!(seen.insert(row.code.as_str()), "{} occurs twice", row.code);
            assert!(
                row.code.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}",
                row.code
            );
            assert!(
                row.parent.as_deref().is_none_or(|p| network(p).is_some()),
                "{}",
                row.code
            );
            let country = row.country.as_deref();
            assert!(
                country.is_none_or(|c| countries::country(c).is_some()),
                "{}",
                row.code
            );
            assert!(
                row.website
                    .as_deref()
                    .is_some_and(|w| w.starts_with("https://"))
            );
        }
    }
}
