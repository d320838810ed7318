//! The ids of a file: what they may be, and which were named so far.

use std::collections::HashMap;

use super::Reject;

/// The longest id taken. Databases limit what a unique index can hold.
pub const MAX_CHARS: usize = 200;

/// The line on which each id was first used.
#[derive(Default)]
pub struct SeenIds(HashMap<String, u64>);

impl SeenIds {
    /// Notes that the record at `line` has this id; a reject if it cannot be one, or if an
    /// earlier record has it too.
    pub fn note(&mut self, external_id: &str, line: u64) -> Result<(), Reject> {
        let reject = |external_id: Option<&str>, reason: String| Reject {
            line,
            external_id: external_id.map(str::to_owned),
            reason,
        };
        if external_id.chars().any(char::is_control) {
            return Err(reject(None, "the id has control characters".to_owned()));
        }
        if external_id.chars().count() > MAX_CHARS {
            let reason = format!("the id has more than {MAX_CHARS} characters");
            return Err(reject(None, reason));
        }
        if let Some(first) = self.0.get(external_id) {
            let reason = format!("the id was used already in line {first}");
            return Err(reject(Some(external_id), reason));
        }
        self.0.insert(external_id.to_owned(), line);
        Ok(())
    }
}
