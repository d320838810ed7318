//! Reading a JSON object member by member, so that every fault is named at once.

use crate::http::problem::Fault;
use crate::http::query::hint;
use crate::taxonomies::table::closest;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members of an object that have not been read yet, and the faults so far.
pub struct Members {
    left: Map<String, Value>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl Members {
    /// All of `object`.
    pub fn new(object: Map<String, Value>) -> Self {
        Self {
            left: object,
            known: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Reads an optional member; absent and `null` are the default. A wrong type is a fault.
    pub fn take<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        match self.next(name) {
            None => T::default(),
            Some(value) => self.read(&format!("/{name}"), value).unwrap_or_default(),
        }
    }

    /// Reads an optional member that is one of a list of words. Serde would take an object with
    /// the word for its key too.
    pub fn word<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.next(name)?;
        let pointer = format!("/{name}");
        if value.is_string() {
            return self.read(&pointer, value);
        }
        self.faults.push(Fault::new(pointer, "must be a string"));
        None
    }

    /// Reads an optional member that is an object. Serde would take a list of its values too.
    pub fn object<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.next(name)?;
        self.read_object(&format!("/{name}"), value)
    }

    /// Reads an optional member that is a list of objects. What cannot be read is a fault each,
    /// with the default in its place.
    pub fn objects<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> Vec<T> {
        match self.next(name) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| {
                    self.read_object(&format!("/{name}/{index}"), item)
                        .unwrap_or_default()
                })
                .collect(),
            Some(_) => {
                let fault = Fault::new(format!("/{name}"), "must be a list of objects");
                self.faults.push(fault);
                Vec::new()
            }
        }
    }

    fn next(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn read_object<T: DeserializeOwned>(&mut self, pointer: &str, value: Value) -> Option<T> {
        if value.is_object() {
            return self.read(pointer, value);
        }
        self.faults.push(Fault::new(pointer, "must be an object"));
        None
    }

    fn read<T: DeserializeOwned>(&mut self, pointer: &str, value: Value) -> Option<T> {
        use serde_path_to_error::Segment;
        serde_path_to_error::deserialize(value)
            .map_err(|error| {
                let mut pointer = pointer.to_owned();
                for segment in error.path() {
                    let name = match segment {
                        Segment::Seq { index } => index.to_string(),
                        Segment::Map { key } => escape(key),
                        Segment::Enum { .. } | Segment::Unknown => continue,
                    };
                    pointer.push('/');
                    pointer.push_str(&name);
                }
                self.faults
                    .push(Fault::new(pointer, error.inner().to_string()));
            })
            .ok()
    }

    /// Reads a member that must be there.
    pub fn require<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        if matches!(self.left.get(name), None | Some(Value::Null)) {
            self.faults
                .push(Fault::new(format!("/{name}"), "is required"));
        }
        self.take(name)
    }

    /// A member that only the server sets: allowed when it says what is so already.
    pub fn read_only(&mut self, name: &'static str, current: Option<&Value>) {
        if let Some(sent) = self.left.remove(name)
            && Some(&sent) != current
        {
            self.faults.push(Fault::new(
                format!("/{name}"),
                "is set by the server; leave it out",
            ));
        }
    }

    /// The faults, with every member that nobody asked for among them.
    pub fn finish(mut self) -> Vec<Fault> {
        for name in self.left.keys() {
            let hint = hint(closest(name, self.known.iter().copied()));
            self.faults.push(Fault::new(
                format!("/{}", escape(name)),
                format!("is not a field of this resource{hint}"),
            ));
        }
        self.faults
    }
}

/// RFC 6901 section 3.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
