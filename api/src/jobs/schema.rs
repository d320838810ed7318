//! Schemas that the derive cannot write: words, codes, amounts.

use crate::jobs::input::JobInput;
use crate::jobs::rules::{MAX_COUNTRIES, MAX_SKILLS};
use crate::taxonomies::countries;
use crate::vocabulary::schema::{SHOWN, email_or_null, name, or_null, string};
use crate::vocabulary::validation::MAX_EMAIL_CHARS;
use entity::job::{
    EmploymentType, Governance, MembershipTrack, PayPolicy, Period, Seniority, Status, Workplace,
};
use iso_currency::{Currency, IntoEnumIterator};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

fn words<T>(words: &[(&'static str, T)], description: &str) -> Object {
    string()
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .description(Some(description))
        .build()
}

fn words_or_null<T>(words: &[(&'static str, T)], description: &str) -> Object {
    let values = words.iter().map(|(word, _)| Value::from(*word));
    ObjectBuilder::new()
        .schema_type(or_null())
        .enum_values(Some(values.chain([Value::Null])))
        .description(Some(description))
        .build()
}

/// Whose a job is.
pub fn organization_id() -> Object {
    string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .description(Some(
            "Whose job it is: an organization that you edit and that is published. Stays as it is.",
        ))
        .build()
}

/// What a job is called.
pub fn title() -> Object {
    ObjectBuilder::from(name())
        .description(Some("What it is called."))
        .build()
}

/// Markdown.
pub fn description() -> Object {
    const PROSE: &str = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*";
    string()
        .min_length(Some(1))
        .max_length(Some(20_000))
        .pattern(Some(format!("^{PROSE}{SHOWN}{PROSE}$")))
        .description(Some("Markdown; more than the title."))
        .build()
}

/// Where a job stands.
pub fn status() -> Object {
    let public: Vec<_> = Status::WORDS
        .iter()
        .filter(|(_, status)| *status != Status::Deleted)
        .copied()
        .collect();
    words(&public, "Where it stands.")
}

/// What a client sets.
pub fn settable_status() -> Object {
    words_or_null(
        &[("draft", ()), ("published", ())],
        "`draft` is seen by its editors only. A published job is ended by `close`.",
    )
}

/// Ways of employment.
pub fn employment_types() -> Array {
    ArrayBuilder::new()
        .items(words(EmploymentType::WORDS, "How somebody is employed."))
        .min_items(Some(1))
        .max_items(Some(EmploymentType::WORDS.len()))
        .unique_items(true)
        .description(Some("How somebody is employed; at least one."))
        .build()
}

/// Where the work is done.
pub fn workplace() -> Object {
    words(Workplace::WORDS, "Where the work is done.")
}

/// What a salary is paid for.
pub fn period() -> Object {
    words(Period::WORDS, "What it is paid for.")
}

/// How pay is set, or nothing.
pub fn pay_policy_or_null() -> Object {
    words_or_null(PayPolicy::WORDS, "How pay is set.")
}

/// Experience asked for, or nothing.
pub fn seniority_or_null() -> Object {
    words_or_null(Seniority::WORDS, "Experience asked for.")
}

/// Whether one can become a member.
pub fn membership_track() -> Object {
    words(
        MembershipTrack::WORDS,
        "Whether whoever gets the job can become a member.",
    )
}

/// How the workplace decides, or nothing.
pub fn governance_or_null() -> Object {
    words_or_null(Governance::WORDS, "How the workplace decides.")
}

/// A currency.
pub fn currency() -> Object {
    string()
        .enum_values(Some(Currency::iter().map(|currency| currency.code())))
        .description(Some("ISO 4217."))
        .build()
}

/// An amount of money.
pub fn amount() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(0))
        .maximum(Some(999_999_999_999_i64))
        .description(Some("In whole units, with at most two decimals."))
        .examples([serde_json::json!(42_000)])
        .build()
}

/// An amount of money, or nothing.
pub fn amount_or_null() -> Object {
    ObjectBuilder::from(amount())
        .schema_type(SchemaType::from_iter([Type::Number, Type::Null]))
        .build()
}

/// Hours of a week, or nothing.
pub fn hours_or_null() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Number, Type::Null]))
        .minimum(Some(0.01))
        .maximum(Some(168.0))
        .description(Some(
            "Hours of a full week in this job, with at most two decimals.",
        ))
        .examples([serde_json::json!(32)])
        .build()
}

/// Codes of countries, or nothing.
pub fn countries_or_null() -> Array {
    let codes = countries::all().iter().map(|country| country.code.clone());
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(string().enum_values(Some(codes)))
        .max_items(Some(MAX_COUNTRIES))
        .description(Some("ISO 3166-1 alpha-2 codes."))
        .build()
}

/// Names of skills, or nothing.
pub fn skills_or_null() -> Array {
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(
            ObjectBuilder::from(name())
                .max_length(Some(60))
                .description(Some("A skill.")),
        )
        .max_items(Some(MAX_SKILLS))
        .description(Some("Names, aliases or codes of skills."))
        .build()
}

/// An address to apply to, or nothing.
pub fn apply_email_or_null() -> Object {
    ObjectBuilder::from(email_or_null())
        .max_length(Some(MAX_EMAIL_CHARS))
        .description(Some("Whom to write to. Never shown."))
        .build()
}

/// What a merge patch may hold: any of the members, none of them required.
pub struct JobPatch;

impl PartialSchema for JobPatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = JobInput::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
            object.examples = vec![serde_json::json!({"hours_per_week": 28, "seniority": null})];
            object.description = Some("A merge patch (RFC 7396) of a job.".to_owned());
        }
        schema
    }
}

impl ToSchema for JobPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "JobPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        JobInput::schemas(schemas);
    }
}

fn any_of<T>(words: &[(&'static str, T)], description: &str) -> Array {
    ArrayBuilder::new()
        .items(self::words(words, description))
        .max_items(Some(crate::vocabulary::rules::MAX_VALUES))
        .description(Some(description))
        .build()
}

/// Workplaces to filter by.
pub fn any_of_workplaces() -> Array {
    any_of(Workplace::WORDS, "Where the work is done.")
}

/// Ways of employment to filter by.
pub fn any_of_employment_types() -> Array {
    any_of(EmploymentType::WORDS, "How somebody is employed.")
}

/// Experience to filter by.
pub fn any_of_seniorities() -> Array {
    any_of(Seniority::WORDS, "Experience asked for.")
}

/// Ways into membership to filter by.
pub fn any_of_membership_tracks() -> Array {
    any_of(MembershipTrack::WORDS, "Whether one can become a member.")
}

/// Ways to set pay to filter by.
pub fn any_of_pay_policies() -> Array {
    any_of(PayPolicy::WORDS, "How pay is set.")
}

/// Ways to decide to filter by.
pub fn any_of_governances() -> Array {
    any_of(Governance::WORDS, "How the workplace decides.")
}

/// A currency to compare in.
pub fn currency_parameter() -> Object {
    ObjectBuilder::from(currency())
        .description(Some(
            "ISO 4217; required with `salary_min`. EUR unless given.",
        ))
        .build()
}

/// A period to compare by.
pub fn period_parameter() -> Object {
    ObjectBuilder::from(period())
        .description(Some("What `salary_min` is paid for; a year unless given."))
        .build()
}

/// An address to apply to.
pub fn apply_email() -> Object {
    ObjectBuilder::from(email_or_null())
        .schema_type(Type::String)
        .description(Some("Whom to write to."))
        .build()
}
