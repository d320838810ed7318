//! The other commands.

mod demo;
mod migrate;
mod rates;
mod reindex;
