//! The other commands.

mod demo;
mod migrate;
mod pipe;
mod rates;
mod reindex;
