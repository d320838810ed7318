//! The ids a file has named so far.

use std::collections::HashMap;

use super::Reject;

/// The line on which each id was first used.
#[derive(Default)]
pub struct SeenIds(HashMap<String, u64>);

impl SeenIds {
    /// Notes that the record at `line` has this id; a reject if an earlier one has it too.
    pub fn note(&mut self, external_id: &str, line: u64) -> Result<(), Reject> {
        if let Some(first) = self.0.get(external_id) {
            return Err(Reject {
                line,
                external_id: Some(external_id.to_owned()),
                reason: format!("the id was used already in line {first}"),
            });
        }
        self.0.insert(external_id.to_owned(), line);
        Ok(())
    }
}
