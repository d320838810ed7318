//! toadlane under test: over HTTP, against a real server with its own database, on SQLite and
//! PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod changes;
mod claims;
mod command;
mod duplicates;
mod feeds;
mod harness;
mod house;
mod http;
mod import;
mod jobs;
mod mail;
mod moderation;
mod organizations;
mod quota;
mod relevance;
mod saved_searches;
mod spec;
mod verification;
mod web;
