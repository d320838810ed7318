//! What can go wrong in the index.

use std::path::PathBuf;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in the index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process, or another [`SearchIndex`](crate::SearchIndex) of this one, has the folder open.
    #[error("the index folder {} is in use by another process", dir.display())]
    Locked {
        /// The folder that was to be opened.
        dir: PathBuf,
    },
    /// The text has more words or characters than a query may have.
    #[error(
        "a query has at most {} words and {} characters",
        crate::MAX_QUERY_WORDS,
        crate::MAX_QUERY_CHARS
    )]
    QueryTooLong,
    /// The cursor does not belong to the query's sort order, or was never made here.
    #[error("the cursor does not belong to this search")]
    InvalidCursor,
    /// [`Sort::Distance`](crate::Sort::Distance) was asked for without a point to measure from.
    #[error("sorting by distance needs a point to measure from")]
    DistanceWithoutPoint,
    /// Reading or writing the index folder failed (disk full, permissions, …).
    #[error("index folder: {0}")]
    Io(#[from] std::io::Error),
    /// The index library failed.
    #[error("index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A stored record or commit note is not what this version writes.
    #[error("stored data: {0}")]
    Stored(#[from] serde_json::Error),
}
