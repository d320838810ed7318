//! The change log, and the index that follows it.

mod cancelled;
mod disk_full;
mod frozen;
mod growth;
mod log;
mod lost_tail;
mod other_processes;
mod recovery;
mod refresh;
pub mod support;
