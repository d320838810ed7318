//! Who owns and controls an organization.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::table::{Coded, Table};

/// A kind of organization, as records name it in `organization_type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationType {
    /// The code records carry, such as `worker_cooperative`.
    pub code: String,
    /// What people call it, in English.
    pub label: String,
    /// Whether such an organization is a co-operative.
    pub cooperative: bool,
    /// What makes an organization one of these, in a sentence.
    pub description: String,
}

impl Coded for OrganizationType {
    fn code(&self) -> &str {
        &self.code
    }
    fn label(&self) -> &str {
        &self.label
    }
}

static TYPES: LazyLock<Table<OrganizationType>> =
    LazyLock::new(|| Table::compiled_in(include_str!("../../data/organization_types.csv")));

/// The whole list, co-operatives first.
pub fn table() -> &'static Table<OrganizationType> {
    &TYPES
}

/// Every organization type, co-operatives first.
pub fn all() -> &'static [OrganizationType] {
    table().all()
}

/// The organization type with exactly this code.
pub fn organization_type(code: &str) -> Option<&'static OrganizationType> {
    table().get(code)
}

/// The code a person who wrote `text` probably meant.
pub fn suggest(text: &str) -> Option<&'static str> {
    table().suggest(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_exactly_the_types_of_the_api() {
        let codes: Vec<_> = all().iter().map(|t| t.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "worker_cooperative",
                "consumer_cooperative",
                "producer_cooperative",
                "multi_stakeholder_cooperative",
                "platform_cooperative",
                "housing_cooperative",
                "community_cooperative",
                "credit_union",
                "federation",
                "employee_owned",
                "b_corp",
                "nonprofit",
                "social_enterprise",
                "other",
            ]
        );
        assert!(
            all()
                .iter()
                .all(|t| !t.label.is_empty() && !t.description.is_empty())
        );
    }

    #[test]
    fn a_label_is_read_as_its_code() {
        let read = |text| table().read(text).map(|t| t.code.as_str());
        assert_eq!(read("Worker co-operative"), Some("worker_cooperative"));
        assert_eq!(read("worker cooperative"), Some("worker_cooperative"));
        assert_eq!(read(""), None);
    }
}
