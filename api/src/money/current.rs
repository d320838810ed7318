//! The rates that are used now.

use crate::money::Rates;
use sea_orm::{ConnectionTrait, DbErr};
use std::sync::{Arc, PoisonError, RwLock};

/// Rates that are read from the database once a minute.
pub struct CurrentRates(RwLock<Arc<Rates>>);

impl CurrentRates {
    /// Those of the database now.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        Ok(Self(RwLock::new(Arc::new(Rates::load(db).await?))))
    }

    /// Reads them anew.
    ///
    /// # Errors
    /// Whatever the database answers; the old ones are used on then.
    pub async fn reload(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let rates = Arc::new(Rates::load(db).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rates;
        Ok(())
    }

    /// The rates as of the last look.
    pub fn current(&self) -> Arc<Rates> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
