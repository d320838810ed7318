//! The index from outside, as the API uses it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod harness;

mod faults;
mod highlights;
mod hostile;
mod jobs;
mod lists;
mod model;
mod stages;
mod suggestions;
mod words;
