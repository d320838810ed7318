//! An index whose files turn out to be damaged while a server answers from it.

use crate::error::ApiError;
use std::sync::{Arc, Mutex, PoisonError};

/// Starts an index anew if its files are damaged, or if writing it panicked; whether that was so. Searches go
/// on with what is left of the old one.
///
/// # Errors
/// When the folder cannot be written; the index is as damaged as before then.
pub async fn start_anew_if_damaged(writer: &Arc<Mutex<search::Writer>>) -> Result<bool, ApiError> {
    let writer = Arc::clone(writer);
    tokio::task::spawn_blocking(move || {
        let panicked = writer.is_poisoned();
        let mut open = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = match open.damage() {
            Some(damage) => damage.to_owned(),
            None if panicked => "writing it panicked".to_owned(),
            None => return Ok(false),
        };
        tracing::error!(%reason, "the search index is damaged and is built anew from the database");
        open.start_anew()?;
        writer.clear_poison();
        Ok(true)
    })
    .await
    .map_err(|_| ApiError::Internal("the index task panicked"))?
}
