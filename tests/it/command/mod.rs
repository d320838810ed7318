//! The other commands.

mod demo;
mod migrate;
mod reindex;
