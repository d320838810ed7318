//! The change log and those who follow it.
//!
//! Every write to a record goes through a [`WriteTransaction`]: it buffers what
//! changed, and numbers it at the very end, so that the order of the numbers is
//! the order of the commits on both databases.

pub mod alerts;
pub mod allowance;
pub mod deadlines;
pub mod dependents;
pub mod diff;
pub mod follower;
pub mod index;
pub mod lost_tail;
mod mend;
pub mod open_index;
mod recomparison;
pub mod record;
pub mod searchable;
mod unseen;
pub mod wake;

pub use record::{Actor, Change, Sealed, WriteError, WriteTransaction, record};
