mod bodies;
mod committed;
mod examples;
mod registered;
mod shared;
mod statuses;
mod urls;

use serde_json::Value;

/// The spec as it is generated.
pub fn spec() -> Value {
    serde_json::from_str(&toadlane::openapi::openapi().to_json().unwrap()).unwrap()
}

/// Path, method and operation, all of them.
pub fn operations(spec: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    assert!(operations.len() >= 19);
    operations
}

/// Follows a `$ref` within the spec.
fn resolve<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => spec.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

/// The parameters of an operation, wherever they stand.
fn parameters<'a>(spec: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    let listed = operation["parameters"].as_array().into_iter().flatten();
    listed.map(|parameter| resolve(spec, parameter))
}

/// What is wrong with an instance, by a schema of the spec.
fn faults(spec: &Value, schema: &Value, instance: &Value) -> Vec<String> {
    let mut whole = serde_json::json!({"allOf": [schema]});
    whole["components"] = spec["components"].clone();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap();
    validator
        .iter_errors(instance)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}
