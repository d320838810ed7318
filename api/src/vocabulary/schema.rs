//! Schemas that the derive cannot write: codes of our lists, URLs, words.

use crate::taxonomies::ica_regions::IcaRegion;
use crate::taxonomies::{countries, networks, organization_types, sectors};
use crate::vocabulary::rules::{
    MAX_LANGUAGES, MAX_NETWORKS, MAX_SECTORS, MAX_TAGS, MAX_TECHNOLOGIES, MAX_VALUES,
};
use crate::vocabulary::url::MAX_URL_CHARS;
use crate::vocabulary::validation::MAX_EMAIL_CHARS;
use utoipa::openapi::schema::{
    Array, ArrayBuilder, Object, ObjectBuilder, SchemaFormat, SchemaType, Type,
};

/// A character that can be seen. Of those beyond U+FFFF the server refuses some more: how they are written
/// differs between dialects of regular expressions.
pub const SHOWN: &str = "[^\\s\\x00-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\ufffe\\uffff]";

/// Text of one line of which something can be seen.
pub fn named_pattern() -> String {
    const OF_ONE_LINE: &str = r"[^\x00-\x1f\x7f-\x9f]*";
    format!("^{OF_ONE_LINE}{SHOWN}{OF_ONE_LINE}$")
}

/// Text that databases can hold.
const NOT_NUL: &str = r"^[^\x00]*$";

/// Common absolute URLs; the server takes some more, and answers their normal form.
const HTTP_URL: &str = r"^https?://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,4})?(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?(\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?(#[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?$";

/// Text.
pub fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn named(most_chars: usize) -> ObjectBuilder {
    string()
        .min_length(Some(1))
        .max_length(Some(most_chars))
        .pattern(Some(named_pattern()))
}

/// Text or `null`.
pub fn or_null() -> SchemaType {
    SchemaType::from_iter([Type::String, Type::Null])
}

fn list(items: ObjectBuilder, max: usize, description: &str) -> Array {
    ArrayBuilder::new()
        .items(items.build())
        .max_items(Some(max))
        .description(Some(description))
        .build()
}

/// E-mail addresses as the HTML standard has them; the server takes some more.
const EMAIL: &str = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";

/// A name.
pub fn name() -> Object {
    named(200).description(Some("Name it goes by.")).build()
}

/// What a link is.
pub fn rel() -> Object {
    named(60)
        .description(Some(
            "What it is: an IANA link relation, or a short word such as `mastodon`.",
        ))
        .examples(["mastodon"])
        .build()
}

/// A number in a register.
pub fn identifier_value() -> Object {
    named(100)
        .description(Some("The number, as the register writes it."))
        .examples(["IP00525R"])
        .build()
}

/// Who vouches.
pub fn issuer() -> Object {
    ObjectBuilder::from(name())
        .description(Some(
            "Who vouches. The id or slug of an organization you edit; from moderators, any name.",
        ))
        .build()
}

/// An e-mail address, or nothing.
pub fn email_or_null() -> Object {
    ObjectBuilder::new()
        .schema_type(or_null())
        .max_length(Some(MAX_EMAIL_CHARS))
        .pattern(Some(EMAIL))
        .description(Some("Public contact address."))
        .examples([serde_json::json!("hello@example.coop")])
        .build()
}

/// An absolute http or https URL.
pub fn http_url() -> Object {
    string()
        .pattern(Some(HTTP_URL))
        .max_length(Some(MAX_URL_CHARS))
        .description(Some(
            "Absolute http or https URL. It is kept in its normal form: scheme and host in lower case, \
             an international host in Punycode, the rest percent-encoded. The pattern has the common \
             ones; more are taken.",
        ))
        .examples([serde_json::json!("https://example.coop/")])
        .build()
}

/// A URL as it is answered.
pub fn uri() -> Object {
    string()
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .max_length(Some(MAX_URL_CHARS))
        .description(Some("Absolute http or https URL."))
        .examples([serde_json::json!("https://example.coop/")])
        .build()
}

/// A URL as it is answered, or nothing.
pub fn uri_or_null() -> Object {
    ObjectBuilder::from(uri()).schema_type(or_null()).build()
}

/// An absolute http or https URL, or nothing.
pub fn http_url_or_null() -> Object {
    ObjectBuilder::from(http_url())
        .schema_type(or_null())
        .build()
}

/// A country, or nothing.
pub fn country_or_null() -> Object {
    let codes = countries::all()
        .iter()
        .map(|country| Some(country.code.clone()))
        .chain([None]);
    ObjectBuilder::new()
        .schema_type(or_null())
        .enum_values(Some(codes.collect::<Vec<_>>()))
        .description(Some("ISO 3166-1 alpha-2 code; `GB`, never `UK`."))
        .build()
}

/// A code of the organization types.
pub fn organization_type() -> Object {
    string()
        .enum_values(Some(codes(
            organization_types::all().iter().map(|row| &row.code),
        )))
        .description(Some("Code of `/v1/taxonomies/organization-types`."))
        .build()
}

/// Codes of the sectors.
pub fn sectors() -> Array {
    let items = string().enum_values(Some(codes(sectors::all().iter().map(|row| &row.code))));
    list(items, MAX_SECTORS, "Codes of `/v1/taxonomies/sectors`.")
}

