//! The code lists as components, so that generated clients have a type for each.

use super::operations;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, SchemaType, Type};
use utoipa::openapi::{
    Components, Content, Object, ObjectBuilder, OneOfBuilder, OpenApi, Ref, RefOr, Schema,
};

/// The name of each list, and a schema with a member that takes its codes.
pub const LISTS: [(&str, &str, &str); 27] = [
    ("AlertChannel", "SavedSearchInput", "notify"),
    ("AlertFrequency", "SavedSearchInput", "frequency"),
    ("AttestationKind", "AttestationInput", "kind"),
    ("ClaimMethod", "ClaimView", "method"),
    ("CountryCode", "Address", "country"),
    ("CurrencyCode", "Salary", "currency"),
    ("EmploymentType", "JobInput", "employment_types"),
    ("Governance", "JobInput", "governance"),
    ("JobInputStatus", "JobInput", "status"),
    ("JobStatus", "JobView", "status"),
    ("MemberRole", "MemberView", "role"),
    ("MembershipTrack", "Membership", "track"),
    ("NetworkCode", "OrganizationInput", "networks"),
    ("OrganizationInputStatus", "OrganizationInput", "status"),
    ("OrganizationStatus", "OrganizationView", "status"),
    ("OrganizationType", "OrganizationInput", "organization_type"),
    ("PayPolicy", "JobInput", "pay_policy"),
    ("PayPeriod", "Salary", "period"),
    ("ReportOutcome", "Closing", "outcome"),
    ("ReportReason", "NewReport", "reason"),
    ("Scope", "ApiClientInput", "scopes"),
    ("SectorCode", "OrganizationInput", "sectors"),
    ("Seniority", "JobInput", "seniority"),
    ("UserRole", "User", "role"),
    ("VerificationLevel", "Verification", "level"),
    ("WithheldField", "Takedown", "fields"),
    ("Workplace", "JobInput", "workplace"),
];

/// A name and its codes.
type List = (&'static str, Vec<Value>);

/// Makes a component of each list and points at it wherever its codes stand.
pub fn share(spec: &mut OpenApi) {
    let components = spec.components.get_or_insert_default();
    let lists: Vec<List> = LISTS
        .iter()
        .filter_map(|(name, schema, member)| Some((*name, codes_of(components, schema, member)?)))
        .collect();
    for schema in components.schemas.values_mut() {
        point(schema, &lists);
    }
    for (name, codes) in &lists {
        let list = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(codes.clone()));
        components
            .schemas
            .insert((*name).to_owned(), list.build().into());
    }
    for operation in spec.paths.paths.values_mut().flat_map(operations) {
        point_operation(operation, &lists);
    }
}

fn point_operation(operation: &mut Operation, lists: &[List]) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            parameter.schema.iter_mut().for_each(|it| point(it, lists));
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        let contents = body.content.values_mut();
        contents.for_each(|it| point_content(it, lists));
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let contents = response.content.values_mut();
            contents.for_each(|it| point_content(it, lists));
        }
    }
}

fn codes_of(components: &Components, schema: &str, member: &str) -> Option<Vec<Value>> {
    let RefOr::T(Schema::Object(schema)) = components.schemas.get(schema)? else {
        return None;
    };
    let RefOr::T(mut member) = schema.properties.get(member)?.clone() else {
        return None;
    };
    if let Schema::Array(array) = &member
        && let ArrayItems::RefOrSchema(items) = &array.items
        && let RefOr::T(items) = &**items
    {
        member = items.clone();
    }
    match member {
        Schema::Object(object) => codes(&object),
        _ => None,
    }
}

/// The codes a schema allows, without `null`.
fn codes(object: &Object) -> Option<Vec<Value>> {
    let values = object.enum_values.as_ref()?.iter();
    Some(values.filter(|value| !value.is_null()).cloned().collect())
}

fn point_content(content: &mut RefOr<Content>, lists: &[List]) {
    if let RefOr::T(content) = content {
        content.schema.iter_mut().for_each(|it| point(it, lists));
    }
}

/// Points at the lists in a schema and all that is in it.
fn point(schema: &mut RefOr<Schema>, lists: &[List]) {
    let RefOr::T(inner) = schema else { return };
    match inner {
        Schema::Object(object) => {
            let codes = codes(object);
            if let Some((name, _)) = lists.iter().find(|(_, it)| codes.as_ref() == Some(it)) {
                *schema = reference(name, object);
                return;
            }
            object
                .properties
                .values_mut()
                .for_each(|it| point(it, lists));
            if let Some(AdditionalProperties::RefOr(it)) =
                object.additional_properties.as_deref_mut()
            {
                point(it, lists);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                point(items, lists);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(|it| point(it, lists)),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|it| point(it, lists)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|it| point(it, lists)),
        _ => {}
    }
}

/// A reference that says of its use what the schema said.
fn reference(name: &str, object: &Object) -> RefOr<Schema> {
    let mut to = Ref::from_schema_name(name);
    if object.enum_values.iter().flatten().any(Value::is_null) {
        return OneOfBuilder::new()
            .description(object.description.clone())
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .item(to)
            .into();
    }
    to.description = object.description.clone().unwrap_or_default();
    to.into()
}
