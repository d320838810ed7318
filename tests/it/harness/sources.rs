//! The server's own source, for tests that read it.

use std::path::Path;

/// Every source file of the server: its path in `api/src`, which begins with a slash, and its text.
pub fn sources() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src");
    let mut found = Vec::new();
    gather(Path::new(folder), &mut found);
    for (path, _) in &mut found {
        *path = path.strip_prefix(folder).unwrap().to_owned();
    }
    found
}

fn gather(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), source));
        }
    }
}