/// Codes of the networks.
pub fn networks() -> Array {
    let items = string().enum_values(Some(codes(networks::all().iter().map(|row| &row.code))));
    list(
        items,
        MAX_NETWORKS,
        "Codes of `/v1/taxonomies/networks`: federations and networks it belongs to.",
    )
}

/// Free words.
pub fn tags() -> Array {
    list(named(60), MAX_TAGS, "Free words.")
}

/// Names of technologies.
pub fn technologies() -> Array {
    list(
        named(60),
        MAX_TECHNOLOGIES,
        "Technologies the organization works with.",
    )
}

/// A list that a client may also leave empty with `null`.
fn list_or_null(list: Array) -> Array {
    ArrayBuilder::from(list)
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .build()
}

/// Codes of the sectors, or nothing.
pub fn sectors_or_null() -> Array {
    list_or_null(sectors())
}

/// Codes of the networks, or nothing.
pub fn networks_or_null() -> Array {
    list_or_null(networks())
}

/// Free words, or nothing.
pub fn tags_or_null() -> Array {
    list_or_null(tags())
}

/// Names of technologies, or nothing.
pub fn technologies_or_null() -> Array {
    list_or_null(technologies())
}

/// BCP 47 tags, or nothing.
pub fn languages_or_null() -> Array {
    list_or_null(languages())
}

/// `langtag` or `privateuse` of BCP 47 (RFC 5646 section 2.1); what is grandfathered is left out.
const LANGUAGE_TAG: &str = "^(([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?\
    (-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WYZa-wyz](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?\
    |[Xx](-[A-Za-z0-9]{1,8})+)$";

/// BCP 47 tags.
pub fn languages() -> Array {
    let items = string().pattern(Some(LANGUAGE_TAG)).max_length(Some(35));
    list(
        items,
        MAX_LANGUAGES,
        "BCP 47 tags of the languages it works in, its own first.",
    )
}

/// A filter: values of a list, any of which may be there.
fn any_of(list: Array) -> Array {
    ArrayBuilder::from(list).max_items(Some(MAX_VALUES)).build()
}

/// Codes of sectors to filter by.
pub fn any_of_sectors() -> Array {
    any_of(sectors())
}

/// Codes of networks to filter by.
pub fn any_of_networks() -> Array {
    any_of(networks())
}

/// BCP 47 tags to filter by.
pub fn any_of_languages() -> Array {
    any_of(languages())
}

fn codes<'a>(codes: impl Iterator<Item = &'a String>) -> Vec<String> {
    codes.cloned().collect()
}

/// How far somebody vouches for a record.
pub fn verification_level() -> Object {
    string()
        .enum_values(Some(["none", "self", "partner", "verified"]))
        .description(Some("Nobody yet; the organization itself, proven by its domain; one other organization that is verified; enough others, a federation, or a moderator."))
        .build()
}

/// What a change did.
pub fn action() -> Object {
    string()
        .enum_values(Some([
            "created",
            "updated",
            "published",
            "rejected",
            "archived",
            "closed",
            "expired",
            "renewed",
            "merged",
            "deleted",
            "managed",
        ]))
        .description(Some(
            "What happened. `managed` is what was done about the record without changing it: who speaks for it, \
             what became of a claim or a report. Only its owners and moderators see that.",
        ))
        .build()
}

/// The role somebody changed a record in.
pub fn actor_role() -> Object {
    string()
        .enum_values(Some([
            "owner",
            "editor",
            "moderator",
            "admin",
            "import",
            "time",
        ]))
        .description(Some("In which role it was done."))
        .build()
}

/// One of a fixed list of words, described.
pub fn described_words(words: &[&str], description: &str) -> Object {
    string()
        .enum_values(Some(words.iter().copied()))
        .description(Some(description))
        .build()
}

/// One of a fixed list of words.
pub fn words<'a>(words: impl Iterator<Item = &'a str>) -> Object {
    string()
        .enum_values(Some(words.collect::<Vec<_>>()))
        .build()
}

/// Names to filter by, as records have them.
pub fn names() -> Array {
    let items = string().min_length(Some(1)).pattern(Some(NOT_NUL));
    list(items, 100, "Names, without regard to case and accents.")
}

/// Name of a source to filter by.
pub fn sources() -> Array {
    let items = string().min_length(Some(1)).pattern(Some(NOT_NUL));
    list(items, 100, "Names of sources.")
}

/// Countries to filter by.
pub fn countries() -> Array {
    let items = string().enum_values(Some(codes(countries::all().iter().map(|row| &row.code))));
    list(items, 100, "ISO 3166-1 alpha-2 codes.")
}

/// Organization types to filter by.
pub fn organization_types() -> Array {
    list(
        ObjectBuilder::from(organization_type()),
        100,
        "Codes of `/v1/taxonomies/organization-types`.",
    )
}

/// Levels to filter by.
pub fn verification_levels() -> Array {
    let items = string().enum_values(Some(["none", "self", "partner", "verified"]));
    list(items, 100, "How far somebody vouches for it.")
}

/// ICA regions to filter by.
pub fn ica_regions() -> Array {
    let items = string().enum_values(Some(IcaRegion::ALL.map(IcaRegion::code)));
    list(
        items,
        100,
        "Regions of the International Cooperative Alliance.",
    )
}
