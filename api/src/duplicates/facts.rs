//! What is compared of two records.

use crate::duplicates::names;
use crate::organizations::input::{Location, OrganizationInput};
use crate::vocabulary::domain::{domain_of, is_shared};
use std::collections::BTreeSet;

/// What a record says that tells whether another is of the same organization, in normal form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Its name and its registered name, as [`names::words`]; none that is empty.
    pub names: Vec<Vec<String>>,
    /// Its numbers in registers: scheme and value.
    pub identifiers: BTreeSet<(String, String)>,
    /// The domain of its website, if that is its own.
    pub domain: Option<String>,
    /// Where it is.
    pub point: Option<Location>,
    /// Its town, as letters and digits in lower case.
    pub locality: Option<String>,
    /// Its postal code, likewise.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

impl Facts {
    /// What `record` says.
    pub fn of(record: &OrganizationInput) -> Self {
        let mut names: Vec<Vec<String>> = Vec::new();
        for name in [Some(&record.name), record.legal_name.as_ref()] {
            let words = name.map(|name| names::words(name)).unwrap_or_default();
            if !words.is_empty() && !names.contains(&words) {
                names.push(words);
            }
        }
        let identifiers = record
            .identifiers
            .iter()
            .map(|identifier| {
                let scheme = identifier.scheme.to_ascii_lowercase();
                let value = number(&scheme, &identifier.value);
                (scheme, value)
            })
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let address = record.address.clone().unwrap_or_default();
        let plain = |text: Option<String>| {
            text.map(|text| letters(&text))
                .filter(|text| !text.is_empty())
        };
        Self {
            names,
            identifiers,
            domain: record
                .website
                .as_deref()
                .and_then(domain_of)
                .filter(|domain| !is_shared(domain)),
            point: record.location,
            locality: plain(address.locality),
            postal_code: plain(address.postal_code),
            country: address.country,
        }
    }
}

/// Letters and digits, in lower case ASCII.
fn letters(text: &str) -> String {
    let ascii = deunicode::deunicode(text);
    let letters = ascii.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|char| char.to_ascii_lowercase()).collect()
}

/// A register number without what people add to it or leave out: spaces, dots, dashes, case. A company
/// number of Companies House has eight characters; its zeros in front get lost in spreadsheets.
fn number(scheme: &str, value: &str) -> String {
    let value = letters(value);
    if scheme == "gb-coh" && value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        return format!("{value:0>8}");
    }
    value
}
