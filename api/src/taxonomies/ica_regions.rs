//! The four regions of the International Cooperative Alliance.
//!
//! Countries are assigned in `api/data/countries.csv` after the Alliance's regional
//! offices. Western Asia, Central Asia and Oceania are with Asia-Pacific; Israel,
//! Türkiye, Cyprus, Russia and the South Caucasus, whose co-operatives organize with
//! Cooperatives Europe, are with Europe; Egypt and the Maghreb are with Africa.
//! A territory goes where it lies, whoever governs it (Réunion: Africa, Greenland:
//! the Americas). Antarctica is in none.

use serde::{Deserialize, Serialize};

use super::countries;

/// A region of the International Cooperative Alliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IcaRegion {
    /// `africa`
    Africa,
    /// `americas`
    Americas,
    /// `asia_pacific`
    AsiaPacific,
    /// `europe`
    Europe,
}

impl IcaRegion {
    /// All regions, by code.
    pub const ALL: [Self; 4] = [
        Self::Africa,
        Self::Americas,
        Self::AsiaPacific,
        Self::Europe,
    ];

    /// The code the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Africa => "africa",
            Self::Americas => "americas",
            Self::AsiaPacific => "asia_pacific",
            Self::Europe => "europe",
        }
    }

    /// What people call it, in English.
    pub fn label(self) -> &'static str {
        match self {
            Self::Africa => "Africa",
            Self::Americas => "Americas",
            Self::AsiaPacific => "Asia-Pacific",
            Self::Europe => "Europe",
        }
    }

    /// The region with exactly this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.code() == code)
    }

    /// The region of a country (ISO 3166-1 alpha-2), none for Antarctica and unknown codes.
    pub fn of_country(country: &str) -> Option<Self> {
        countries::country(country).and_then(|country| country.ica_region)
    }

    /// The countries of the region (ISO 3166-1 alpha-2), by code.
    pub fn countries(self) -> impl Iterator<Item = &'static str> {
        countries::all()
            .iter()
            .filter(move |country| country.ica_region == Some(self))
            .map(|country| country.code.as_str())
    }
}

/// The code a person who wrote `text` probably meant.
pub fn suggest(text: &str) -> Option<&'static str> {
    super::table::closest(text, IcaRegion::ALL.into_iter().map(IcaRegion::code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_countries() {
        for region in IcaRegion::ALL {
            assert_eq!(IcaRegion::from_code(region.code()), Some(region));
            assert!(region.countries().count() > 40);
        }
        assert_eq!(IcaRegion::of_country("AR"), Some(IcaRegion::Americas));
        assert_eq!(IcaRegion::of_country("NZ"), Some(IcaRegion::AsiaPacific));
        assert_eq!(IcaRegion::of_country("AQ"), None);
        assert_eq!(suggest("asia-pacific"), Some("asia_pacific"));
    }
}
