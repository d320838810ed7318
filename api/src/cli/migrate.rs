//! `toadlane migrate`.

use super::{Failure, say};
use crate::app;
use crate::config::StoreArgs;
use crate::store::COMMAND_CONNECTIONS;
use std::process::ExitCode;

/// Bring the database schema up to date and stop (every other command does so first, too)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(Args { store }: Args) -> Result<ExitCode, Failure> {
    app::open_store(&store, COMMAND_CONNECTIONS).await?;
    say("the database schema is up to date");
    Ok(ExitCode::SUCCESS)
}
