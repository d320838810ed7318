//! Money of different currencies and periods, compared.
//!
//! What people typed is stored as they typed it; for comparing, everything becomes cents of the
//! euro, per year. That is approximate by nature: rates are reference rates of some day.

mod current;
mod rates;
mod save;
mod yearly;

pub use current::CurrentRates;
pub use entity::money::{Amount, Period};
pub use rates::Rates;
pub use save::save;
