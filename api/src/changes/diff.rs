//! What an update changed, for the record's history.

use crate::error::ApiError;
use serde::Serialize;
use serde_json::{Value, json};

/// Contact data of people: the history says that it changed, never what it was.
const PRIVATE: [&str; 3] = ["email", "phone", "apply_email"];

/// `[{"pointer", "from", "to"}]` of every field that differs.
///
/// # Errors
/// Never in practice: both have a JSON form.
pub fn diff<T: Serialize>(before: &T, after: &T) -> Result<Value, ApiError> {
    let json = |input: &T| {
        serde_json::to_value(input).map_err(|_| ApiError::Internal("a record has no JSON form"))
    };
    let (before, after) = (json(before)?, json(after)?);
    let fields = before
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, from)| {
            let to = after.get(name)?;
            if from == to {
                None
            } else if PRIVATE.contains(&name.as_str()) {
                Some(json!({"pointer": format!("/{name}")}))
            } else {
                Some(json!({"pointer": format!("/{name}"), "from": from, "to": to}))
            }
        });
    Ok(Value::Array(fields.collect()))
}
