//! Components save repetition, and nothing else.

use super::spec;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Puts what a `$ref` names in its place, if it is not in `known`: such a component was one before.
/// What stands beside the `$ref` stays.
fn written_out(spec: &Value, known: &Value, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut out = serde_json::Map::new();
            for (name, member) in members {
                match member.as_str().filter(|_| name == "$ref") {
                    Some(to) if known.pointer(&to[1..]).is_none() => {
                        let target = written_out(spec, known, spec.pointer(&to[1..]).unwrap());
                        out.extend(target.as_object().unwrap().clone());
                    }
                    _ => {
                        out.insert(name.clone(), written_out(spec, known, member));
                    }
                }
            }
            nullable(out)
        }
        Value::Array(items) => items
            .iter()
            .map(|item| written_out(spec, known, item))
            .collect(),
        other => other.clone(),
    }
}

/// A list of codes or `null`, as one list that `null` is in.
fn nullable(mut schema: serde_json::Map<String, Value>) -> Value {
    let is_null = |one: &Value| *one == json!({"type": "null"});
    if let Some([null, codes]) = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        && is_null(null)
        && let Some(codes) = codes["enum"].as_array()
    {
        let codes: Value = codes.iter().cloned().chain([Value::Null]).collect();
        schema.remove("oneOf");
        schema.insert("type".to_owned(), json!(["string", "null"]));
        schema.insert("enum".to_owned(), codes);
    }
    Value::Object(schema)
}

#[test]
fn components_leave_nothing_out() {
    let before = toadlane::openapi::written_out().to_json().unwrap();
    let before: Value = serde_json::from_str(&before).unwrap();
    let spec = spec();
    let mut after = written_out(&spec, &before, &spec);
    for (kind, components) in spec["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            if before["components"][kind].get(name).is_none() {
                after["components"][kind]
                    .as_object_mut()
                    .unwrap()
                    .remove(name);
            }
        }
    }
    let kinds = after["components"].as_object_mut().unwrap();
    kinds.retain(|_, components| *components != json!({}));
    for (path, item) in before["paths"].as_object().unwrap() {
        assert_eq!(after["paths"][path], *item, "{path}");
    }
    for (name, schema) in before["components"]["schemas"].as_object().unwrap() {
        assert_eq!(after["components"]["schemas"][name], *schema, "{name}");
    }
    assert!(after == before);
}

/// Adds up how often each of what stands under `key` does so; of lists, those of more than two codes.
fn count(value: &Value, key: &str, counts: &mut BTreeMap<String, usize>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name == key, member) {
                    (true, Value::Array(items)) if key == "parameters" => {
                        for item in items {
                            add(item, counts);
                        }
                    }
                    (true, Value::Object(items)) => {
                        for item in items.values() {
                            add(item, counts);
                        }
                    }
                    (true, Value::Array(codes)) => {
                        let codes = codes.iter().filter(|code| !code.is_null());
                        let codes: Vec<_> = codes.cloned().collect();
                        if codes.len() > 2 {
                            add(&Value::Array(codes), counts);
                        }
                    }
                    _ => {}
                }
                count(member, key, counts);
            }
        }
        Value::Array(items) => {
            for item in items {
                count(item, key, counts);
            }
        }
        _ => {}
    }
}

/// What is a string is no parameter but a link's way to one.
fn add(value: &Value, counts: &mut BTreeMap<String, usize>) {
    if !value.is_string() && value.get("$ref").is_none() {
        *counts.entry(value.to_string()).or_default() += 1;
    }
}

#[test]
fn nothing_that_can_be_shared_stands_twice() {
    let spec = spec();
    for key in ["parameters", "responses", "headers", "enum"] {
        let mut counts = BTreeMap::new();
        count(&spec, key, &mut counts);
        counts.retain(|_, count| *count > 1);
        assert!(counts.is_empty(), "{key}: give it a name: {counts:#?}");
    }
}
