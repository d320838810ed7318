//! An index in a temporary folder, and records for it.

use search::{Document, Kind, Page, Point, Query, SearchIndex, Sort, TextField, Weight, Writer};

pub struct TestIndex {
    pub search: SearchIndex,
    pub writer: Writer,
    pub dir: tempfile::TempDir,
}

impl TestIndex {
    pub fn new() -> TestIndex {
        let dir = tempfile::tempdir().unwrap();
        let opened = SearchIndex::open(dir.path(), "store").unwrap();
        TestIndex {
            search: opened.index,
            writer: opened.writer,
            dir,
        }
    }

    pub fn with(documents: &[Document]) -> TestIndex {
        let mut index = TestIndex::new();
        index.add(documents);
        index
    }

    pub fn add(&mut self, documents: &[Document]) {
        for document in documents {
            self.writer.put(document).unwrap();
        }
        let seq = self.writer.position().unwrap_or_default() + 1;
        self.writer.commit(seq).unwrap();
    }

    pub fn page(&self, text: &str) -> Page {
        self.search.search(&text_query(text)).unwrap()
    }

    /// Ids found, best first.
    pub fn ids(&self, text: &str) -> Vec<String> {
        ids(&self.page(text))
    }

    /// Ids found, in order of id.
    pub fn set(&self, text: &str) -> Vec<String> {
        let mut ids = self.ids(text);
        ids.sort();
        ids
    }
}

pub fn text_query(text: &str) -> Query {
    Query {
        text: Some(text.to_owned()),
        sort: Sort::Relevance,
        limit: 100,
        ..Query::default()
    }
}

pub fn ids(page: &Page) -> Vec<String> {
    page.hits.iter().map(|hit| hit.id.clone()).collect()
}

/// A record with a name and a description, in English.
pub fn doc(id: &str, name: &str, description: &str) -> Document {
    doc_in("en", id, name, description)
}

pub fn doc_in(language: &str, id: &str, name: &str, description: &str) -> Document {
    let text = |name, weight, text: &str| TextField {
        name,
        weight,
        language: None,
        text: text.to_owned(),
    };
    Document {
        kind: Kind::Organization,
        id: id.to_owned(),
        sort_name: name.to_owned(),
        text: vec![
            text("name", Weight::Name, name),
            text("description", Weight::Body, description),
        ],
        languages: if language.is_empty() {
            Vec::new()
        } else {
            vec![language.to_owned()]
        },
        keywords: Vec::new(),
        locations: Vec::new(),
        created_at: 0,
        updated_at: 0,
        posted_at: None,
        expires_at: None,
        salary: None,
        utc_offsets: None,
        group: None,
        quality: 0,
        view: serde_json::json!({"id": id, "name": name, "description": description}).to_string(),
    }
}

/// A job of an employer, published at a time.
pub fn job(id: &str, title: &str, description: &str, employer: &str, posted_at: i64) -> Document {
    Document {
        kind: Kind::Job,
        posted_at: Some(posted_at),
        group: Some(employer.to_owned()),
        ..doc(id, title, description)
    }
}

pub fn at(mut document: Document, lat: f64, lon: f64) -> Document {
    document.locations.push(Point { lat, lon });
    document
}
