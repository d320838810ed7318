//! The least a search could do with the index library.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::aggregation::AggregationCollector;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TEXT, Value};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, Term, doc};

use crate::corpus::Corpus;

pub struct Bare {
    searcher: Searcher,
    name: Field,
    description: Field,
    country: Field,
    view: Field,
    _dir: tempfile::TempDir,
}

impl Bare {
    pub fn new(corpus: &Corpus) -> Bare {
        let mut schema = Schema::builder();
        let name = schema.add_text_field("name", TEXT);
        let description = schema.add_text_field("description", TEXT);
        let country = schema.add_text_field("country", STRING | FAST);
        let view = schema.add_text_field("view", STORED);
        let dir = tempfile::tempdir().unwrap();
        let index = Index::create_in_dir(dir.path(), schema.build()).unwrap();
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 200_000_000).unwrap();
        for (i, record) in corpus.records.iter().enumerate() {
            let document = doc!(
                name => record.name.as_str(),
                description => record.description.as_str(),
                country => record.country,
                view => record.document(i).view,
            );
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let ids = index.searchable_segment_ids().unwrap();
        if ids.len() > 1 {
            writer.merge(&ids).wait().unwrap();
        }
        writer.wait_merging_threads().unwrap();
        Bare {
            searcher: index.reader().unwrap().searcher(),
            name,
            description,
            country,
            view,
            _dir: dir,
        }
    }

    fn either(&self, word: &str) -> Box<dyn Query> {
        let in_field = |field| -> (Occur, Box<dyn Query>) {
            let term = Term::from_field_text(field, word);
            (
                Occur::Should,
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
            )
        };
        Box::new(BooleanQuery::new(vec![
            in_field(self.name),
            in_field(self.description),
        ]))
    }

    fn fetch(&self, top: Vec<(f32, tantivy::DocAddress)>) {
        for (_, address) in top {
            let document: TantivyDocument = self.searcher.doc(address).unwrap();
            let view = document
                .get_first(self.view)
                .and_then(|value| value.as_str().map(str::len));
            assert!(view.is_some());
        }
    }

    pub fn two_words(&self, words: &str, country: Option<&str>) -> u64 {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = words
            .split(' ')
            .map(|word| (Occur::Must, self.either(word)))
            .collect();
        let top = TopDocs::with_limit(10).order_by_score();
        let Some(country) = country else {
            let query = BooleanQuery::new(clauses);
            let (top, count) = self.searcher.search(&query, &(top, Count)).unwrap();
            self.fetch(top);
            return count as u64;
        };
        let term = Term::from_field_text(self.country, country);
        clauses.push((
            Occur::Must,
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
        ));
        let facet = serde_json::json!({"country": {"terms": {"field": "country", "size": 100}}});
        let facet: Aggregations = serde_json::from_value(facet).unwrap();
        let facet = AggregationCollector::from_aggs(
            facet,
            tantivy::aggregation::AggContextParams::default(),
        );
        let query = BooleanQuery::new(clauses);
        let (top, count, _) = self.searcher.search(&query, &(top, Count, facet)).unwrap();
        self.fetch(top);
        count as u64
    }

    fn any_of(&self, commonest: Vec<(Field, String)>) -> u64 {
        let terms = commonest
            .into_iter()
            .map(|(field, word)| -> (Occur, Box<dyn Query>) {
                let term = Term::from_field_text(field, &word);
                (
                    Occur::Should,
                    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                )
            });
        let query = BooleanQuery::new(terms.collect());
        let top = TopDocs::with_limit(10).order_by_score();
        let (top, count) = self.searcher.search(&query, &(top, Count)).unwrap();
        self.fetch(top);
        count as u64
    }

    fn commonest(found: &mut BinaryHeap<Reverse<(u32, String)>>, records: u32, term: &[u8]) {
        if found.len() < 50
            || found
                .peek()
                .is_some_and(|Reverse((fewest, _))| records > *fewest)
        {
            if found.len() == 50 {
                found.pop();
            }
            found.push(Reverse((
                records,
                String::from_utf8_lossy(term).into_owned(),
            )));
        }
    }

    pub fn prefix(&self, prefix: &str) -> u64 {
        let mut terms = Vec::new();
        for field in [self.name, self.description] {
            let mut found = BinaryHeap::new();
            for segment in self.searcher.segment_readers() {
                let index = segment.inverted_index(field).unwrap();
                let mut stream = index.terms().range().ge(prefix).into_stream().unwrap();
                while stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                    Bare::commonest(&mut found, stream.value().doc_freq, stream.key());
                }
            }
            terms.extend(found.into_iter().map(|Reverse((_, word))| (field, word)));
        }
        self.any_of(terms)
    }

    pub fn typo(&self, word: &str) -> u64 {
        let mut terms = Vec::new();
        for field in [self.name, self.description] {
            let mut found = BinaryHeap::new();
            let query = FuzzyTermQuery::new(Term::from_field_text(field, word), 1, true);
            for segment in self.searcher.segment_readers() {
                let index = segment.inverted_index(field).unwrap();
                let mut stream = index
                    .terms()
                    .search(query.automaton().unwrap())
                    .into_stream()
                    .unwrap();
                while stream.advance() {
                    Bare::commonest(&mut found, stream.value().doc_freq, stream.key());
                }
            }
            terms.extend(found.into_iter().map(|Reverse((_, word))| (field, word)));
        }
        self.any_of(terms)
    }
}
