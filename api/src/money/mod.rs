//! Money: amounts, and what they are worth.

mod cents;

pub use cents::Cents;

pub mod rates;
pub use rates::{CurrentRates, Rates};
