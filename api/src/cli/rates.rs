//! `toadlane rates`.

use super::{Failure, say, warn};
use crate::app;
use crate::config::StoreArgs;
use crate::formats::ecb_rates::{self, DayOfRates};
use crate::money;
use crate::store::COMMAND_CONNECTIONS;
use crate::telemetry;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

/// Rates of one transaction at least, except the last.
const BATCH: usize = 5_000;

/// Who the rates are from.
const SOURCE: &str = "ecb";

/// Exchange rates, by which pay in different currencies is compared
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Import(Import),
}

/// Read reference rates of the European Central Bank from a CSV file
///
/// The newest rate of each currency counts; rates that are there already are replaced. The bank
/// publishes eurofxref.csv (the last day) and eurofxref-hist.csv (every day since 1999), zipped.
/// Lines that cannot be read are left out and named.
#[derive(Debug, clap::Args)]
struct Import {
    #[command(flatten)]
    store: StoreArgs,

    /// The file, unzipped
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub async fn run(Args { command }: Args) -> Result<ExitCode, Failure> {
    telemetry::init();
    match command {
        Command::Import(args) => import(args).await,
    }
}

async fn import(Import { store, file }: Import) -> Result<ExitCode, Failure> {
    let fails = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let days = File::open(&file).map_err(|error| fails(&error))?;
    let days = ecb_rates::read(days).map_err(|error| fails(&error))?;
    let store = app::open_store(&store, COMMAND_CONNECTIONS).await?;
    let (mut stored, mut rejected) = (0, 0);
    let mut batch = BTreeMap::new();
    for day in days {
        match day {
            Ok(DayOfRates { day, rates }) => {
                batch.extend(
                    rates
                        .into_iter()
                        .map(|(currency, rate)| ((currency, day), rate)),
                );
            }
            Err(reject) => {
                let (file, line, reason) = (file.display(), reject.line, &reject.reason);
                warn(format_args!("{file}:{line}: {reason}"));
                rejected += 1;
            }
        }
        if batch.len() >= BATCH {
            stored += batch.len();
            money::save(&store, SOURCE, std::mem::take(&mut batch)).await?;
        }
    }
    stored += batch.len();
    money::save(&store, SOURCE, batch).await?;
    say(format_args!("rates: {stored}, rejected lines: {rejected}"));
    Ok(if rejected == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
