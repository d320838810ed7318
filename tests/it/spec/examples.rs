use super::{faults, operations, parameters, resolve, spec};
use serde_json::Value;

#[test]
fn every_example_fits_its_schema() {
    let spec = spec();
    let mut checked = 0;
    let mut check = |at: &str, schema: &Value, example: &Value| {
        let faults = faults(&spec, schema, example);
        assert!(faults.is_empty(), "{at}: {faults:?}");
        checked += 1;
    };
    for (name, schema) in spec["components"]["schemas"].as_object().unwrap() {
        walk(&format!("schema {name}"), schema, &mut check);
    }
    for (path, method, operation) in operations(&spec) {
        let at = format!("{method} {path}");
        for parameter in parameters(&spec, &operation) {
            if let Some(example) = parameter.get("example") {
                check(
                    &format!("{at} parameter {}", parameter["name"]),
                    &parameter["schema"],
                    example,
                );
            }
            walk(&at, &parameter["schema"], &mut check);
        }
        let bodies = std::iter::once(&operation["requestBody"]).chain(
            operation["responses"]
                .as_object()
                .unwrap()
                .values()
                .map(|response| resolve(&spec, response)),
        );
        for content in bodies
            .filter_map(|body| body["content"].as_object())
            .flat_map(|content| content.values())
        {
            if let Some(example) = content.get("example") {
                check(&at, &content["schema"], example);
            }
        }
    }
    assert!(checked >= 40, "{checked}");
}

/// Examples within a schema, those of its members too.
fn walk(at: &str, schema: &Value, check: &mut impl FnMut(&str, &Value, &Value)) {
    let Some(members) = schema.as_object() else {
        return;
    };
    for example in schema
        .get("example")
        .into_iter()
        .chain(schema["examples"].as_array().into_iter().flatten())
    {
        check(at, schema, example);
    }
    for (name, member) in members {
        if name == "properties" {
            for (name, property) in member.as_object().unwrap() {
                walk(&format!("{at}/{name}"), property, check);
            }
        } else if name == "items" {
            walk(&format!("{at}/items"), member, check);
        }
    }
}

#[test]
fn bodies_have_examples() {
    let spec = spec();
    for (path, method, operation) in operations(&spec) {
        let content = operation["requestBody"]["content"].as_object();
        for media in content.into_iter().flat_map(|content| content.values()) {
            let schema = resolve(&spec, &media["schema"]);
            let has = media
                .get("example")
                .or(schema.get("example"))
                .or(schema.get("examples"));
            assert!(has.is_some(), "{method} {path}");
        }
    }
}
