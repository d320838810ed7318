//! Mail: asked for in the transaction of the write that causes it, sent afterwards by a follower.

pub mod address;
pub mod allowance;
pub mod claims;
pub mod classes;
pub mod job_alerts;
pub mod letters;
pub mod post;
pub mod queue;
pub mod tokens;
pub mod transport;

pub use allowance::Sender;
pub use queue::{Message, queue, queue_all, request};
