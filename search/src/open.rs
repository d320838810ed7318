//! Opening an index folder, or starting it anew.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use tantivy::directory::MmapDirectory;
use tantivy::{Index, ReloadPolicy};

use crate::error::{Error, Result};
use crate::schema::{self, SCHEMA_VERSION};
use crate::search::SearchIndex;
use crate::writer::{Note, Writer};

const LOCK_FILE: &str = "toadlane.lock";

/// Pages of hits read single records all over the store: keep what was unpacked last.
const STORE_CACHE_BLOCKS: usize = 512;

/// An index, ready to use.
pub struct Opened {
    /// The read side.
    pub index: SearchIndex,
    /// The write side.
    pub writer: Writer,
    /// The change up to which the index goes; `None` when it is new, and everything has to be written.
    pub position: Option<i64>,
    /// Why what was there was thrown away; `None` when it was kept.
    pub rebuild_because: Option<RebuildReason>,
}

/// Why an index was started anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RebuildReason {
    /// There was none.
    #[error("there is no index yet")]
    Missing,
    /// It belongs to another store.
    #[error("the index belongs to another store")]
    OtherStore,
    /// It was written by a version of this software that writes it differently.
    #[error("the index was written by another version")]
    OtherVersion,
    /// Its files are damaged or incomplete.
    #[error("the index is damaged: {0}")]
    Damaged(String),
}

impl SearchIndex {
    /// Opens the index in `dir` for the store `store_id`, and starts it anew when it is missing, damaged, or
    /// of another store or version. Reads the whole index once to check it.
    ///
    /// # Errors
    /// [`Error::Locked`] when the folder is in use, [`Error::Io`] when it cannot be written. What is wrong
    /// with the index itself is never an error.
    pub fn open(dir: &Path, store_id: &str) -> Result<Opened> {
        open(dir, store_id)
    }
}

/// How far the index in `dir` goes, if it is one of a store whose id begins so, whichever version wrote it. It
/// is only looked at: whoever has it open is not disturbed.
pub fn noted_position(dir: &Path, store_id_begins: &str) -> Option<i64> {
    let directory = MmapDirectory::open(dir).ok()?;
    if !Index::exists(&directory).ok()? {
        return None;
    }
    let payload = Index::open(directory).ok()?.load_metas().ok()?.payload?;
    let note: Note = serde_json::from_str(&payload).ok()?;
    note.store_id
        .starts_with(store_id_begins)
        .then_some(note.seq)
}

fn open(dir: &Path, store_id: &str) -> Result<Opened> {
    fs::create_dir_all(dir)?;
    // Before anything is looked at, let alone removed.
    let lock = lock(dir)?;
    let (existing, rebuild_because) = match open_existing(dir, store_id) {
        Ok(existing) => (Some(existing), None),
        Err(reason) => (None, Some(reason)),
    };
    if let Some((index, position)) = existing {
        match finish(dir, index, store_id, Some(position), lock.try_clone()?) {
            Ok(opened) => return Ok(opened),
            Err(error) => {
                let reason = RebuildReason::Damaged(error.to_string());
                return start_anew(dir, store_id, reason, lock);
            }
        }
    }
    start_anew(
        dir,
        store_id,
        rebuild_because.unwrap_or(RebuildReason::Missing),
        lock,
    )
}

fn start_anew(dir: &Path, store_id: &str, reason: RebuildReason, lock: File) -> Result<Opened> {
    wipe(dir)?;
    let (schema, _) = schema::build();
    let index = Index::builder()
        .schema(schema)
        .settings(schema::settings())
        .create_in_dir(dir)?;
    let mut opened = finish(dir, index, store_id, None, lock)?;
    opened.rebuild_because = Some(reason);
    Ok(opened)
}

fn finish(
    dir: &Path,
    index: Index,
    store_id: &str,
    position: Option<i64>,
    lock: File,
) -> Result<Opened> {
    schema::register_tokenizers(index.tokenizers());
    let (_, fields) = schema::build();
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .doc_store_cache_num_blocks(STORE_CACHE_BLOCKS)
        .try_into()?;
    let search = SearchIndex::new(dir.to_owned(), fields.clone(), reader)?;
    let writer = Writer::new(index, fields, store_id, search.clone(), position, lock)?;
    Ok(Opened {
        index: search,
        writer,
        position,
        rebuild_because: None,
    })
}

fn lock(dir: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK_FILE))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            dir: dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The index in `dir` and how far it goes, if it can be used.
fn open_existing(dir: &Path, store_id: &str) -> Result<(Index, i64), RebuildReason> {
    let damaged = |error: tantivy::TantivyError| RebuildReason::Damaged(error.to_string());
    let directory =
        MmapDirectory::open(dir).map_err(|error| RebuildReason::Damaged(error.to_string()))?;
    if !Index::exists(&directory).map_err(|error| RebuildReason::Damaged(error.to_string()))? {
        return Err(RebuildReason::Missing);
    }
    let index = Index::open(directory).map_err(damaged)?;
    let payload = index.load_metas().map_err(damaged)?.payload;
    // Without a note nothing was ever committed.
    let Some(payload) = payload else {
        return Err(RebuildReason::Missing);
    };
    let note: Note = serde_json::from_str(&payload)
        .map_err(|error| RebuildReason::Damaged(error.to_string()))?;
    if note.store_id != store_id {
        return Err(RebuildReason::OtherStore);
    }
    if note.schema != SCHEMA_VERSION || index.schema() != schema::build().0 {
        return Err(RebuildReason::OtherVersion);
    }
    let damaged_files = index.validate_checksum().map_err(damaged)?;
    if let Some(file) = damaged_files.iter().next() {
        return Err(RebuildReason::Damaged(format!(
            "the checksum of {} is wrong",
            file.display()
        )));
    }
    Ok((index, note.seq))
}

/// Removes everything but the lock file.
fn wipe(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() == LOCK_FILE {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
