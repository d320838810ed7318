//! What a moderator writes to a decision.

use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::vocabulary::validation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest note, in characters.
pub const MAX_CHARS: usize = 2000;

/// Why something is done. The body may be `{}`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
        members.finish().or_none(note)
    }
}

/// Reads an optional text; a blank one is none.
pub fn read(members: &mut Members, name: &'static str) -> Option<String> {
    let text = members.text(name)?;
    if let Err(fault) = check(&text) {
        members.fault(name, fault);
    }
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Whether something may be a note.
///
/// # Errors
/// What to change about it.
pub fn check(note: &str) -> Result<(), String> {
    if note.chars().count() > MAX_CHARS {
        Err(format!("may have at most {MAX_CHARS} characters"))
    } else if validation::prose(note).is_err() {
        Err("may not contain control characters other than tab and line break".to_owned())
    } else {
        Ok(())
    }
}
