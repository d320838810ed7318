//! The files of an index, read without mapping them into memory.
//!
//! Whoever truncates a mapped file ends the process that mapped it: the next look at what is gone is a
//! SIGBUS, which no safe code survives. So nothing is mapped. Dictionaries and columns, which every search looks
//! into all over, are read into memory when a file is opened; of the rest, which is most of an index, a search
//! reads the parts it needs. What is gone is an ordinary error then, and noted as [`Damage`].

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use tantivy::HasLen;
use tantivy::directory::error::{
    DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError,
};
use tantivy::directory::footer::Footer;
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, FileSlice, Lock, MmapDirectory, OwnedBytes,
    WatchCallback, WatchHandle, WritePtr,
};

use crate::error::is_damage;

/// Extensions of the files of which a search reads a few parts: the records as they are handed out, a block
/// per hit; the posting lists of its words; and the places of words, which only phrases ask for.
const READ_IN_PARTS: [&str; 3] = ["store", "idx", "pos"];

/// What is wrong with the files that are open, once something is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damage(Arc<OnceLock<String>>);

impl Damage {
    /// Notes what is wrong. The first who notices is believed.
    pub(crate) fn note(&self, what: impl fmt::Display) {
        self.0.get_or_init(|| what.to_string());
    }

    /// Notes it if it is a matter of what is in a file.
    fn note_of(&self, file: &Path, error: &io::Error) {
        if is_damage(error) {
            self.note(format_args!("{}: {error}", file.display()));
        }
    }

    /// What is wrong, if anything.
    pub(crate) fn noted(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// The folder of an index.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// Does everything but reading.
    folder: MmapDirectory,
    path: PathBuf,
    open: Arc<Mutex<HashMap<PathBuf, Weak<Opened>>>>,
    damage: Damage,
}

impl Files {
    /// The files in a folder that is there.
    pub(crate) fn open(path: &Path) -> Result<Files, OpenDirectoryError> {
        Ok(Files {
            folder: MmapDirectory::open(path)?,
            path: path.to_owned(),
            open: Arc::default(),
            damage: Damage::default(),
        })
    }

    pub(crate) fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Reads or opens a file, and the whole of it once, to see whether it is as it was written.
    fn open_file(&self, path: &Path) -> io::Result<Arc<Opened>> {
        let file = File::open(self.path.join(path))?;
        let length = file.metadata()?.len();
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let in_parts = path.extension().is_some_and(|extension| {
            READ_IN_PARTS
                .iter()
                .any(|read_in_parts| extension == *read_in_parts)
        });
        let part = Part {
            file,
            length,
            path: path.to_owned(),
            damage: self.damage.clone(),
        };
        let opened = Arc::new(if in_parts {
            Opened::InParts(part)
        } else {
            Opened::Whole(part.read_bytes(0..length)?)
        });
        verify(FileSlice::new(Arc::clone(&opened) as Arc<dyn FileHandle>))?;
        Ok(opened)
    }
}

/// Compares a file with the checksum at its end.
fn verify(file: FileSlice) -> io::Result<()> {
    let (footer, body) = Footer::extract_footer(file)?;
    let mut checksum = crc32fast::Hasher::new();
    for chunk in body.stream_file_chunks() {
        checksum.update(&chunk?);
    }
    if checksum.finalize() == footer.crc {
        Ok(())
    } else {
        Err(io::Error::new(
            ErrorKind::InvalidData,
            "the checksum is wrong",
        ))
    }
}

impl Directory for Files {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = open.get(path).and_then(Weak::upgrade) {
            return Ok(opened);
        }
        let opened = self.open_file(path).map_err(|error| {
            self.damage.note_of(path, &error);
            if error.kind() == ErrorKind::NotFound {
                OpenReadError::FileDoesNotExist(path.to_owned())
            } else {
                OpenReadError::wrap_io_error(error, path.to_owned())
            }
        })?;
        open.retain(|_, opened| opened.strong_count() > 0);
        open.insert(path.to_owned(), Arc::downgrade(&opened));
        Ok(opened)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.folder.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.folder.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.folder.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.folder.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.folder.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.folder.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.folder.acquire_lock(lock)
    }

    fn watch(&self, watch_callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.folder.watch(watch_callback)
    }
}

/// A file that is open.
#[derive(Debug)]
enum Opened {
    Whole(OwnedBytes),
    InParts(Part),
}

/// A file of which parts are read.
#[derive(Debug)]
struct Part {
    file: File,
    /// In bytes, when it was opened.
    length: usize,
    path: PathBuf,
    damage: Damage,
}

impl Part {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.end > self.length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; range.len()];
        self.file
            .read_exact_at(&mut bytes, range.start as u64)
            .inspect_err(|error| self.damage.note_of(&self.path, error))?;
        Ok(OwnedBytes::new(bytes))
    }
}

impl FileHandle for Opened {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        match self {
            Opened::Whole(bytes) => bytes.read_bytes(range),
            Opened::InParts(part) => part.read_bytes(range),
        }
    }
}

impl HasLen for Opened {
    fn len(&self) -> usize {
        match self {
            Opened::Whole(bytes) => bytes.len(),
            Opened::InParts(part) => part.length,
        }
    }
}
