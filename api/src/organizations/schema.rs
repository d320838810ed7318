//! What the derive cannot write of organizations.

use crate::organizations::input::OrganizationInput;
use crate::vocabulary::schema::{or_null, string, words};
use entity::attestation;
use entity::membership::MembershipRole;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The states a moderator may set.
pub fn settable_status() -> Object {
    ObjectBuilder::new()
        .schema_type(or_null())
        .enum_values(Some([
            Some("pending"),
            Some("published"),
            Some("archived"),
            None,
        ]))
        .description(Some(
            "Who sees it. Set by moderators; what anybody else posts is `pending`. Owners may archive what is public, and hand in again (`pending`) what was rejected or archived.",
        ))
        .build()
}

/// The states a reader may meet.
pub fn status() -> Object {
    string()
        .enum_values(Some(["pending", "published", "rejected", "archived"]))
        .description(Some(
            "Who sees it: everybody when it is published, else its editors and moderators.",
        ))
        .build()
}

/// What an attestation vouches for.
pub fn attestation_kind() -> Object {
    words(attestation::Kind::WORDS.iter().map(|(word, _)| *word))
}

/// What the word of an attestation's issuer counts for.
pub fn attestation_authority() -> Object {
    words(["moderator", "partner", "peer"].into_iter())
}

/// What an account may do for an organization.
pub fn membership_role() -> Object {
    words(MembershipRole::WORDS.iter().map(|(word, _)| *word))
}

/// What a merge patch may hold: any of the members, none of them required.
pub struct OrganizationPatch;

impl PartialSchema for OrganizationPatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = OrganizationInput::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
            object.examples = vec![serde_json::json!({"members_count": 29, "phone": null})];
            object.description = Some("A merge patch (RFC 7396) of an organization.".to_owned());
        }
        schema
    }
}

impl ToSchema for OrganizationPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "OrganizationPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        OrganizationInput::schemas(schemas);
    }
}
