//! A disk that can be filled.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of some MiB over a folder, until dropped.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Puts one over a folder, with what is in the folder. `None` where the machine allows no mounting, as it
    /// does to root only: that is said, and whoever asked has nothing to test then.
    pub fn over(folder: &Path, mebibytes: u32) -> Option<Self> {
        let aside = tempfile::tempdir().unwrap();
        copy(folder, aside.path());
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder)
            .output();
        match mounted {
            Ok(output) if output.status.success() => {}
            refused => {
                eprintln!("not tested, as no disk can be mounted here: {refused:?}");
                return None;
            }
        }
        let disk = Self {
            folder: folder.to_owned(),
        };
        copy(aside.path(), folder);
        Some(disk)
    }

    /// Leaves no room.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        let mut size = 64 * 1024;
        while size > 0 {
            // Of what does not go in whole, a part may.
            if let Err(error) = ballast.write_all(&vec![0; size]) {
                assert_eq!(error.kind(), ErrorKind::StorageFull);
                size /= 2;
            }
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    /// Lets nobody write.
    pub fn make_read_only(&self) {
        let status = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&self.folder)
            .status();
        assert!(status.unwrap().success());
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.folder)
            .status();
    }
}

fn copy(from: &Path, to: &Path) {
    let source = from.join(".");
    let status = Command::new("cp").arg("-a").arg(source).arg(to).status();
    assert!(status.unwrap().success());
}
