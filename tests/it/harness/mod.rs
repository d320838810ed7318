//! A real server for each test, with its own database, and a client that speaks to it.

mod client;
mod command;
mod folders;
mod mail;
mod postgres;
mod server;
mod small_disk;
mod smtp;
mod sources;
mod sqlite;

pub use client::Answer;
pub use command::{Command, Serving};
pub use mail::{Mail, take as take_mail};
pub use server::{Database, Person, Server};
pub use small_disk::SmallDisk;
pub use smtp::{Mood, Smtp, Taken};
pub use sources::sources;

pub use entity::account::Role;
use serde_json::{Value, json};

/// Makes two tests of an `async fn(Server)`: one on SQLite, one on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::harness::Server::start($crate::harness::Database::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::harness::Server::start($crate::harness::Database::Postgres).await).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// The least an organization needs.
pub fn organization(name: &str) -> Value {
    json!({"name": name, "organization_type": "worker_cooperative"})
}

/// A path of the spec with its parameters filled in: the organization `listed`, ids that nothing has.
pub fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" => "listed",
        "{taxonomy}" => "sectors",
        "{kind}" => "validation",
        part if part.starts_with('{') => "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
