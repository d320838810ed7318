//! Other people's formats, as pure functions: from their bytes to fields of organizations and jobs (and, in
//! [`ecb_rates`], to exchange rates), and from our texts to HTML ([`markdown`]).
//!
//! Every reader streams: it takes a [`std::io::Read`], holds one record at a time
//! (and the ids it has seen), and yields `Result<Row, Reject>` in file order. A record
//! that cannot be used is a [`Reject`] that says why; whatever is left out of a record
//! that is used is a warning on its [`Row`]. Only a file that cannot be read as a whole
//! is a [`ReadError`].

mod clean;
pub mod csv_cells;
mod csv_records;
pub mod ecb_rates;
pub mod essglobal_csv;
mod essglobal_mapping;
mod fields;
pub mod jobs;
mod lines;
pub mod mapped_csv;
pub mod markdown;
pub mod ndjson;
mod places;
mod record;
mod seen;

pub use fields::field_names;

use serde_json::{Map, Value};

/// One record read from a foreign format, before validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line of the file where the record starts, from 1.
    pub line: u64,
    /// The record's id at its source, unique in the file.
    pub external_id: String,
    /// Organization fields as the API names and nests them.
    pub data: Map<String, Value>,
    /// What was left out or guessed, a sentence each that names the field.
    pub warnings: Vec<String>,
}

/// A record that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line of the file where the record starts, from 1.
    pub line: u64,
    /// The record's id at its source, where it could be read.
    pub external_id: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
}

/// A file that cannot be read as a whole. The message says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file's bytes could not be had.
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file is empty, or its first line is no header.
    #[error("{0}")]
    Header(String),
    /// A mapping names a field or column that does not exist, or does not fit.
    #[error("{0}")]
    Mapping(String),
}
