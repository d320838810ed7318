//! Restarts, other owners, damage and failing disks.

use std::fs;
use std::path::{Path, PathBuf};

use search::{Error, Kind, RebuildReason, SCHEMA_VERSION, SearchIndex};

use crate::harness::{TestIndex, doc, text_query};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for file in files(from) {
        fs::copy(&file, to.path().join(file.file_name().unwrap())).unwrap();
    }
    to
}

fn count(dir: &Path) -> u64 {
    SearchIndex::open(dir, "store")
        .unwrap()
        .index
        .document_count()
}

#[test]
fn an_index_is_found_again_where_it_was_left() {
    let mut index = TestIndex::new();
    assert_eq!(index.writer.position(), None);
    index.writer.put(&doc("a", "Farm", "")).unwrap();
    index.writer.commit(41).unwrap();
    index.writer.put(&doc("b", "Shop", "")).unwrap();
    index.writer.commit(42).unwrap();
    index.writer.put(&doc("c", "Never committed", "")).unwrap();
    let TestIndex {
        search,
        writer,
        dir,
    } = index;
    drop((search, writer));

    let opened = SearchIndex::open(dir.path(), "store").unwrap();
    assert_eq!(opened.rebuild_because, None);
    assert_eq!(opened.position, Some(42));
    assert_eq!(opened.writer.position(), Some(42));
    assert_eq!(opened.index.document_count(), 2);
    assert_eq!(opened.index.search(&text_query("shop")).unwrap().total, 1);
    assert!(opened.index.size_in_bytes().unwrap() > 0);
}

#[test]
fn a_process_that_dies_leaves_the_last_commit() {
    let mut index = TestIndex::with(&[doc("a", "Farm", "")]);
    index.writer.put(&doc("b", "Shop", "")).unwrap();
    // What a process killed at this moment would leave behind.
    let left = copy(index.dir.path());
    let opened = SearchIndex::open(left.path(), "store").unwrap();
    assert_eq!(
        (opened.position, opened.index.document_count()),
        (Some(1), 1)
    );
}

#[test]
fn replacing_deleting_and_clearing() {
    let mut index = TestIndex::with(&[doc("a", "Farm", ""), doc("b", "Shop", "")]);
    let before = index.search.generation();
    index.add(&[doc("a", "Mill", "")]);
    assert!(index.search.generation() > before);
    assert_eq!(index.search.document_count(), 2);
    assert_eq!(index.page("farm").total, 0);
    assert_eq!(index.set("mill"), ["a"]);
    // The last of several writes between two commits counts.
    index.writer.put(&doc("c", "First", "")).unwrap();
    index.writer.put(&doc("c", "Second", "")).unwrap();
    index.writer.delete(Kind::Organization, "b").unwrap();
    index.writer.commit(5).unwrap();
    assert_eq!(index.search.document_count(), 2);
    assert_eq!(
        (index.page("first").total, index.set("second")),
        (0, vec!["c".to_owned()])
    );
    index.writer.clear().unwrap();
    index.writer.put(&doc("d", "New", "")).unwrap();
    index.writer.commit(6).unwrap();
    assert_eq!(index.search.document_count(), 1);
}

#[test]
fn an_index_at_rest_is_put_in_order() {
    let mut index = TestIndex::new();
    for i in 0..4 {
        index.add(&[doc(&format!("{i}"), "Farm", "")]);
    }
    assert_eq!(index.search.segment_count(), 4);
    let start = std::time::Instant::now();
    while index.search.segment_count() > 1 && start.elapsed().as_secs() < 20 {
        index.writer.tidy().unwrap();
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    assert_eq!(index.search.segment_count(), 1);
    assert_eq!(index.page("farm").total, 4);
    // Writing goes on as before.
    index.add(&[doc("5", "Farm", "")]);
    assert_eq!(index.page("farm").total, 5);
    assert_eq!(index.writer.position(), Some(5));
}

#[test]
fn a_folder_has_one_owner() {
    let index = TestIndex::with(&[doc("a", "Farm", "")]);
    match SearchIndex::open(index.dir.path(), "store") {
        Err(Error::Locked { dir }) => assert_eq!(dir, index.dir.path()),
        other => panic!("{:?}", other.map(|opened| opened.position)),
    }
    let TestIndex {
        search,
        writer,
        dir,
    } = index;
    // The read side alone holds nothing.
    drop(writer);
    assert_eq!(count(dir.path()), 1);
    assert_eq!(search.document_count(), 1);
}

#[test]
fn indexes_of_others_are_not_used() {
    let index = TestIndex::with(&[doc("a", "Farm", "")]);
    let other = copy(index.dir.path());
    let opened = SearchIndex::open(other.path(), "another store").unwrap();
    assert_eq!(opened.rebuild_because, Some(RebuildReason::OtherStore));
    assert_eq!((opened.position, opened.index.document_count()), (None, 0));

    let older = copy(index.dir.path());
    let meta = older.path().join("meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    let version = |version: u32| format!("\\\"schema\\\":{version}");
    assert!(text.contains(&version(SCHEMA_VERSION)));
    fs::write(
        &meta,
        text.replace(&version(SCHEMA_VERSION), &version(SCHEMA_VERSION + 1)),
    )
    .unwrap();
    let opened = SearchIndex::open(older.path(), "store").unwrap();
    assert_eq!(opened.rebuild_because, Some(RebuildReason::OtherVersion));

    let missing = tempfile::tempdir().unwrap();
    let opened = SearchIndex::open(&missing.path().join("not/there/yet"), "store").unwrap();
    assert_eq!(opened.rebuild_because, Some(RebuildReason::Missing));
}

type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);

