//! The fields of the index, in one place.

use tantivy::IndexSettings;
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{RAW_TOKENIZER_NAME, TokenizerManager};

use crate::document::Keyword;
use crate::text::encoded::{Positioned, Repeated};

/// Raised whenever what is written to the index changes meaning: fields, tokenizer, stemmers, synonyms,
/// weights. An index of another version is rebuilt.
pub const SCHEMA_VERSION: u32 = 7;

const REPEATED: &str = "repeated";
const POSITIONED: &str = "positioned";

/// Small blocks, of a record or two: a page of hits reads some twenty records that lie far apart.
const STORE_BLOCK_BYTES: usize = 2 * 1024;

/// The fields of the index.
///
/// A word's frequency is not how often it occurs but how much it counts in the record (see
/// [`crate::texts`]), so that one posting list per word gives both the matches and their ranks.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    /// The kind's name.
    pub(crate) kind: Field,
    /// `kind:id`, unique: what replaces and deletes.
    pub(crate) key: Field,
    /// All words but codes, folded: phrases of one word, prefixes, typos, and the bonus for a word found as typed.
    pub(crate) words: Field,
    /// What a word of a query matches: the stems of all words, each with the language it is one of, pairs of
    /// neighbours in scripts without spaces, and the tokens of synonym groups.
    pub(crate) stems: Field,
    /// All words, each with the language it is written in: which stems a word of a query has to ask for.
    pub(crate) spoken: Field,
    /// Neighbours in names, tags and summaries, run together.
    pub(crate) joined: Field,
    /// All words with positions, for phrases.
    pub(crate) phrases: Field,
    /// The whole names, folded, their words run together: a query that equals one finds it first.
    pub(crate) names: Field,
    /// `folded\0lower` for words whose accents folding removed: how to show them.
    pub(crate) forms: Field,
    /// The languages of texts that have stems, by code.
    pub(crate) languages: Field,
    /// Folded name, NUL, `kind:id`: sorts by name, breaks every tie, and is the same on every server.
    pub(crate) order: Field,
    /// The first bytes of `order` as a number: compares most names without looking them up.
    pub(crate) order_start: Field,
    pub(crate) created_at: Field,
    pub(crate) updated_at: Field,
    pub(crate) posted_at: Field,
    pub(crate) expires_at: Field,
    pub(crate) salary: Field,
    /// Both ends in one number: see [`crate::packed`].
    pub(crate) utc_offsets: Field,
    /// Any number of them, each in one number: see [`crate::packed`].
    pub(crate) locations: Field,
    /// A number for the group: see [`crate::packed`].
    pub(crate) group: Field,
    /// 0 to [`MAX_QUALITY`](crate::MAX_QUALITY).
    pub(crate) quality: Field,
    /// One per [`Keyword`], in the order of [`Keyword::ALL`].
    pub(crate) keywords: [Field; Keyword::ALL.len()],
    /// Stored only: see [`crate::stored`].
    pub(crate) about: Field,
    pub(crate) view: Field,
}

pub(crate) mod names {
    //! Names of the fast fields, which the library looks up by name.
    pub(crate) const ORDER: &str = "order";
    pub(crate) const ORDER_START: &str = "order_start";
    pub(crate) const CREATED_AT: &str = "created_at";
    pub(crate) const UPDATED_AT: &str = "updated_at";
    pub(crate) const POSTED_AT: &str = "posted_at";
    pub(crate) const EXPIRES_AT: &str = "expires_at";
    pub(crate) const SALARY: &str = "salary";
    pub(crate) const UTC_OFFSETS: &str = "utc_offsets";
    pub(crate) const LOCATIONS: &str = "locations";
    pub(crate) const GROUP: &str = "group";
    pub(crate) const QUALITY: &str = "quality";
}

fn indexed(tokenizer: &str, option: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(option)
            .set_fieldnorms(false),
    )
}

/// The schema and its fields.
pub(crate) fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let exact = || indexed(RAW_TOKENIZER_NAME, IndexRecordOption::Basic);
    let weighted = || indexed(REPEATED, IndexRecordOption::WithFreqs);
    let stored = || TextOptions::default().set_stored();
    let number = || NumericOptions::default().set_fast();
    let fields = Fields {
        kind: builder.add_text_field("kind", exact()),
        key: builder.add_text_field("key", exact()),
        words: builder.add_text_field("words", weighted()),
        stems: builder.add_text_field("stems", weighted()),
        spoken: builder.add_text_field("spoken", exact()),
        joined: builder.add_text_field("joined", weighted()),
        phrases: builder.add_text_field(
            "phrases",
            indexed(POSITIONED, IndexRecordOption::WithFreqsAndPositions),
        ),
        names: builder.add_text_field("names", exact()),
        forms: builder.add_text_field("forms", exact()),
        languages: builder.add_text_field("languages", exact()),
        order: builder.add_text_field(
            names::ORDER,
            TextOptions::default().set_fast(RAW_TOKENIZER_NAME),
        ),
        order_start: builder.add_u64_field(names::ORDER_START, number()),
        created_at: builder.add_i64_field(names::CREATED_AT, number()),
        updated_at: builder.add_i64_field(names::UPDATED_AT, number()),
        posted_at: builder.add_i64_field(names::POSTED_AT, number()),
        expires_at: builder.add_i64_field(names::EXPIRES_AT, number()),
        salary: builder.add_i64_field(names::SALARY, number()),
        utc_offsets: builder.add_u64_field(names::UTC_OFFSETS, number()),
        locations: builder.add_u64_field(names::LOCATIONS, number()),
        group: builder.add_u64_field(names::GROUP, number()),
        quality: builder.add_u64_field(names::QUALITY, number()),
        keywords: Keyword::ALL.map(|keyword| {
            builder.add_text_field(keyword.as_str(), exact().set_fast(RAW_TOKENIZER_NAME))
        }),
        about: builder.add_text_field("about", stored()),
        view: builder.add_text_field("view", stored()),
    };
    (builder.build(), fields)
}

/// How a new index is laid out on disk.
pub(crate) fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: STORE_BLOCK_BYTES,
        // One writer on two cores: a second thread per segment would only compete.
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

/// Makes the tokenizers known that the fields name.
pub(crate) fn register_tokenizers(tokenizers: &TokenizerManager) {
    tokenizers.register(REPEATED, Repeated::default());
    tokenizers.register(POSITIONED, Positioned::default());
}
