//! The write side: the one owner of the library's writer.

use std::cmp::Reverse;
use std::fs::File;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::merge_policy::LogMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, Term};

use crate::document::{Document, Kind};
use crate::encode::{encode, key};
use crate::error::{Error, Result};
use crate::open::OnDisk;
use crate::schema::{self, Fields, SCHEMA_VERSION};
use crate::search::SearchIndex;

/// Room for records on their way to disk. A commit or a full room ends a segment.
const MEMORY_BYTES: usize = 96 * 1024 * 1024;

/// So many small segments of like size are merged into one.
const MERGE_AT: usize = 6;

/// Segments below this many records count as of like size.
const SMALL_SEGMENT: u32 = 5_000;

/// A segment with more than this share of deleted records is rewritten.
const MAX_DELETED: f32 = 0.25;

/// No commit for so long means that nothing is being written.
const QUIET: Duration = Duration::from_secs(2);

/// The largest segment is merged with the others when they have at least this part of its records.
const LARGEST_TO_OTHERS: u32 = 5;

/// What a commit says about itself: of which store, written by which version, up to which change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) store_id: String,
    pub(crate) schema: u32,
    pub(crate) seq: i64,
}

/// The write side of an index. There is one at a time for a folder, on the whole machine.
///
/// After any error, everything since the last successful [`commit`](Writer::commit) is forgotten, and the
/// writer can be used again: write everything after [`position`](Writer::position) once more.
pub struct Writer {
    disk: OnDisk,
    fields: Fields,
    store_id: String,
    /// `None` after a failure, until it is needed again.
    inner: Option<IndexWriter>,
    search: SearchIndex,
    position: Option<i64>,
    last_commit: Instant,
    /// The segments that were last merged to put the index in order.
    tidying: Vec<SegmentId>,
    /// The index was started anew, and searches are still answered from the one before.
    hidden: bool,
    /// Held until the writer is dropped. The system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Writer {
    pub(crate) fn new(
        disk: OnDisk,
        store_id: &str,
        search: SearchIndex,
        position: Option<i64>,
        lock: File,
    ) -> Writer {
        Writer {
            disk,
            fields: schema::build().1,
            store_id: store_id.to_owned(),
            inner: None,
            search,
            position,
            last_commit: Instant::now(),
            tidying: Vec::new(),
            hidden: false,
            _lock: lock,
        }
    }

    /// The change up to which the last commit goes; `None` in a new index.
    pub fn position(&self) -> Option<i64> {
        self.position
    }

    /// Adds a record, in place of the one with the same kind and id if there is one. It is found after the
    /// next [`commit`](Writer::commit).
    pub fn put(&mut self, document: &Document) -> Result<()> {
        let encoded = encode(document, &self.fields);
        let key = Term::from_field_text(self.fields.key, &key(document.kind, &document.id));
        self.try_write(|writer| {
            writer.delete_term(key);
            writer.add_document(encoded)?;
            Ok(())
        })
    }

    /// Takes a record out. None of that kind and id: nothing happens.
    pub fn delete(&mut self, kind: Kind, id: &str) -> Result<()> {
        let key = Term::from_field_text(self.fields.key, &key(kind, id));
        self.try_write(|writer| {
            writer.delete_term(key);
            Ok(())
        })
    }

    /// Takes all records out.
    pub fn clear(&mut self) -> Result<()> {
        self.try_write(|writer| {
            writer.delete_all_documents()?;
            Ok(())
        })
    }

    /// What was found to be wrong with the files of the index since it was opened: then nothing helps but to
    /// [start it anew](Writer::start_anew).
    pub fn damage(&self) -> Option<&str> {
        self.disk.damage.noted()
    }

