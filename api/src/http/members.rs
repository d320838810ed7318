//! Reading a JSON object member by member, so that every fault is named at once.

use crate::http::problem::{Fault, Faults};
use crate::money::Amount;
use crate::taxonomies::table::closest;
use crate::vocabulary::hint::{hint, shorten};
use entity::money::EXPECTED;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members of an object that have not been read yet, and the faults so far.
pub struct Members {
    /// JSON Pointer of the object.
    at: String,
    left: Map<String, Value>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl Members {
    /// All of the object that a body is.
    pub fn new(object: Map<String, Value>) -> Self {
        Self::within(String::new(), object)
    }

    fn within(at: String, object: Map<String, Value>) -> Self {
        Self {
            at,
            left: object,
            known: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// Reads an optional member; absent and `null` are the same. `expected` says how it should
    /// look.
    pub fn read<T: DeserializeOwned>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let value = self.next(name)?;
        let read = serde_json::from_value(value).ok();
        if read.is_none() {
            self.fault(name, format!("must be {expected}"));
        }
        read
    }

    /// Reads an optional string.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "a string")
    }

    /// Reads a string that must be there.
    pub fn required_text(&mut self, name: &'static str) -> String {
        self.require(name);
        self.text(name).unwrap_or_default()
    }

    /// Reads an optional whole number. `3.0` is one too (JSON Schema Validation section 6.1.1).
    pub fn whole_number(&mut self, name: &'static str) -> Option<i32> {
        let value = self.next(name)?;
        // A float with nothing after the point is written without a point.
        let read = value
            .as_f64()
            .and_then(|number| number.to_string().parse().ok());
        if read.is_none() {
            self.fault(
                name,
                format!("must be a whole number, at most {}", i32::MAX),
            );
        }
        read
    }

    /// Reads a number that must be there.
    pub fn required_number(&mut self, name: &'static str) -> f64 {
        self.require(name);
        self.read(name, "a number").unwrap_or_default()
    }

    /// Reads a member that must be there. `expected` says how it should look.
    pub fn required<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        expected: &str,
    ) -> Option<T> {
        self.require(name);
        self.read(name, expected)
    }