/// However a file is damaged, the index opens, and is either whole or empty and new.
#[test]
fn damaged_files_lead_to_a_new_index() {
    let mut index = TestIndex::new();
    for i in 0..40 {
        index
            .writer
            .put(&doc(&format!("{i}"), "Farm", "some words about it"))
            .unwrap();
    }
    index.writer.commit(1).unwrap();
    index.writer.delete(Kind::Organization, "3").unwrap();
    index.writer.commit(2).unwrap();
    let truncate = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let empty = |bytes: &mut Vec<u8>| bytes.clear();
    let garble_start =
        |bytes: &mut Vec<u8>| bytes.iter_mut().take(9).for_each(|byte| *byte ^= 0x5a);
    let garble_middle = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes
            .iter_mut()
            .skip(middle)
            .take(9)
            .for_each(|byte| *byte ^= 0x5a);
    };
    let garble_end = |bytes: &mut Vec<u8>| {
        bytes
            .iter_mut()
            .rev()
            .take(9)
            .for_each(|byte| *byte ^= 0x5a);
    };
    let damages: [Damage<'_>; 5] = [
        &truncate,
        &empty,
        &garble_start,
        &garble_middle,
        &garble_end,
    ];
    for file in files(index.dir.path()) {
        let name = file.file_name().unwrap();
        for damage in damages.iter().map(Some).chain([None]) {
            let copy = copy(index.dir.path());
            let path = copy.path().join(name);
            match damage {
                Some(damage) => {
                    let mut bytes = fs::read(&path).unwrap();
                    damage(&mut bytes);
                    fs::write(&path, bytes).unwrap();
                }
                None => fs::remove_file(&path).unwrap(),
            }
            let mut opened = SearchIndex::open(copy.path(), "store").unwrap();
            let whole = (Some(2), 39);
            let state = (opened.position, opened.index.document_count());
            match &opened.rebuild_because {
                None => assert_eq!(state, whole, "{name:?}"),
                Some(_) => assert_eq!(state, (None, 0), "{name:?}"),
            }
            opened.writer.put(&doc("new", "Mill", "")).unwrap();
            opened.writer.commit(3).unwrap();
            assert_eq!(
                opened.index.search(&text_query("mill")).unwrap().total,
                1,
                "{name:?}"
            );
        }
    }
}

#[test]
fn a_failed_commit_is_an_error_and_can_be_repeated() {
    let mut index = TestIndex::with(&[doc("a", "Farm", "")]);
    // A folder in the place of the file makes the commit's last step fail, as a full disk would.
    let meta = index.dir.path().join("meta.json");
    let aside = index.dir.path().join("meta.aside");
    fs::rename(&meta, &aside).unwrap();
    fs::create_dir(&meta).unwrap();
    index.writer.put(&doc("b", "Shop", "")).unwrap();
    assert!(index.writer.commit(2).is_err());
    assert_eq!(index.writer.position(), Some(1));
    assert_eq!(index.search.document_count(), 1);
    assert!(index.writer.put(&doc("b", "Shop", "")).is_err());

    fs::remove_dir(&meta).unwrap();
    fs::rename(&aside, &meta).unwrap();
    index.writer.put(&doc("b", "Shop", "")).unwrap();
    index.writer.commit(2).unwrap();
    assert_eq!(index.writer.position(), Some(2));
    assert_eq!(index.search.document_count(), 2);
}

/// An index whose records are in many blocks, so that no search has read them all.
fn large() -> TestIndex {
    let mut index = TestIndex::new();
    for i in 0..400 {
        let text = format!("farm number {i} ").repeat(40);
        index
            .writer
            .put(&doc(&format!("{i}"), &format!("Farm {i}"), &text))
            .unwrap();
    }
    index.writer.commit(1).unwrap();
    index
}

fn truncate(path: &Path, length: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(length).unwrap();
}

/// What is truncated while it is in use ends nothing: it is an error where it is needed, noticed, and mended.
#[test]
fn files_truncated_in_use_are_noticed_and_written_anew() {
    let mut index = large();
    assert_eq!(index.writer.damage(), None);
    for file in files(index.dir.path()) {
        truncate(&file, 0);
    }
    let error = index.search.search(&text_query("number")).unwrap_err();
    assert!(error.is_damage(), "{error}");
    assert!(index.writer.damage().is_some());

    index.writer.start_anew().unwrap();
    assert_eq!(index.writer.position(), None);
    assert_eq!(index.writer.damage(), None);
    index.writer.put(&doc("new", "Mill", "")).unwrap();
    index.writer.commit(2).unwrap();
    // Until it is shown, searches see the old one.
    assert_eq!(index.search.document_count(), 400);
    index.writer.show().unwrap();
    assert_eq!(index.search.document_count(), 1);
    assert_eq!(index.set("mill"), ["new"]);
    index.add(&[doc("newer", "Mill", "")]);
    assert_eq!(index.search.document_count(), 2);
}

#[test]
fn files_that_are_gone_are_noticed_by_the_writer() {
    let mut index = large();
    fs::remove_dir_all(index.dir.path()).unwrap();
    for attempt in 0..3 {
        let written = index.writer.put(&doc("new", "Mill", ""));
        let written = written.and_then(|()| index.writer.commit(2));
        assert!(written.is_err(), "{attempt}");
        if index.writer.damage().is_some() {
            break;
        }
    }
    assert!(index.writer.damage().is_some());
    assert_eq!(index.page("number").total, 400);
    index.writer.start_anew().unwrap();
    index.writer.show().unwrap();
    index.add(&[doc("new", "Mill", "")]);
    assert_eq!(index.set("mill"), ["new"]);
}
