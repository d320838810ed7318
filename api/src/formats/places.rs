//! Places in people's own words (`Vancouver, BC, Canada`) as parts of an address.
//!
//! Only what is certain is read. A part that names a country, or a state or province
//! whose country is certain, gives the country; what stands before it is locality and
//! region. Everything else stays, as written, in the locality, with a warning.

use super::clean::quoted;
use crate::taxonomies::{
    countries::{self, Country},
    subdivisions::{self, Subdivision},
    table::fold,
};

/// What a free-text place says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The town, or whatever could not be read.
    pub locality: Option<String>,
    /// The state, province or nation, as written.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<&'static str>,
    /// What is uncertain or left out.
    pub warnings: Vec<String>,
}

/// Words that say how people work together or name more than a country.
const NO_PLACE: &[&str] = &[
    "and beyond",
    "beyond",
    "distributed",
    "earth",
    "elsewhere",
    "eu",
    "europe",
    "european union",
    "everywhere",
    "full remote",
    "fully remote",
    "global",
    "international",
    "internet",
    "online",
    "north america",
    "south america",
    "latin america",
    "africa",
    "asia",
    "oceania",
    "remote",
    "virtual",
    "world",
    "worldwide",
];

/// Reads a place: `Town, Region, Country` in any shorter form, with remarks in parentheses
/// and countries joined by `/`, `+`, `&` or `and`.
pub fn read(text: &str) -> Place {
    let mut place = Place::default();
    let mut parts: Vec<String> = split(text);
    let before = parts.len();
    parts.retain(|part| !is_no_place(part));
    if parts.is_empty()
        || (parts.len() < before && parts.iter().all(|part| country_of(part).is_none()))
    {
        return unread(text);
    }
    if parts.len() < before {
        place.warnings.push(format!(
            "address: {} says more than a place; only that was read",
            quoted(text)
        ));
    }

    let named: Vec<&'static Country> = parts.iter().filter_map(|part| country_of(part)).collect();
    if let Some(country) = named.first() {
        place.country = Some(country.code.as_str());
        if named.iter().any(|other| other.code != country.code) {
            // Which town lies in which country is not said.
            place.warnings = vec![format!(
                "address: of {}, which names several countries, only the first was read",
                quoted(text)
            )];
            return place;
        }
        parts.retain(|part| country_of(part).is_none());
    } else if let Some(country) = country_of_region(&parts) {
        place.country = Some(country);
    } else {
        return unread(text);
    }
    fill_in(&mut place, &parts, text);
    place
}

/// Characters that `address.locality` may have.
const MAX_LOCALITY: usize = 100;

fn unread(text: &str) -> Place {
    let kept: String = text.chars().take(MAX_LOCALITY).collect();
    let cut = if kept.len() < text.len() {
        ", cut to its first 100 characters"
    } else {
        ""
    };
    Place {
        locality: Some(kept),
        warnings: vec![format!(
            "address: no country was found in {}; kept as locality{cut}",
            quoted(text)
        )],
        ..Place::default()
    }
}

/// Shares what is left beside the country between locality and region.
fn fill_in(place: &mut Place, parts: &[String], text: &str) {
    let in_country = |part: &str| {
        subdivisions::by_name(part).filter(|found| Some(found.country.as_str()) == place.country)
    };
    let all_regions = parts.iter().all(|part| in_country(part).is_some());
    let (locality, region) = match parts {
        [] => (None, None),
        [only] if in_country(only).is_some_and(|found| !is_city(found, only)) => {
            (None, Some(only.clone()))
        }
        [only] => (Some(only.clone()), None),
        [town, region] if !all_regions || is_city_of(town, region) => {
            (Some(town.clone()), Some(region.clone()))
        }
        several if all_regions => (None, Some(several.join(", "))),
        [towns @ .., region] if in_country(region).is_some() => {
            (Some(towns.join(", ")), Some(region.clone()))
        }
        several => {
            place.warnings.push(format!(
                "address: {} names several towns; kept together",
                quoted(text)
            ));
            (Some(several.join(", ")), None)
        }
    };
    place.locality = locality;
    place.region = region;
}

/// Whether the name as written is rather that of a city (`New York`, not `NY`).
fn is_city(subdivision: &Subdivision, written: &str) -> bool {
    subdivision.also_city && fold(written).len() > 2
}

/// Whether the town is a city that shares its state's name (`New York, NY`).
fn is_city_of(town: &str, region: &str) -> bool {
    let found = subdivisions::by_name(town);
    found == subdivisions::by_name(region) && found.is_some_and(|found| is_city(found, town))
}

/// The parts between commas and semicolons. A remark in parentheses that is a country or
/// no place at all is a part; any other stays where it is. `USA / Canada` is two parts,
/// `Potsdam / Rostock` one.
fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in text
        .split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let remark = part.strip_suffix(')').and_then(|part| part.split_once('('));
        match remark {
            Some((place, remark)) if is_no_place(remark) || country_of(remark).is_some() => {
                parts.extend([place.trim().to_owned(), remark.trim().to_owned()]);
            }
            _ => parts.extend(split_countries(part)),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The countries that one part names together, or the part itself.
fn split_countries(part: &str) -> Vec<String> {
    // "Trinidad and Tobago" is one country.
    if country_of(part).is_none() {
        let spaced = part.replace(['/', '+', '&'], " / ").replace(" and ", " / ");
        let pieces: Vec<&str> = spaced.split(" / ").map(str::trim).collect();
        if pieces
            .iter()
            .all(|piece| is_no_place(piece) || country_of(piece).is_some())
        {
            return pieces.into_iter().map(str::to_owned).collect();
        }
    }
    vec![part.to_owned()]
}

fn is_no_place(part: &str) -> bool {
    NO_PLACE.contains(&fold(part).as_str())
}

/// The country a part names for certain. Two capitals are a code (`FR`), unless they
/// are a state's or province's too (`CA`, `DE`); a name that is also a state's (`Georgia`)
/// is uncertain, and one that is a nation of a country (`Scotland`) is left to be its region.
fn country_of(part: &str) -> Option<&'static Country> {
    if subdivisions::by_name(part).is_some() {
        return None;
    }
    let is_code = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    countries::by_name(part).or_else(|| countries::country(part).filter(|_| is_code))
}