    /// Starts the index anew in its folder: everything has to be written again. Until [`show`](Writer::show)
    /// is called, searches are answered from what was there before, as far as it can be read.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn start_anew(&mut self) -> Result<()> {
        if let Some(writer) = self.inner.take() {
            // Merges that are under way write into the folder. What becomes of them does not matter.
            let _ = writer.wait_merging_threads();
        }
        self.disk = OnDisk::create(self.search.dir())?;
        self.position = None;
        self.tidying.clear();
        self.hidden = true;
        Ok(())
    }

    /// Answers searches from an index that was started anew, as of its last commit.
    pub fn show(&mut self) -> Result<()> {
        if self.hidden {
            self.reload()?;
            self.hidden = false;
        }
        Ok(())
    }

    /// Makes everything since the last commit durable and searchable, as the state of the store at change
    /// `seq`. When this returns, searches see it, unless the index was [started anew](Writer::start_anew).
    pub fn commit(&mut self, seq: i64) -> Result<()> {
        let note = serde_json::to_string(&Note {
            store_id: self.store_id.clone(),
            schema: SCHEMA_VERSION,
            seq,
        })?;
        self.try_write(|writer| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&note);
            prepared.commit()?;
            Ok(())
        })?;
        self.position = Some(seq);
        self.last_commit = Instant::now();
        if self.hidden {
            return Ok(());
        }
        self.reload()
    }

    /// Puts the index in order while nothing is being written: fewer segments are faster to search. Meant to
    /// be called again and again by whoever waits for changes; it does nothing until some time after the
    /// last commit, never waits, and makes what an earlier call started visible when it is done.
    pub fn tidy(&mut self) -> Result<()> {
        if self.hidden || self.last_commit.elapsed() < QUIET {
            return Ok(());
        }
        let segments = self.disk.index.searchable_segment_metas()?;
        if !self.search.shows(&segments) {
            self.reload()?;
        }
        let ids = worth_merging(&segments);
        if ids.len() > 1 && ids != self.tidying {
            self.tidying.clone_from(&ids);
            // It goes on without us. If it fails, the segments are left as they are.
            drop(self.inner()?.merge(&ids));
        }
        Ok(())
    }

    fn inner(&mut self) -> Result<&mut IndexWriter> {
        let writer = if let Some(writer) = self.inner.take() {
            writer
        } else {
            // One thread: each makes a segment of its own per commit, and the other core searches.
            let writer: IndexWriter = self.disk.index.writer_with_num_threads(1, MEMORY_BYTES)?;
            writer.set_merge_policy(Box::new(merge_policy()));
            writer
        };
        Ok(self.inner.insert(writer))
    }

    fn reload(&self) -> Result<()> {
        self.search
            .show(&self.disk.reader)
            .inspect_err(|error| self.note(error))
    }

    fn note(&self, error: &Error) {
        if error.is_damage() {
            self.disk.damage.note(error);
        }
    }

    fn try_write(
        &mut self,
        write: impl FnOnce(&mut IndexWriter<TantivyDocument>) -> tantivy::Result<()>,
    ) -> Result<()> {
        let result = self.inner().and_then(|writer| Ok(write(writer)?));
        if let Err(error) = &result {
            self.note(error);
            // A writer that failed once may have lost its threads. Dropped without a commit, it leaves the
            // index as of the last one.
            self.inner = None;
        }
        result
    }
}

/// All segments but the largest, or all when the others have grown to a good part of it: a large segment
/// is not rewritten for a handful of records.
fn worth_merging(segments: &[SegmentMeta]) -> Vec<SegmentId> {
    let mut by_size: Vec<&SegmentMeta> = segments.iter().collect();
    by_size.sort_by_key(|segment| (Reverse(segment.num_docs()), segment.id()));
    let Some((largest, others)) = by_size.split_first() else {
        return Vec::new();
    };
    let in_others: u32 = others.iter().map(|segment| segment.num_docs()).sum();
    let worth = if in_others >= largest.num_docs() / LARGEST_TO_OTHERS {
        &by_size[..]
    } else {
        others
    };
    worth.iter().map(|segment| segment.id()).collect()
}

fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(MERGE_AT);
    policy.set_min_layer_size(SMALL_SEGMENT);
    policy.set_del_docs_ratio_before_merge(MAX_DELETED);
    policy
}
