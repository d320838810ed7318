//! SQLite databases for tests: each starts as a copy of one that has every migration applied.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sea_orm::{ConnectionTrait, Database, DbErr};

/// Puts a migrated, empty database where a server on this data dir looks for its own.
pub async fn put_database_in(data_dir: &Path) {
    let template = template().await;
    // As a server makes it.
    let mut builder = DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .unwrap();
    fs::copy(template, data_dir.join("toadlane.db")).unwrap();
}

/// The file to copy, made by whoever asks first after the tests were built; the others wait meanwhile.
async fn template() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = Path::new(program.file_name().unwrap());
    let file = folder.join(name.with_added_extension("template.db"));
    // The migrations are part of the program: a template that is younger has all of them.
    let built = modified(&program).unwrap();
    let is_current = || modified(&file).is_some_and(|made| made > built);
    if !is_current() {
        let lock = file.with_added_extension("lock");
        // Waiting for other processes must not hold up the test's runtime. The lock goes with the handle.
        let _lock = tokio::task::spawn_blocking(move || take(&lock))
            .await
            .unwrap();
        if !is_current() {
            make(&file).await.unwrap();
        }
    }
    file
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

fn take(lock: &Path) -> File {
    let file = File::create(lock).unwrap();
    file.lock().unwrap();
    file
}

async fn make(file: &Path) -> Result<(), DbErr> {
    // Named at last, so that nobody copies half of it.
    let unfinished = file.with_added_extension("new");
    // What a process left that died in the middle.
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", unfinished.display()));
    }
    let db = Database::connect(format!("sqlite://{}?mode=rwc", unfinished.display())).await?;
    // As servers keep it; the file says so.
    db.execute_unprepared("PRAGMA journal_mode = WAL").await?;
    migration::migrate(&db).await?;
    // The log goes into the file with the last connection.
    db.close().await?;
    fs::rename(unfinished, file).unwrap();
    Ok(())
}
