//! What a moderator writes to a decision.

use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::http::validation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest note, in characters.
pub const MAX_CHARS: usize = 2000;

/// Why something is done. The body may be `{}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"note": "Please tell us who your members are."}))]
pub struct Note {
    /// In a few words.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub note: Option<String>,
}

impl Note {
    /// Reads a body that has nothing but a note.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with every fault.
    pub fn read(body: JsonObject) -> Result<Option<String>, ApiError> {
        let mut members = Members::new(body.members);
        let note = read(&mut members, "note");
        let mut faults = members.finish();
        check(note.as_deref(), "/note", &mut faults);
        faults.or_none(note)
    }
}

/// An optional text; a blank one is none.
pub fn read(members: &mut Members, name: &'static str) -> Option<String> {
    members.text(name).filter(|text| !text.trim().is_empty())
}

/// Notes what is wrong with it.
pub fn check(note: Option<&str>, pointer: &str, faults: &mut Faults) {
    let Some(note) = note else {
        return;
    };
    if note.chars().count() > MAX_CHARS {
        let detail = format!("may have at most {MAX_CHARS} characters");
        faults.push(Fault::new(pointer, detail));
    } else if validation::prose(note).is_err() {
        let detail = "may not contain control characters other than tab and line break";
        faults.push(Fault::new(pointer, detail));
    }
}
