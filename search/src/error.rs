//! What can go wrong in the index.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenReadError, OpenWriteError};

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

impl Error {
    /// Whether files of the index are not as they were written. The index has to be written anew then; the
    /// one who writes it notices by itself.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Io(error) => is_damage(error),
            Self::Index(error) => match error {
                TantivyError::DataCorruption(_)
                | TantivyError::OpenReadError(
                    OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_),
                ) => true,
                TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
                | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })
                | TantivyError::LockFailure(LockError::IoError(io_error), _)
                | TantivyError::IoError(io_error) => is_damage(io_error),
                _ => false,
            },
            Self::Stored(_) => true,
            Self::Locked { .. }
            | Self::QueryTooLong
            | Self::InvalidCursor
            | Self::DistanceWithoutPoint => false,
        }
    }
}

/// The system's number for a disk that cannot read what it holds.
const EIO: i32 = 5;

/// What reading less, or something else, than was written leads to. That too many files are open, or the disk
/// is full, says nothing of what was written.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::NotFound,
        ErrorKind::UnexpectedEof,
        ErrorKind::InvalidData,
    ];
    kinds.contains(&error.kind()) || error.raw_os_error() == Some(EIO)
}