    /// Reads an optional member that is one of a list of words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let word: String = self.read(name, "a string")?;
        self.pick(name, &word, words)
    }

    /// Reads a member that must be there and is one of a list of words.
    pub fn required_choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        self.require(name);
        self.choice(name, words)
    }

    /// Reads an optional list of words, each of one list. What is none of them is a fault each.
    pub fn choices<T: Copy>(&mut self, name: &'static str, words: &[(&'static str, T)]) -> Vec<T> {
        let items = self.strings(name, words.len()).into_iter().enumerate();
        let places: Vec<_> = items
            .map(|(index, word)| (format!("{name}/{index}"), word))
            .collect();
        places
            .into_iter()
            .filter_map(|(place, word)| self.pick(&place, &word, words))
            .collect()
    }

    fn pick<T: Copy>(&mut self, place: &str, word: &str, words: &[(&'static str, T)]) -> Option<T> {
        let found = words.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let hint = hint(closest(word, all.iter().copied()));
            let all = all.join(", ");
            self.fault(place, format!("must be one of {all}{hint}"));
        }
        found.map(|(_, value)| *value)
    }

    /// Reads an optional amount: money, or another number with at most two decimals.
    pub fn amount(&mut self, name: &'static str) -> Option<Amount> {
        self.read(name, EXPECTED)
    }

    /// Reads an amount that must be there.
    pub fn required_amount(&mut self, name: &'static str) -> Amount {
        self.require(name);
        self.amount(name).unwrap_or_default()
    }

    /// Reads an optional list of at most so many strings. What is none is a fault each, with ""
    /// in its place.
    pub fn strings(&mut self, name: &'static str, most: usize) -> Vec<String> {
        let items = self.list(name, most, "strings").into_iter().enumerate();
        items
            .map(|(index, item)| {
                if let Value::String(text) = item {
                    return text;
                }
                self.fault(&format!("{name}/{index}"), "must be a string");
                String::new()
            })
            .collect()
    }

    /// Reads an optional member that is an object, by its own members.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let value = self.next(name)?;
        self.nested(name, value, read)
    }

    /// Reads an optional list of at most so many objects. What is none is a fault each, with the
    /// default in its place.
    pub fn objects<T: Default>(
        &mut self,
        name: &'static str,
        most: usize,
        read: impl Fn(&mut Self) -> T,
    ) -> Vec<T> {
        let items = self.list(name, most, "objects").into_iter().enumerate();
        items
            .map(|(index, item)| {
                self.nested(&format!("{name}/{index}"), item, &read)
                    .unwrap_or_default()
            })
            .collect()
    }

    /// A member that only the server sets: allowed when it says what is so already. `current` is
    /// None for what is not there yet; else the object is all of what it shall become, and a
    /// member that is missing is one that a patch removes.
    pub fn read_only(&mut self, name: &'static str, current: Option<&Value>) {
        let sent = self.left.remove(name);
        let as_it_is = match current {
            None => sent.is_none(),
            Some(current) => is_same(sent.as_ref().unwrap_or(&Value::Null), current),
        };
        if !as_it_is {
            self.fault(name, "is set by the server; leave it out");
        }
    }

    /// The faults, with every member that nobody asked for among them.
    pub fn finish(mut self) -> Faults {
        let left = std::mem::take(&mut self.left);
        for name in left.keys() {
            // Looking for what was meant takes time.
            if self.faults.is_full() {
                break;
            }
            let hint = hint(closest(name, self.known.iter().copied()));
            self.fault(
                &escape(&shorten(name)),
                format!("is not a field of this resource{hint}"),
            );
        }
        self.faults
    }

    fn next(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn require(&mut self, name: &'static str) {
        if matches!(self.left.get(name), None | Some(Value::Null)) {
            self.fault(name, "is required");
        }
    }

    /// The items of a list. One that is too long is a single fault: its items are not looked at.
    fn list(&mut self, name: &'static str, most: usize, of: &str) -> Vec<Value> {
        match self.next(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) if items.len() <= most => return items,
            Some(Value::Array(_)) => self.fault(name, format!("may have at most {most} items")),
            Some(_) => self.fault(name, format!("must be a list of {of}")),
        }
        Vec::new()
    }

    fn nested<T>(
        &mut self,
        place: &str,
        value: Value,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let Value::Object(object) = value else {
            self.fault(place, "must be an object");
            return None;
        };
        let mut members = Self::within(format!("{}/{place}", self.at), object);
        let value = read(&mut members);
        self.faults.extend(members.finish());
        Some(value)
    }

    /// Notes a fault of a member.
    pub fn fault(&mut self, place: &str, detail: impl Into<String>) {
        let pointer = format!("{}/{place}", self.at);
        self.faults.push(Fault::new(pointer, detail));
    }
}

/// RFC 6901 section 3.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Whether a value was sent back as it was shown. In an object, what is `null` and what is absent are the
/// same: a merge patch removes what is sent as `null` (RFC 7396 section 2).
fn is_same(sent: &Value, shown: &Value) -> bool {
    match (sent, shown) {
        (Value::Object(sent), Value::Object(shown)) => {
            let mut names = sent.keys().chain(shown.keys());
            names.all(|name| {
                let absent = &Value::Null;
                is_same(
                    sent.get(name).unwrap_or(absent),
                    shown.get(name).unwrap_or(absent),
                )
            })
        }
        _ => sent == shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers() {
        for (sent, read) in [
            (json!(3), Some(3)),
            (json!(3.0), Some(3)),
            (json!(1e5), Some(100_000)),
            (json!(-0.0), Some(0)),
            (json!(2_147_483_647), Some(i32::MAX)),
            (json!(2_147_483_648_u64), None),
            (json!(1.5), None),
            (json!(1e300), None),
            (json!("3"), None),
        ] {
            let object = Map::from_iter([("count".to_owned(), sent.clone())]);
            let mut members = Members::new(object);
            assert_eq!(members.whole_number("count"), read, "{sent}");
        }
    }
}
