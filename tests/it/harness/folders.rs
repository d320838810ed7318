//! Where the data of tests lies.

use rustix::fs::statvfs;
use tempfile::TempDir;

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// Bytes that have to be free in memory: for all tests that run at once, with much to spare.
const ROOM: u64 = 2 << 30;

/// An empty folder, removed when dropped. Servers flush every commit, which in memory costs nothing; what is there
/// outlives a killed process as it does on a disk.
pub fn data_folder() -> TempDir {
    let has_room = statvfs(MEMORY).is_ok_and(|disk| disk.f_bavail * disk.f_frsize >= ROOM);
    let in_memory = has_room
        .then(|| tempfile::tempdir_in(MEMORY).ok())
        .flatten();
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}
