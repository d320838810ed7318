//! The search index at the start of a server.

use crate::app::StartError;
use crate::changes::index::head;
use crate::changes::lost_tail;
use crate::changes::searchable::IndexState;
use crate::money::Rates;
use crate::store::Store;
use search::{Opened, SearchIndex};
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Whose index it is. It holds ready-made views, so another release builds it anew; and salaries as they
/// compare by exchange rates, so other rates do too, unless the server sees them come.
pub fn index_id(instance: Uuid, rates: &Rates) -> String {
    format!(
        "{instance} {} {}",
        env!("CARGO_PKG_VERSION"),
        rates.version()
    )
}

/// Opens the index in the data dir, anew where the one there is not of this store.
///
/// # Errors
/// When another server has it open, or the disk or the database fails.
pub async fn open_index(
    data_dir: &Path,
    instance: Uuid,
    rates: &Rates,
    store: &Store,
) -> Result<(Arc<IndexState>, search::Writer), StartError> {
    let Opened {
        index,
        mut writer,
        position,
        rebuild_because,
    } = SearchIndex::open(&data_dir.join("index"), &index_id(instance, rates))?;
    if let Some(reason) = rebuild_because {
        tracing::info!(%reason, "the search index is built anew from the database");
    }
    let mut position = position.unwrap_or(0);
    // The log has gone back: the database was restored from a backup.
    if lost_tail::has_seen(store, position).await? {
        tracing::warn!(
            position,
            "the search index is ahead of the database and is built anew"
        );
        writer.clear()?;
        // What the database no longer knows is gone at once, even if it is empty.
        writer.commit(0)?;
        position = 0;
    }
    let head = head(&store.db).await?;
    Ok((Arc::new(IndexState::new(index, position, head)), writer))
}
