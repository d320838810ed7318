//! What every resource uses: bodies, queries, conditions, pages, problems.

pub mod body;
pub mod broken_rules;
pub mod client_address;
pub mod connection;
pub mod content_coding;
pub mod cursor;
pub mod envelope;
pub mod etag;
pub mod fallback;
pub mod geo;
pub mod history;
pub mod idempotency;
pub mod json;
pub mod members;
pub mod pages;
pub mod problem;
pub mod query;
pub mod rate_limit;
pub mod refresh;
pub mod refusal;
pub mod spans;
pub mod turns;
pub mod unread;
