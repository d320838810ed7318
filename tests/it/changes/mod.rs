//! The change log, and the index that follows it.

mod cancelled;
mod damaged;
mod disk_full;
mod frozen;
mod growth;
mod log;
mod lost_tail;
mod other_processes;
mod power_cut;
mod recovery;
mod refresh;
pub mod support;
