use super::{operations, spec};
use std::collections::BTreeSet;

#[test]
fn the_committed_spec_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");
    let committed = std::fs::read_to_string(path).unwrap();
    let generated = toadlane::openapi::yaml(&toadlane::openapi::openapi()).unwrap();
    assert!(
        committed == generated,
        "openapi.yaml is out of date: run make openapi"
    );
}

#[test]
fn the_command_prints_the_spec() {
    let output = crate::harness::Command::new(&["openapi"]).run("");
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed == toadlane::openapi::yaml(&toadlane::openapi::openapi()).unwrap());
}

#[test]
fn every_operation_says_what_it_is() {
    let spec = spec();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&spec) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        assert!(
            ids.insert(text("operationId")),
            "{} is used twice",
            text("operationId")
        );
        assert!(
            !text("operationId").is_empty() && !text("summary").is_empty(),
            "{method} {path}"
        );
        assert!(!text("description").is_empty(), "{method} {path}");
        let tag = &operation["tags"][0];
        let known = spec["tags"]
            .as_array()
            .unwrap()
            .iter()
            .any(|known| known["name"] == *tag);
        assert!(known, "{method} {path} has the tag {tag}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = super::resolve(&spec, response);
            let described = response["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty());
            assert!(described, "{status} of {method} {path}");
            if status.starts_with('4') || status.starts_with('5') {
                let schema = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(
                    schema["$ref"], "#/components/schemas/Problem",
                    "{status} of {method} {path}"
                );
            }
        }
        for parameter in super::parameters(&spec, &operation) {
            let described = parameter["description"]
                .as_str()
                .or(parameter["schema"]["description"].as_str());
            assert!(
                described.is_some_and(|text| !text.is_empty()),
                "{method} {path} {parameter}"
            );
        }
        // Links lead to operations that exist; all were seen after the loop.
    }
    for (path, method, operation) in operations(&spec) {
        for response in operation["responses"].as_object().unwrap().values() {
            let response = super::resolve(&spec, response);
            for link in response["links"]
                .as_object()
                .into_iter()
                .flat_map(|links| links.values())
            {
                let target = link["operationId"].as_str().unwrap();
                assert!(ids.contains(target), "{method} {path} links to {target}");
            }
        }
    }
}

#[test]
fn integers_have_bounds() {
    fn walk(value: &serde_json::Value, at: &str) {
        if value["type"] == "integer" {
            assert!(
                value["maximum"].is_number() && value["minimum"].is_number(),
                "{at}: {value}"
            );
        }
        match value {
            serde_json::Value::Object(members) => members
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{at}/{key}"))),
            serde_json::Value::Array(items) => items.iter().for_each(|value| walk(value, at)),
            _ => {}
        }
    }
    walk(&spec(), "");
}
