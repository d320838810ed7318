//! Opening an index folder, or starting it anew.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use tantivy::{Index, IndexReader, ReloadPolicy, TantivyError};

use crate::error::{Error, Result};
use crate::files::{Damage, Files};
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
    let directory = Files::open(dir).ok()?;
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
    let (disk, index, position, rebuild_because) = match open_existing(dir, store_id) {
        Ok((disk, index, position)) => (disk, index, Some(position), None),
        Err(reason) => {
            let disk = OnDisk::create(dir)?;
            let index = disk.search(dir)?;
            (disk, index, None, Some(reason))
        }
    };
    Ok(Opened {
        writer: Writer::new(disk, store_id, index.clone(), position, lock),
        index,
        position,
        rebuild_because,
    })
}

/// The index in a folder.
pub(crate) struct OnDisk {
    pub(crate) index: Index,
    pub(crate) reader: IndexReader,
    /// What is found to be wrong with it while it is in use.
    pub(crate) damage: Damage,
}

impl OnDisk {
    /// Opens every file of an index.
    fn open(index: Index, files: &Files) -> Result<OnDisk> {
        schema::register_tokenizers(index.tokenizers());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(STORE_CACHE_BLOCKS)
            .try_into()?;
        Ok(OnDisk {
            index,
            reader,
            damage: files.damage().clone(),
        })
    }

    /// An empty index in the place of whatever is in the folder.
    pub(crate) fn create(dir: &Path) -> Result<OnDisk> {
        fs::create_dir_all(dir)?;
        wipe(dir)?;
        let files = Files::open(dir).map_err(TantivyError::from)?;
        let (schema, _) = schema::build();
        let index = Index::create(files.clone(), schema, schema::settings())?;
        OnDisk::open(index, &files)
    }

    fn search(&self, dir: &Path) -> Result<SearchIndex> {
        SearchIndex::new(dir.to_owned(), schema::build().1, &self.reader)
    }
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
fn open_existing(dir: &Path, store_id: &str) -> Result<(OnDisk, SearchIndex, i64), RebuildReason> {
    let damaged = |error: &dyn std::fmt::Display| RebuildReason::Damaged(error.to_string());
    let files = Files::open(dir).map_err(|error| damaged(&error))?;
    if !Index::exists(&files).map_err(|error| damaged(&error))? {
        return Err(RebuildReason::Missing);
    }
    let index = Index::open(files.clone()).map_err(|error| damaged(&error))?;
    let payload = index.load_metas().map_err(|error| damaged(&error))?.payload;
    // Without a note nothing was ever committed.
    let Some(payload) = payload else {
        return Err(RebuildReason::Missing);
    };
    let note: Note = serde_json::from_str(&payload).map_err(|error| damaged(&error))?;
    if note.store_id != store_id {
        return Err(RebuildReason::OtherStore);
    }
    if note.schema != SCHEMA_VERSION || index.schema() != schema::build().0 {
        return Err(RebuildReason::OtherVersion);
    }
    let disk = OnDisk::open(index, &files).map_err(|error| damaged(&error))?;
    let search = disk.search(dir).map_err(|error| damaged(&error))?;
    // The library goes on without some of the files that it does not find.
    match disk.damage.noted() {
        Some(damage) => Err(damaged(&damage)),
        None => Ok((disk, search, note.seq)),
    }
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
