//! What those who run the server, and machines that look around, ask for.

pub mod docs;
pub mod health;
pub mod metrics;
pub mod problems;
pub mod spec;
pub mod well_known;
