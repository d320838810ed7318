//! Mail: asked for in the transaction of the write that causes it, sent afterwards by a follower.

pub mod job_alerts;
pub mod letters;
pub mod post;
pub mod queue;
pub mod tokens;
pub mod transport;

pub use queue::{Message, queue, queue_all};
