use super::{operations, resolve, spec};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use toadlane::vocabulary::visible::shows;

/// The server refuses members it does not know, and the spec says so.
#[test]
fn bodies_have_no_unknown_members() {
    let spec = spec();
    for (path, method, operation) in operations(&spec) {
        let content = operation["requestBody"]["content"].as_object();
        for (media_type, media) in content.into_iter().flatten() {
            if media_type.ends_with("json") {
                check(&spec, &media["schema"], &format!("{method} {path}"));
            }
        }
    }
}

fn check(spec: &Value, schema: &Value, at: &str) {
    let schema = resolve(spec, schema);
    if schema["type"] == "object" {
        assert_eq!(schema["additionalProperties"], false, "{at}");
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    for (name, property) in properties {
        check(spec, property, &format!("{at}/{name}"));
    }
    for either in schema["oneOf"].as_array().into_iter().flatten() {
        check(spec, either, at);
    }
}

#[test]
fn a_body_is_optional_only_where_it_may_be_left_out() {
    let spec = spec();
    let optional: Vec<_> = operations(&spec)
        .into_iter()
        .filter(|(.., operation)| operation["requestBody"].is_object())
        .filter(|(.., operation)| operation["requestBody"]["required"] != true)
        .map(|(.., operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(optional, ["logout", "renew_job", "verify_claim"]);
}

/// A name needs something that can be seen: the spec draws the line where the server does.
#[test]
fn the_pattern_of_names_is_exact() {
    let spec = spec();
    let patterns: BTreeSet<&str> = [
        "/OrganizationInput/properties/name",
        "/JobInput/properties/title",
        "/SavedSearchInput/properties/name",
        "/LinkInput/properties/rel",
        "/Identifier/properties/value",
        "/AttestationInput/properties/issuer",
    ]
    .into_iter()
    .map(|at| {
        let schema = spec.pointer(&format!("/components/schemas{at}")).unwrap();
        schema["pattern"].as_str().unwrap()
    })
    .collect();
    assert_eq!(patterns.len(), 1, "{patterns:?}");
    let schema = json!({"pattern": patterns.first()});
    let validator = jsonschema::validator_for(&schema).unwrap();
    // Two planes with all scripts, and the one with what is for nobody to see.
    for char in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e1fff}') {
        let name = char.to_string();
        let is_name = shows(&name) && !char.is_control();
        let is_valid = validator.is_valid(&Value::String(name));
        // How a class has what lies beyond U+FFFF differs between dialects: some is left to the server.
        let may_differ = is_valid && char > '\u{ffff}';
        assert!(is_valid == is_name || may_differ, "{:x}", u32::from(char));
    }
}
