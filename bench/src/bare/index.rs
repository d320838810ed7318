//! Schema and building of the bare index.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use tantivy::{
    Index, IndexSettings, IndexWriter, TantivyDocument,
    directory::MmapDirectory,
    indexer::NoMergePolicy,
    schema::{FAST, Field, STORED, STRING, Schema, TEXT},
    store::Compressor,
};

use crate::Outcome;

/// The fields of the bare index.
#[derive(Clone, Copy)]
pub struct Fields {
    /// Text of the default tokenizer, with frequencies and positions.
    pub name: Field,
    /// As `name`.
    pub description: Field,
    /// ISO 3166-1 alpha-2 code, for the filter and the facet.
    pub country: Field,
    /// The organization as JSON.
    pub record: Field,
}

impl Fields {
    /// The schema and its fields.
    pub fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let fields = Self {
            name: schema.add_text_field("name", TEXT),
            description: schema.add_text_field("description", TEXT),
            country: schema.add_text_field("country", STRING | FAST),
            record: schema.add_bytes_field("record", STORED),
        };
        (schema.build(), fields)
    }
}

/// Builds the index of the corpus as one segment.
pub fn build(folder: &Path, corpus: &Path) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let (schema, fields) = Fields::schema();
    // Records are read ten a search: unpacking their blocks would be a quarter of the work.
    let settings = IndexSettings {
        docstore_compression: Compressor::None,
        docstore_blocksize: 4_096,
        ..IndexSettings::default()
    };
    let index = Index::create(MmapDirectory::open(folder)?, schema, settings)?;
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 1_000_000_000)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for line in BufReader::new(File::open(corpus)?).lines() {
        let line: serde_json::Value = serde_json::from_str(&line?)?;
        let data = line.get("data").ok_or("a line without data")?;
        let text = |pointer| data.pointer(pointer).and_then(|value| value.as_str());
        let mut document = TantivyDocument::default();
        document.add_text(fields.name, text("/name").unwrap_or(""));
        document.add_text(fields.description, text("/description").unwrap_or(""));
        document.add_text(fields.country, text("/address/country").unwrap_or(""));
        document.add_bytes(fields.record, &serde_json::to_vec(data)?);
        writer.add_document(document)?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.wait_merging_threads()?;
    Ok(())
}
