//! Exchange rates.
use crate::money::Cents;
use entity::job::Period;
use sea_orm::{ConnectionTrait, DbErr};
use std::sync::Arc;

/// Rates.
#[derive(Clone, Debug, Default)]
pub struct Rates;

impl Rates {
    /// Load.
    pub async fn load(_: &impl ConnectionTrait) -> Result<Self, DbErr> {
        Ok(Self)
    }
    /// Known.
    pub fn quotes(code: &str) -> bool {
        code == "EUR"
    }
    /// To EUR.
    pub fn to_reference(&self, cents: Cents, _: &str) -> Option<Cents> {
        Some(cents)
    }
    /// From EUR.
    pub fn from_reference(&self, cents: Cents, _: &str) -> Option<Cents> {
        Some(cents)
    }
    /// Yearly.
    pub fn yearly(&self, cents: Cents, _: &str, _: Period, _: Option<f64>) -> Option<i64> {
        Some(cents.0)
    }
}

/// Current.
#[derive(Default)]
pub struct CurrentRates(Rates);

impl CurrentRates {
    /// Now.
    pub fn current(&self) -> Arc<Rates> {
        Arc::new(self.0.clone())
    }
}
