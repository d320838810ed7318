//! The rules of single fields.

use crate::taxonomies::{countries, networks, organization_types, sectors};
use crate::vocabulary::validation::{self, broken, each, named};
use chrono::{Datelike, NaiveDate};
use icu_locale::{Locale, LocaleCanonicalizer};
use validator::ValidationError;

/// Sectors a record may have.
pub const MAX_SECTORS: usize = 20;
/// Tags it may have.
pub const MAX_TAGS: usize = 30;
/// Technologies it may have.
pub const MAX_TECHNOLOGIES: usize = 50;
/// Languages it may have.
pub const MAX_LANGUAGES: usize = 20;
/// Links it may have.
pub const MAX_LINKS: usize = 20;
/// Identifiers it may have.
pub const MAX_IDENTIFIERS: usize = 20;
/// Networks it may be in.
pub const MAX_NETWORKS: usize = 30;
/// Values a parameter may be repeated with.
pub const MAX_VALUES: usize = 100;

/// The code of a register or list.
pub fn scheme(text: &str) -> Result<(), ValidationError> {
    let mut chars = text.chars();
    let fits = chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'))
        && text.len() <= 40;
    if fits {
        Ok(())
    } else {
        Err(broken(
            "scheme",
            "must be a list code such as GB-COH: a letter, then letters, digits, - _ . (at most 40)",
        ))
    }
}

/// A day that all databases and RFC 3339 can write.
pub fn day(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1..=9999).contains(&day.year()) {
        Ok(())
    } else {
        Err(broken("day", "must be a day of the years 1 to 9999"))
    }
}

/// ISO 3166-1 alpha-2.
pub fn country_code(code: &str) -> Result<(), ValidationError> {
    validation::code(
        code,
        countries::country(code).is_some(),
        "ISO 3166-1 alpha-2",
        || countries::suggest(code),
    )
}

/// A code of the organization types.
pub fn organization_type_code(code: &str) -> Result<(), ValidationError> {
    validation::code(
        code,
        organization_types::organization_type(code).is_some(),
        "/v1/taxonomies/organization-types",
        || organization_types::suggest(code),
    )
}

/// Codes of the sectors.
pub fn sector_codes(codes: &[String]) -> Result<(), ValidationError> {
    each(codes, |code| {
        validation::code(
            code,
            sectors::sector(code).is_some(),
            "/v1/taxonomies/sectors",
            || sectors::suggest(code),
        )
    })
}

/// Codes of the networks.
pub fn network_codes(codes: &[String]) -> Result<(), ValidationError> {
    each(codes, |code| {
        validation::code(
            code,
            networks::network(code).is_some(),
            "/v1/taxonomies/networks",
            || networks::suggest(code),
        )
    })
}

/// Free words of at most 60 characters.
pub fn words(words: &[String]) -> Result<(), ValidationError> {
    each(words, |word| {
        named(word)?;
        if word.chars().count() > 60 {
            return Err(broken("length", "may have at most 60 characters"));
        }
        Ok(())
    })
}

/// BCP 47 tags.
pub fn language_tags(tags: &[String]) -> Result<(), ValidationError> {
    each(tags, |tag| {
        if tag.len() <= 35 && oxilangtag::LanguageTag::parse(tag).is_ok() {
            Ok(())
        } else {
            Err(broken(
                "language",
                "must be a BCP 47 tag such as en or pt-BR",
            ))
        }
    })
}

/// The one code of a language (RFC 5646 section 4.5, by CLDR's aliases): `pt-br` is `pt-BR`, `eng` is `en`, `iw` is `he`.
/// What CLDR does not read, such as `i-klingon` and `zh-yue`, is in its usual case; what is no tag stays as it is.
pub fn canonical_language(tag: &str) -> String {
    if let Ok(mut locale) = Locale::try_from_str(tag) {
        LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
        return locale.to_string();
    }
    oxilangtag::LanguageTag::parse_and_normalize(tag)
        .map_or_else(|_| tag.to_owned(), oxilangtag::LanguageTag::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_one_code() {
        for (tags, code) in [
            ("en EN eng", "en"),
            ("he iw heb", "he"),
            ("id in ind", "id"),
            ("yi ji yid", "yi"),
            ("de deu ger GER", "de"),
            ("fr fra fre", "fr"),
            ("zh zho chi cmn", "zh"),
            ("pt-BR pt-br por-BR", "pt-BR"),
            ("ro mo ron rum", "ro"),
            ("eu eus baq", "eu"),
            ("cy cym wel", "cy"),
            ("nb nob", "nb"),
            ("no nor", "no"),
            ("en-GB en-UK eng-gb", "en-GB"),
            ("zh-Hant-TW zho-hant-tw", "zh-Hant-TW"),
            ("gsw", "gsw"),
            ("mul", "mul"),
            ("und", "und"),
            ("x-guild", "x-guild"),
        ] {
            for tag in tags.split(' ') {
                assert_eq!(canonical_language(tag), code, "{tag}");
            }
        }
        for other in ["i-klingon", "zh-yue", "english language", ""] {
            assert_eq!(canonical_language(other), other);
        }
    }
}
