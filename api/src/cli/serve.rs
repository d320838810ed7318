//! `toadlane serve`.

use super::{Failure, say};
use crate::app::Application;
use crate::clock::Clock;
use crate::config::{Config, ServeArgs, StoreArgs};
use crate::telemetry;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Serve the API: migrates the database, opens or rebuilds the search index, and listens
///
/// Stops on SIGTERM and Ctrl-C, after the requests in flight are answered.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  toadlane serve --data-dir /var/lib/toadlane --public-url https://directory.example.coop"
)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    serve: ServeArgs,
}

pub async fn run(Args { store, serve }: Args) -> Result<ExitCode, Failure> {
    telemetry::init();
    let application = Application::build(Config { store, serve }, Clock::System).await?;
    say(format_args!(
        "listening on http://{}",
        application.address()
    ));
    until_told(application).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until SIGTERM or SIGINT, then drains; a second signal ends at once.
pub async fn until_told(application: Application) -> Result<(), Failure> {
    let handle = application.handle();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests in flight are answered first");
        tokio::select! {
            () = handle.stop(true) => {}
            _ = terminate.recv() => handle.stop(false).await,
            _ = interrupt.recv() => handle.stop(false).await,
        }
    });
    application.run().await?;
    Ok(())
}
