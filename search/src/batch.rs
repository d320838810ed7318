//! Which of a few new records answer a query, for many queries: what saved searches are told.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tantivy::directory::RamDirectory;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, TantivyDocument};

use crate::document::{Document, Kind};
use crate::encode::encode;
use crate::error::Result;
use crate::parse::parse;
use crate::plan::Plan;
use crate::query::Query;
use crate::run::{self, Task};
use crate::schema;
use crate::snapshot::Snapshot;
use crate::stages::Stages;
use crate::tally::Tally;

/// Room for the words of a batch at first; it grows with them.
const MEMORY_BYTES: usize = 1_000_000;

/// A batch is never cut off: it is small, and half an answer would be a wrong one.
const NO_HURRY: Duration = Duration::from_hours(1);

/// A few records, some hundreds at most, to be asked many queries. It lives in memory and never changes.
pub struct Batch {
    snapshot: Snapshot,
    /// By document number.
    ids: Vec<(Kind, String)>,
}

impl Batch {
    /// Takes the records in. Of two with the same kind and id the later counts.
    pub fn new(documents: &[Document]) -> Result<Batch> {
        let last: HashMap<(Kind, &str), usize> = documents
            .iter()
            .enumerate()
            .map(|(at, document)| ((document.kind, document.id.as_str()), at))
            .collect();
        let (schema, fields) = schema::build();
        let tokenizers = TokenizerManager::default();
        schema::register_tokenizers(&tokenizers);
        let mut writer = Index::builder()
            .schema(schema)
            .settings(schema::settings())
            .tokenizers(tokenizers)
            .single_segment_index_writer::<TantivyDocument>(
                RamDirectory::default(),
                MEMORY_BYTES,
            )?;
        let mut ids = Vec::with_capacity(documents.len());
        for (at, document) in documents.iter().enumerate() {
            if last.get(&(document.kind, document.id.as_str())) == Some(&at) {
                writer.add_document(encode(document, &fields))?;
                ids.push((document.kind, document.id.clone()));
            }
        }
        let searcher = writer.finalize()?.reader()?.searcher();
        Ok(Batch {
            snapshot: Snapshot::open(searcher, fields, None)?,
            ids,
        })
    }

    /// The records that match a query as the first stage of a search reads it: they have all words, as they
    /// are, stemmed or by synonym, and pass all filters, and have not expired. The last word is never taken
    /// for a beginning, and nothing for a typo. In the order in which the records were given; what the query
    /// says of orders, pages, facets and time does not matter.
    ///
    /// # Errors
    /// [`Error::QueryTooLong`](crate::Error::QueryTooLong), or the index library failed.
    pub fn matching(&self, query: &Query) -> Result<Vec<(Kind, String)>> {
        let plan = match query.text.as_deref().map(parse).transpose()? {
            None => Plan::default(),
            Some(parsed) if parsed.is_empty() => return Ok(Vec::new()),
            Some(parsed) => Stages::new(&parsed, false, &self.snapshot)?.exact()?,
        };
        let task = Task {
            filters: query.filters.iter().collect(),
            keep: self.ids.len(),
            ..Task::counting(&query.kinds, query.now, Instant::now() + NO_HURRY)
        };
        let outcome = run::run(&task, &plan, Tally::default(), &self.snapshot)?;
        let found = outcome.best.iter().flatten();
        let mut documents: Vec<usize> = found.map(|ranked| ranked.doc as usize).collect();
        documents.sort_unstable();
        Ok(documents
            .into_iter()
            .filter_map(|document| self.ids.get(document).cloned())
            .collect())
    }
}