/// The country that the last part gives as its state, province or nation: by name
/// anywhere, by postal code only behind a town (`Brooklyn, NY`), and neither if it is
/// also a country's.
fn country_of_region(parts: &[String]) -> Option<&'static str> {
    let (last, before) = parts.split_last()?;
    let subdivision = subdivisions::by_name(last)?;
    let is_code = fold(last).len() == 2;
    let elsewhere = if is_code {
        countries::country(&fold(last).to_ascii_uppercase())
    } else {
        countries::by_name(last)
    };
    let certain = elsewhere.is_none_or(|country| country.code == subdivision.country);
    (certain && (!is_code || !before.is_empty())).then_some(subdivision.country.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Locality, region, country and number of warnings.
    fn read_as(text: &str) -> (Option<String>, Option<String>, Option<&'static str>, usize) {
        let place = read(text);
        (
            place.locality,
            place.region,
            place.country,
            place.warnings.len(),
        )
    }

    #[test]
    fn what_cannot_be_read_is_cut_to_what_a_locality_may_have() {
        let long = "Überall und nirgends ".repeat(10);
        let place = read(&long);
        let locality = place.locality.unwrap();
        assert_eq!(locality.chars().count(), MAX_LOCALITY);
        assert!(long.starts_with(&locality));
        assert!(place.warnings[0].ends_with("cut to its first 100 characters"));
    }

    #[test]
    fn places_are_read_as_far_as_they_are_certain() {
        type Case = (
            &'static str,
            &'static str,
            &'static str,
            &'static str,
            usize,
        );
        let cases: &[Case] = &[
            ("Vancouver, BC, Canada", "Vancouver", "BC", "CA", 0),
            (
                "Quebec City, Quebec, Canada",
                "Quebec City",
                "Quebec",
                "CA",
                0,
            ),
            ("New Orleans, USA", "New Orleans", "", "US", 0),
            ("New York, USA", "New York", "", "US", 0),
            ("New York, NY", "New York", "NY", "US", 0),
            ("New York", "New York", "", "US", 0),
            ("Brooklyn, NY", "Brooklyn", "NY", "US", 0),
            ("Ohio", "", "Ohio", "US", 0),
            (
                "Ohio, Vermont, Texas, USA",
                "",
                "Ohio, Vermont, Texas",
                "US",
                0,
            ),
            ("Cupar, Scotland", "Cupar", "Scotland", "GB", 0),
            ("Sheffield, UK", "Sheffield", "", "GB", 0),
            (
                "Bilbao, Basque Country",
                "Bilbao",
                "Basque Country",
                "ES",
                0,
            ),
            ("Rennes, FR", "Rennes", "", "FR", 0),
            ("Lyon (France)", "Lyon", "", "FR", 0),
            (
                "Tkaronto (Toronto), Ontario, Canada",
                "Tkaronto (Toronto)",
                "Ontario",
                "CA",
                0,
            ),
            ("Potsdam/ Rostock, Germany", "Potsdam/ Rostock", "", "DE", 0),
            ("Italy", "", "", "IT", 0),
            ("Trinidad and Tobago", "", "", "TT", 0),
            ("Tbilisi, Georgia", "Tbilisi, Georgia", "", "", 1),
            ("Atlanta, Georgia, USA", "Atlanta", "Georgia", "US", 0),
            // Colorado or Colombia, Delaware or Germany: uncertain.
            ("Boulder, CO", "Boulder, CO", "", "", 1),
            ("Berlin, DE", "Berlin, DE", "", "", 1),
            ("NY", "NY", "", "", 1),
            ("USA / Nicaragua / Germany", "", "", "US", 1),
            ("US + CAN", "", "", "US", 1),
            ("France, UK, Québec", "", "", "FR", 1),
            ("Germany, Remote", "", "", "DE", 1),
            ("Bristol, USA and beyond", "Bristol", "", "US", 1),
            ("UK (Remote)", "", "", "GB", 1),
            ("UK, Cypherspace", "Cypherspace", "", "GB", 0),
            (
                "Lille, Paris, Lyon (France)",
                "Lille, Paris, Lyon",
                "",
                "FR",
                1,
            ),
            ("Lyon&Wiesbaden", "Lyon&Wiesbaden", "", "", 1),
            ("Cypherspace", "Cypherspace", "", "", 1),
            ("Brussels", "Brussels", "", "", 1),
            ("Worldwide", "Worldwide", "", "", 1),
            ("Remote, international", "Remote, international", "", "", 1),
            (",", ",", "", "", 1),
        ];
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for (text, locality, region, country, warnings) in cases {
            let (l, r, c, w) = read_as(text);
            assert_eq!(
                (l, r, c.unwrap_or_default(), w),
                (some(locality), some(region), *country, *warnings),
                "{text}"
            );
        }
    }
}
