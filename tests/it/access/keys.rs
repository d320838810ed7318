//! Rotation of signing keys.

use crate::harness::{Command, Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use sea_orm::EntityTrait;
use toadlane::clock::Clock;

const PATH: &str = "/v1/organizations";

async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

async fn kids(server: &Server) -> Vec<String> {
    let jwks = server.get("/.well-known/jwks.json").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn rotate(server: &Server) {
    let output = Command::new(&["keys", "rotate"])
        .on(server.data_dir(), &server.database_url())
        .run("");
    assert!(output.status.success(), "{output:?}");
}

async fn tokens_of_the_old_key_stay_valid_until_they_lapse(database: Database) {
    let server = start(database).await;
    let old = server.state.keys.kid().to_owned();
    rotate(&server);
    // Until it is started again the server signs as before.
    let token = server.token(Role::Member).await;
    assert_eq!(kids(&server).await, [old.as_str()]);

    let server = server.restart().await;
    let (db, clock) = (&server.state.store.db, &server.state.clock);
    let new = server.state.keys.kid().to_owned();
    assert_ne!(old, new);
    // Both were made at one time: their order says nothing.
    let mut both = kids(&server).await;
    both.sort();
    let mut expected = [old.clone(), new.clone()];
    expected.sort();
    assert_eq!(both, expected);
    assert_eq!(server.get_as(PATH, &token).await.status, 200);
    let fresh = server.token(Role::Member).await;
    clock.advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_eq!(server.get_as(PATH, &token).await.status, 200);
    assert_eq!(server.get_as(PATH, &fresh).await.status, 200);
    clock.advance(TimeDelta::seconds(10));
    server.get_as(PATH, &token).await.problem(401);

    // What the old key signs now is not accepted for ever.
    assert_eq!(kids(&server).await.len(), 2);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(kids(&server).await, [new.as_str()]);
    assert!(server.state.keys.known(&old, clock.now()).is_none());
    let public = server.state.keys.public(db, &old, clock.now()).await;
    assert!(public.unwrap().is_none());
    server.state.keys.sweep(db, clock.now()).await.unwrap();
    let rows = entity::signing_key::Entity::find().all(db).await.unwrap();
    assert_eq!(rows.len(), 1);
    // Starting again changes nothing.
    let server = server.restart().await;
    assert_eq!(server.state.keys.kid(), new);
    assert_eq!(kids(&server).await, [new.as_str()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_the_old_key_stay_valid_on_sqlite() {
    tokens_of_the_old_key_stay_valid_until_they_lapse(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_the_old_key_stay_valid_on_postgres() {
    tokens_of_the_old_key_stay_valid_until_they_lapse(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_server_that_is_gone_retires() {
    let one = start(Database::Postgres).await;
    let mut two = one.start_another().await;
    let token = two.token(Role::Member).await;
    let kid = two.state.keys.kid().to_owned();
    let clock = one.state.clock.clone();
    let db = &one.state.store.db;
    assert_eq!(one.get_as(PATH, &token).await.status, 200);

    let retire = || toadlane::auth::keys::retire(db, &kid, clock.now());
    assert!(retire().await.unwrap());
    assert!(!retire().await.unwrap(), "it is retired already");
    // It is there after all, and says so.
    two.state.keys.sweep(db, clock.now()).await.unwrap();
    assert!(retire().await.unwrap());
    two.stop().await;
    // The other's memory notices within a minute.
    one.state.keys.reload(db, clock.now()).await.unwrap();
    assert!(one.state.keys.known(&kid, clock.now()).is_some());
    assert_eq!(one.get_as(PATH, &token).await.status, 200);
    clock.advance(TimeDelta::minutes(75));
    assert!(one.state.keys.known(&kid, clock.now()).is_none());
    assert_eq!(kids(&one).await, [one.state.keys.kid()]);
    // One that comes back takes its key back.
    let two = one.start_another().await;
    assert_eq!(two.state.keys.kid(), kid);
    let token = two.token(Role::Member).await;
    assert_eq!(one.get_as(PATH, &token).await.status, 200);

    let unknown = Command::new(&["keys", "retire", "nobody"])
        .on(one.data_dir(), &one.database_url())
        .run("");
    assert!(!unknown.status.success());
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("nobody")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_removed_is_forgotten() {
    let one = start(Database::Postgres).await;
    let two = one.start_another().await;
    let token = two.token(Role::Member).await;
    let db = &one.state.store.db;
    assert_eq!(one.get_as(PATH, &token).await.status, 200);
    entity::signing_key::Entity::delete_by_id(two.state.keys.kid())
        .exec(db)
        .await
        .unwrap();
    let now = one.state.clock.now();
    one.state.keys.reload(db, now).await.unwrap();
    one.get_as(PATH, &token).await.problem(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_may_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    toadlane::auth::key_file::rotate(&path).unwrap();
    let given = path.clone();
    let server = Server::start_with(Database::Sqlite, Clock::System, move |config| {
        config.serve.key.signing_key_file = Some(given.clone());
    })
    .await;
    assert!(!server.data_dir().join("keys/ed25519.pem").exists());
    let first = server.state.keys.kid().to_owned();
    let token = server.token(Role::Member).await;
    toadlane::auth::key_file::rotate(&path).unwrap();
    let server = server.restart().await;
    assert_ne!(server.state.keys.kid(), first);
    assert_eq!(server.get_as(PATH, &token).await.status, 200);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let missing = Command::new(&["serve", "--signing-key-file", "/nowhere/key.pem"])
        .on(&server.data_dir().join("other"), "sqlite::memory:")
        .run("");
    assert!(!missing.status.success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_that_is_made_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = start(Database::Sqlite).await;
    let keys = server.data_dir().join("keys");
    let check = || {
        let mode = |path: &std::path::Path| {
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            mode & 0o777
        };
        for folder in [server.data_dir(), &keys, &server.data_dir().join("outbox")] {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&keys).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            files.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
        files.sort();
        // No draft is left behind.
        assert_eq!(files, ["ed25519.pem", "last-used.kid"]);
        std::fs::read_to_string(keys.join("ed25519.pem")).unwrap()
    };
    let first = check();
    assert!(first.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    rotate(&server);
    assert_ne!(check(), first);
    let data_dir = server.data_dir().to_owned();
    let server = server.restart().await;
    let again = std::fs::read_to_string(data_dir.join("keys/ed25519.pem")).unwrap();
    assert_ne!(again, first);
    // Another start makes no other key.
    let kid = server.state.keys.kid().to_owned();
    let token = server.token(Role::Member).await;
    let server = server.restart().await;
    let same = std::fs::read_to_string(data_dir.join("keys/ed25519.pem")).unwrap();
    assert_eq!(same, again);
    assert_eq!(server.state.keys.kid(), kid);
    assert_eq!(server.get_as(PATH, &token).await.status, 200);
}

/// Whoever has spoilt the file can bring the key back: it is not replaced.
#[test]
fn what_is_no_key_stops_the_server_and_stays() {
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    for text in ["", "not a key", public] {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        let file = keys.join("ed25519.pem");
        std::fs::write(&file, text).unwrap();
        let database = format!("sqlite://{}", folder.path().join("toadlane.db").display());
        let refused = Command::new(&["serve", "--listen", "127.0.0.1:0"])
            .on(folder.path(), &database)
            .run("");
        assert!(!refused.status.success(), "{text}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(
            told.contains("ed25519.pem: not an Ed25519 private key"),
            "{told}"
        );
        assert!(text.is_empty() || !told.contains(text), "{told}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}
