//! What the index keeps of a record, to be handed out with a hit.

use tantivy::DocAddress;
use tantivy::schema::document::{DeserializeError, DocumentDeserialize, DocumentDeserializer};

use crate::document::{Document, Kind};
use crate::error::Result;
use crate::snapshot::Snapshot;

/// What is stored with a record.
pub(crate) struct Stored {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) name: String,
    /// The languages of the record's texts, by code, with a space between.
    pub(crate) languages: String,
    pub(crate) view: String,
}

/// All but the view, as one text: every stored field costs a little with every hit.
pub(crate) fn about(document: &Document, languages: &str) -> String {
    let kind = document.kind.as_str();
    format!(
        "{kind}\0{}\0{languages}\0{}",
        document.id, document.sort_name
    )
}

/// Reads what is stored with a record.
pub(crate) fn stored(segment: usize, doc: u32, snapshot: &Snapshot) -> Result<Stored> {
    let address = DocAddress::new(u32::try_from(segment).unwrap_or(u32::MAX), doc);
    let Raw { about, view } = snapshot.searcher.doc(address)?;
    let mut parts = about.splitn(4, '\0');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    Ok(Stored {
        kind: serde_json::from_value(part().into())?,
        id: part(),
        languages: part(),
        name: part(),
        view,
    })
}

/// The two stored fields, read straight into their strings. The library stores them in the order in which
/// they were added.
struct Raw {
    about: String,
    view: String,
}

impl DocumentDeserialize for Raw {
    fn deserialize<'de, D: DocumentDeserializer<'de>>(
        mut deserializer: D,
    ) -> Result<Raw, DeserializeError> {
        let mut next = || -> Result<String, DeserializeError> {
            let field = deserializer.next_field()?;
            Ok(field.map(|(_, text)| text).unwrap_or_default())
        };
        Ok(Raw {
            about: next()?,
            view: next()?,
        })
    }
}
