//! `toadlane reindex`.

use super::{Failure, say};
use crate::app;
use crate::changes::follower::{Progress, Projection};
use crate::changes::index::{self, IndexProjection};
use crate::changes::open_index;
use crate::changes::searchable::IndexState;
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::money::CurrentRates;
use crate::store::COMMAND_CONNECTIONS;
use search::SearchIndex;
use std::process::ExitCode;
use std::sync::Arc;

/// Build the search index anew from the database; refused while a server uses it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(Args { store: args }: Args) -> Result<ExitCode, Failure> {
    let store = app::open_store(&args, COMMAND_CONNECTIONS).await?;
    let instance = app::instance(&store, &Clock::System).await?;
    let head = index::head(&store.db).await?;
    let rates = Arc::new(CurrentRates::load(&store.db).await?);
    let index_id = open_index::index_id(instance.id, &rates.current());
    let opened = SearchIndex::open(&args.data_dir.join("index"), &index_id)?;
    let mut writer = opened.writer;
    writer.clear()?;
    // Also when there is nothing to put in, and begun anew by the next server if this one is stopped.
    writer.commit(0)?;
    let state = Arc::new(IndexState::new(opened.index, 0, head));
    let mut projection = IndexProjection::new(store, Clock::System, rates, writer, state.clone());
    while projection.drain_once().await? == Progress::More {}
    say(format_args!(
        "{} records are searchable",
        state.index.document_count()
    ));
    Ok(ExitCode::SUCCESS)
}
