//! Which values of keywords the records of a segment have, by what people type for them: kept ready, as every
//! query is looked through for them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::document::Keyword;
use crate::error::Result;
use crate::ready::get_or_make;
use crate::snapshot::{Segment, Snapshot};

/// The fields that words of a query may be a value of, those first that they are taken for first.
const FIELDS: [Keyword; 7] = [
    Keyword::Locality,
    Keyword::Region,
    Keyword::Skill,
    Keyword::Technology,
    Keyword::Workplace,
    Keyword::EmploymentType,
    Keyword::Seniority,
];

/// By what people type, folded: a bit for each of [`FIELDS`]. Deleted records count as well.
type ByText = HashMap<Box<str>, u8>;

/// The values of one segment, gathered when first asked for.
pub(crate) type KnownValues = Arc<OnceLock<ByText>>;

impl Segment {
    fn by_text(&self) -> Result<&ByText> {
        get_or_make(&self.known_values, || {
            let mut known = ByText::new();
            for (at, field) in FIELDS.iter().enumerate() {
                let mut stream = self.value_lists[field.index()].terms().stream()?;
                while stream.advance() {
                    let term = String::from_utf8_lossy(stream.key());
                    let text = match term.split_once('\0') {
                        Some((folded, _)) => folded.to_owned(),
                        None => term.replace('_', " "),
                    };
                    *known.entry(text.into()).or_default() |= 1 << at;
                }
            }
            Ok(known)
        })
    }

    /// Gathers the values if those of another segment were asked for.
    pub(crate) fn know_values_like(&self, other: &Segment) -> Result<()> {
        if other.known_values.get().is_some() {
            self.by_text()?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// The fields some record has a value in that is typed like this, in the order of [`FIELDS`].
    pub(crate) fn fields_with(&self, folded: &str) -> Result<Vec<Keyword>> {
        let mut bits = 0;
        for segment in &self.segments {
            bits |= segment.by_text()?.get(folded).copied().unwrap_or_default();
        }
        let fields = FIELDS.iter().enumerate();
        let known = fields.filter(|(at, _)| bits & (1 << at) != 0);
        Ok(known.map(|(_, field)| *field).collect())
    }
}
