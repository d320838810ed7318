//! Where the machine keeps PostgreSQL's server programs.

use std::path::{Path, PathBuf};
use std::process::Command;

const OLDEST_MAJOR: u32 = 14;
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

const MISSING: &str = "the tests need PostgreSQL 14 or newer, with initdb, postgres and pg_ctl \
    in PATH or under /usr/lib/postgresql/*/bin: run `make test`, which installs it on Debian, or \
    `apt-get install postgresql`";

/// The folder with the server programs: the first in `PATH` that has them all, else
/// the newest of Debian's, which are in no `PATH`.
///
/// # Errors
/// One sentence that says what to install.
pub fn folder() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter_map(|folder| {
            // A lone link to initdb points to the folder that has the others.
            let initdb = folder.join("initdb").canonicalize().ok()?;
            initdb.parent().map(Path::to_path_buf)
        })
        .chain(debian_folders())
        .filter(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
        .find(|folder| major(folder).is_some_and(|major| major >= OLDEST_MAJOR))
        .ok_or_else(|| MISSING.to_owned())
}

/// `/usr/lib/postgresql/<major>/bin`, newest first.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(versions) = Path::new("/usr/lib/postgresql").read_dir() else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, bin)| bin).collect()
}

/// 15 from `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
