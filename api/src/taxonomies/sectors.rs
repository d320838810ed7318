//! What organizations do: a tree of two levels, its top derived from the ESSGlobal
//! list of ICA activities.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::table::{Coded, Table};

/// A sector of the economy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sector {
    /// The snake_case code records carry, such as `software_development`.
    pub code: String,
    /// What people call it, in English.
    pub label: String,
    /// The code of the wider sector, none at the top level.
    pub parent: Option<String>,
    /// The nearest ESSGlobal activity, such as `ICA210`; a child without one has its parent's.
    pub essglobal: Option<String>,
    /// What belongs there, in a sentence.
    pub description: String,
}

impl Coded for Sector {
    fn code(&self) -> &str {
        &self.code
    }
    fn label(&self) -> &str {
        &self.label
    }
}

static SECTORS: LazyLock<Table<Sector>> =
    LazyLock::new(|| Table::compiled_in(include_str!("../../data/sectors.csv")));

/// The whole list; a child follows its parent.
pub fn table() -> &'static Table<Sector> {
    &SECTORS
}

/// Every sector; a child follows its parent.
pub fn all() -> &'static [Sector] {
    table().all()
}

/// The sector with exactly this code.
pub fn sector(code: &str) -> Option<&'static Sector> {
    table().get(code)
}

/// The code a person who wrote `text` probably meant.
pub fn suggest(text: &str) -> Option<&'static str> {
    table().suggest(text)
}

/// The wider sectors of this one, nearest first; empty at the top level and for an
/// unknown code.
pub fn ancestors(code: &str) -> Vec<&'static Sector> {
    let parent = |of: &Sector| of.parent.as_deref().and_then(sector);
    std::iter::successors(sector(code).and_then(parent), |wider| parent(wider)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_list_is_a_tree_of_two_levels_with_unique_codes() {
        let mut seen = HashSet::new();
        for sector in all() {
            if let Some(parent) = &sector.parent {
                assert!(
                    seen.contains(parent.as_str()),
                    "{} precedes its parent",
                    sector.code
                );
                assert_eq!(super::sector(parent).unwrap().parent, None);
            } else {
                assert!(
                    sector.essglobal.is_some(),
                    "{} names no activity",
                    sector.code
                );
            }
            assert!(
                seen.insert(sector.code.as_str()),
                "{} occurs twice",
                sector.code
            );
            assert!(
                sector
                    .code
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '_')
            );
            assert!(!sector.label.is_empty() && !sector.description.is_empty());
        }
    }

    #[test]
    fn ancestors_are_the_wider_sectors() {
        let codes: Vec<_> = ancestors("hosting")
            .iter()
            .map(|s| s.code.as_str())
            .collect();
        assert_eq!(codes, ["information_technology"]);
        assert!(ancestors("housing").is_empty());
        assert!(ancestors("nonsense").is_empty());
    }

    #[test]
    fn suggestions() {
        assert_eq!(suggest("hostng"), Some("hosting"));
        assert_eq!(suggest("Web design and development"), Some("web_design"));
        assert_eq!(suggest("qqqqqq"), None);
    }
}
