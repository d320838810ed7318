//! The full-text index: one index for all kinds of records.
//!
//! It knows no HTTP and no SQL. It is a projection of the store's change log: [`Writer::commit`] notes how
//! far it has read, [`SearchIndex::open`] says where to go on, and an index that cannot be trusted is
//! thrown away and written anew. A hit carries the record's ready JSON, so a search asks nobody else.
//!
//! A query goes from `parse` (words, phrases, exclusions) through `stages` (exact, prefix, typos, partial), which
//! put `clauses` (what each part may match, in the languages it is `meant` in) into a `plan`, to `run` and `pass`
//! (the one pass that counts, ranks and fills the facets). Lists without conditions take a shorter way: `listing`,
//! with what is `ready`. A [`Batch`] answers the same queries for a few records in memory.

mod batch;
mod changed;
mod clauses;
mod collapse;
mod cursor;
mod docset;
mod document;
mod encode;
mod error;
mod expand;
mod explain;
mod facets;
mod files;
mod filters;
mod highlight;
mod histogram;
mod interpret;
mod known_values;
mod known_words;
mod listing;
mod lists;
mod meant;
mod merge;
mod open;
mod packed;
mod parse;
mod pass;
mod plan;
mod query;
mod rank;
mod reading;
mod ready;
mod run;
mod schema;
mod search;
mod snapshot;
mod spread;
mod stages;
mod stored;
mod suggest;
mod tally;
mod terms;
mod text;
mod texts;
mod top;
mod words;
mod writer;

pub use batch::Batch;
pub use cursor::{Cursor, MAX_RELEVANCE_HITS};
pub use document::{Document, Keyword, Kind, MAX_QUALITY, Point, TextField, Weight};
pub use error::{Error, Result};
pub use expand::MAX_EXPANSIONS;
pub use explain::{ExplainedHit, ExplainedTerm, ExplainedWord, Explanation};
pub use facets::{FacetCount, MAX_FACET_VALUES};
pub use filters::distance_km;
pub use highlight::Highlight;
pub use interpret::Interpretation;
pub use open::{Opened, RebuildReason, noted_position};
pub use parse::{MAX_QUERY_CHARS, MAX_QUERY_WORDS};
pub use plan::Stage;
pub use query::{Correction, Filter, Histogram, Hit, Page, Query, Sort};
pub use schema::SCHEMA_VERSION;
pub use search::SearchIndex;
pub use suggest::{MAX_SUGGESTIONS, SuggestQuery, Suggestion};
pub use writer::Writer;
