//! The searches of the bare server.

use std::{cmp::Reverse, collections::BinaryHeap, io::Write, path::Path};

use serde::Deserialize;
use tantivy::{
    DocAddress, Index, IndexReader, ReloadPolicy, Score, Searcher, TantivyDocument, Term,
    collector::{Count, TopDocs},
    query::{BooleanQuery, ConstScoreQuery, FuzzyTermQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Value},
};

use super::{facet::CountryFacet, index::Fields};
use crate::{Outcome, queries::Kind};

/// Hits in an answer.
const HITS: usize = 10;
/// Terms kept of an expansion, the commonest first.
const EXPANSION: usize = 50;

/// What is asked of the bare server.
#[derive(Deserialize)]
pub struct Search {
    kind: Kind,
    q: String,
    country: Option<String>,
}

/// The open index.
pub struct Engine {
    reader: IndexReader,
    fields: Fields,
}

impl Engine {
    /// Opens the index in a folder.
    pub fn open(folder: &Path) -> Outcome<Self> {
        let index = Index::open_in_dir(folder)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let (_, fields) = Fields::schema();
        Ok(Self { reader, fields })
    }

    /// Answers `{"total": n, "items": […], "facets": {"country": {…}}}`, the facet for kind
    /// `filter_facets` only.
    pub fn search(&self, search: &Search) -> Outcome<Vec<u8>> {
        let searcher = self.reader.searcher();
        let query = self.query(&searcher, search)?;
        let top = TopDocs::with_limit(HITS).order_by_score();
        if search.kind == Kind::FilterFacets {
            let (hits, total, countries) = searcher.search(&query, &(top, Count, CountryFacet))?;
            return self.answer(&searcher, &hits, total, &countries);
        }
        let (hits, total) = searcher.search(&query, &(top, Count))?;
        self.answer(&searcher, &hits, total, &[])
    }

    /// All words, each in the name or the description, in the country if one is given.
    fn query(&self, searcher: &Searcher, search: &Search) -> Outcome<BooleanQuery> {
        let words: Vec<&str> = search.q.split_whitespace().collect();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(words.len() + 1);
        for (position, word) in words.iter().enumerate() {
            let last = position + 1 == words.len();
            let terms = match search.kind {
                Kind::TwoWords | Kind::FilterFacets => self.in_both_fields(word),
                Kind::Prefix if !last => self.in_both_fields(word),
                Kind::Prefix | Kind::Typo => self.expand(searcher, search.kind, word)?,
            };
            let terms = terms
                .into_iter()
                .map(|term| TermQuery::new(term, IndexRecordOption::WithFreqs))
                .map(|query| (Occur::Should, Box::new(query) as Box<dyn Query>))
                .collect();
            clauses.push((Occur::Must, Box::new(BooleanQuery::new(terms))));
        }
        if let Some(country) = &search.country {
            let term = Term::from_field_text(self.fields.country, country);
            let filter = TermQuery::new(term, IndexRecordOption::Basic);
            let filter = ConstScoreQuery::new(Box::new(filter), 0.0);
            clauses.push((Occur::Must, Box::new(filter)));
        }
        Ok(BooleanQuery::new(clauses))
    }

    fn in_both_fields(&self, word: &str) -> Vec<Term> {
        [self.fields.name, self.fields.description]
            .map(|field| Term::from_field_text(field, word))
            .to_vec()
    }

    /// The commonest terms, of both fields together, that start with the word or are one edit
    /// away from it.
    fn expand(&self, searcher: &Searcher, kind: Kind, word: &str) -> Outcome<Vec<Term>> {
        let mut commonest = Commonest::default();
        let automaton = match kind {
            Kind::Typo => {
                let term = Term::from_field_text(self.fields.name, word);
                Some(FuzzyTermQuery::new(term, 1, true).automaton()?)
            }
            Kind::TwoWords | Kind::FilterFacets | Kind::Prefix => None,
        };
        // The index is built as one segment.
        for segment in searcher.segment_readers() {
            for field in [self.fields.name, self.fields.description] {
                let index = segment.inverted_index(field)?;
                if let Some(automaton) = &automaton {
                    let mut stream = index.terms().search(automaton).into_stream()?;
                    while let Some((term, info)) = stream.next() {
                        commonest.push(info.doc_freq, field, term)?;
                    }
                } else {
                    // 0xFF occurs in no UTF-8 text, so the range ends after the last such term.
                    let end = [word.as_bytes(), &[0xFF]].concat();
                    let mut stream = index.terms().range().ge(word).lt(end).into_stream()?;
                    while let Some((term, info)) = stream.next() {
                        commonest.push(info.doc_freq, field, term)?;
                    }
                }
            }
        }
        Ok(commonest.into_terms())
    }

    fn answer(
        &self,
        searcher: &Searcher,
        hits: &[(Score, DocAddress)],
        total: usize,
        countries: &[(String, u32)],
    ) -> Outcome<Vec<u8>> {
        let mut body = Vec::with_capacity(16_384);
        write!(body, r#"{{"total":{total},"items":["#)?;
        for (position, (_, address)) in hits.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            let document: TantivyDocument = searcher.doc(*address)?;
            let record = document.get_first(self.fields.record);
            let record = record.as_ref().and_then(Value::as_bytes);
            body.extend_from_slice(record.ok_or("a hit without its record")?);
        }
        body.push(b']');
        if !countries.is_empty() {
            body.extend_from_slice(br#","facets":"#);
            serde_json::to_writer(&mut body, countries)?;
        }
        body.push(b'}');
        Ok(body)
    }
}

/// The commonest terms of an expansion; nothing is allocated for the others.
#[derive(Default)]
struct Commonest {
    terms: BinaryHeap<Reverse<(u32, Term)>>,
}

impl Commonest {
    fn push(&mut self, documents: u32, field: Field, text: &[u8]) -> Outcome {
        if self.terms.len() == EXPANSION {
            if self
                .terms
                .peek()
                .is_some_and(|Reverse((least, _))| *least >= documents)
            {
                return Ok(());
            }
            self.terms.pop();
        }
        let term = Term::from_field_text(field, std::str::from_utf8(text)?);
        self.terms.push(Reverse((documents, term)));
        Ok(())
    }

    fn into_terms(self) -> Vec<Term> {
        self.terms
            .into_iter()
            .map(|Reverse((_, term))| term)
            .collect()
    }
}
