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
use crate::run::{self, Outcome, Task};
use crate::schema;
use crate::search::SearchIndex;
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
    /// says of orders, pages, facets and time does not matter. Which languages its words are meant in, the records
    /// of `index` tell as well: the few here may have them in others.
    ///
    /// # Errors
    /// [`Error::QueryTooLong`](crate::Error::QueryTooLong), or the index library failed.
    pub fn matching(
        &self,
        query: &Query,
        index: Option<&SearchIndex>,
    ) -> Result<Vec<(Kind, String)>> {
        let all = index.map(SearchIndex::snapshot);
        let vocabulary = all.as_deref().into_iter().chain([&self.snapshot]);
        let outcome = first_stage(query, self.ids.len(), vocabulary.collect(), &self.snapshot)?;
        let found = outcome.best.iter().flatten();
        let mut documents: Vec<usize> = found.map(|ranked| ranked.doc as usize).collect();
        documents.sort_unstable();
        Ok(documents
            .into_iter()
            .filter_map(|document| self.ids.get(document).cloned())
            .collect())
    }
}

/// What the first stage finds, `keep` records at most, of a query read as the records of `vocabulary` have its
/// words.
fn first_stage(
    query: &Query,
    keep: usize,
    vocabulary: Vec<&Snapshot>,
    snapshot: &Snapshot,
) -> Result<Outcome> {
    let plan = match query.text.as_deref().map(parse).transpose()? {
        None => Plan::default(),
        Some(parsed) if parsed.is_empty() => return Ok(Outcome::default()),
        Some(parsed) => Stages::read_by(vocabulary, &parsed, false, snapshot)?.exact()?,
    };
    let task = Task {
        filters: query.filters.iter().collect(),
        keep,
        ..Task::counting(&query.kinds, query.now, Instant::now() + NO_HURRY)
    };
    run::run(&task, &plan, Tally::default(), snapshot)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Keyword, TextField, Weight};
    use crate::query::Filter;
    use crate::stored::stored;

    const WORDS: &[&str] = &[
        "hosting",
        "hosts",
        "host",
        "coopératives",
        "cooperative",
        "Genossenschaft",
        "web",
        "worker",
        "workers",
        "union",
        "credit",
        "bakery",
        "co-op",
        "remote",
        "marché",
    ];
    const LANGUAGES: &[&str] = &["en", "fr", "de", "xx"];

    fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(WORDS), words).prop_map(|words| words.join(" "))
    }

    fn document() -> impl Strategy<Value = Document> {
        (
            0..40_u8,
            text(1..4),
            text(0..8),
            prop::sample::select(LANGUAGES),
            prop::option::of(0..3_i64),
        )
            .prop_map(|(id, name, description, language, expires_at)| Document {
                kind: if id < 30 {
                    Kind::Job
                } else {
                    Kind::Organization
                },
                id: format!("{id:02}"),
                sort_name: name.clone(),
                text: [(Weight::Name, name), (Weight::Body, description)]
                    .map(|(weight, text)| TextField {
                        name: "",
                        weight,
                        language: None,
                        text,
                    })
                    .to_vec(),
                languages: vec![language.to_owned()],
                keywords: vec![(Keyword::Language, language.to_owned())],
                locations: Vec::new(),
                created_at: 0,
                updated_at: 0,
                posted_at: None,
                expires_at,
                salary: None,
                utc_offsets: None,
                group: None,
                quality: 0,
                view: "{}".to_owned(),
            })
    }

    fn query() -> impl Strategy<Value = Query> {
        let part = prop_oneof![
            6 => prop::sample::select(WORDS).prop_map(str::to_owned),
            1 => text(1..3).prop_map(|text| format!("\"{text}\"")),
            1 => prop::sample::select(WORDS).prop_map(|word| format!("-{word}")),
            1 => Just("hosti".to_owned()),
            1 => Just("workrs".to_owned()),
        ];
        let filter = prop::sample::select(LANGUAGES).prop_map(|language| Filter::Keyword {
            field: Keyword::Language,
            any_of: vec![language.to_owned()],
            or_missing: false,
        });
        (
            prop::option::of(prop::collection::vec(part, 0..4)),
            prop::collection::vec(filter, 0..2),
            prop::sample::subsequence(Kind::ALL, 0..=1),
            any::<bool>(),
            0..3_i64,
        )
            .prop_map(|(text, filters, kinds, prefix, now)| Query {
                text: text.map(|parts| parts.join(" ")),
                filters,
                kinds,
                prefix,
                now,
                ..Query::default()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
        #[test]
        fn a_batch_finds_what_the_first_stage_finds_in_an_index(
            documents in prop::collection::vec(document(), 1..30),
            queries in prop::collection::vec(query(), 40),
        ) {
            let batch = Batch::new(&documents).unwrap();
            let few = documents.len().div_ceil(3);
            let few = Batch::new(&documents[documents.len() - few..]).unwrap();
            // The later of two with one id counts, in the index as well.
            let mut unique: Vec<&Document> = Vec::new();
            for document in &documents {
                unique.retain(|other| (other.kind, &other.id) != (document.kind, &document.id));
                unique.push(document);
            }
            let dir = tempfile::tempdir().unwrap();
            let mut opened = SearchIndex::open(dir.path(), "store").unwrap();
            for some in unique.chunks(7) {
                for document in some {
                    opened.writer.put(document).unwrap();
                }
                opened.writer.commit(1).unwrap();
            }
            let snapshot = opened.index.snapshot();
            for query in &queries {
                let outcome = first_stage(query, usize::MAX, vec![&snapshot], &snapshot).unwrap();
                let mut expected = Vec::new();
                for (segment, best) in outcome.best.iter().enumerate() {
                    for ranked in best {
                        let stored = stored(segment, ranked.doc, &snapshot).unwrap();
                        expected.push((stored.kind, stored.id));
                    }
                }
                expected.sort();
                let mut found = batch.matching(query, None).unwrap();
                found.sort();
                prop_assert_eq!(&found, &expected, "{:?}", query);
                // Some of the records alone are read as all of them are.
                let mut found = few.matching(query, Some(&opened.index)).unwrap();
                found.sort();
                expected.retain(|id| few.ids.contains(id));
                prop_assert_eq!(found, expected, "some: {:?}", query);
            }
        }
    }

    #[test]
    fn an_empty_batch_matches_nothing() {
        let batch = Batch::new(&[]).unwrap();
        assert!(batch.matching(&Query::default(), None).unwrap().is_empty());
    }
}
