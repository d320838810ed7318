//! The command line: one file per command.

mod client;
mod demo;
mod file;
mod import;
mod keys;
mod migrate;
mod moderate;
mod openapi;
mod rates;
mod reindex;
mod serve;
mod user;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The directory and job board of the co-operative movement, as an API
#[derive(Debug, Parser)]
#[command(
    name = "toadlane",
    version,
    propagate_version = true,
    after_help = "Every flag has a variable (--data-dir is TOADLANE_DATA_DIR) and a key in\n./toadlane.toml (data_dir = \"/var/lib/toadlane\"). Flags win over variables, variables over\nthe file.\n\nFirst steps:\n  toadlane demo                              a directory of real co-operatives at http://127.0.0.1:8080\n  toadlane serve                             an empty one, in ./data\n  toadlane user create --email you@example.coop --role admin --password-stdin\n  toadlane import --format csv --map name=name --map website=website FILE"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Migrate(migrate::Args),
    Import(import::Args),
    Reindex(reindex::Args),
    Openapi(openapi::Args),
    User(user::Args),
    Moderate(moderate::Args),
    Client(client::Args),
    Keys(keys::Args),
    Rates(rates::Args),
}

/// Why a command failed, in words for the person who typed it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Reads the command line and runs the command. Failures are printed to standard error.
pub fn run() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(failure) => {
            warn(format_args!("toadlane: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<ExitCode, Failure> {
    let matches = file::with_defaults(with_variables(<Cli as clap::CommandFactory>::command()))?
        .get_matches();
    let cli = <Cli as clap::FromArgMatches>::from_arg_matches(&matches)
        .unwrap_or_else(|error| error.exit());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args).await,
            Command::Demo(args) => Box::pin(demo::run(args, &matches)).await,
            Command::Migrate(args) => migrate::run(args).await,
            Command::Import(args) => Box::pin(import::run(args)).await,
            Command::Reindex(args) => reindex::run(args).await,
            Command::Openapi(args) => openapi::run(&args),
            Command::User(args) => user::run(args).await,
            Command::Moderate(args) => moderate::run(args).await,
            Command::Client(args) => client::run(args).await,
            Command::Keys(args) => keys::run(args).await,
            Command::Rates(args) => rates::run(args).await,
        }
    })
}

/// Every flag has its variable: `--data-dir` is `TOADLANE_DATA_DIR`.
fn with_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_long() {
            Some(long) if arg.get_env().is_none() && !matches!(long, "help" | "version") => {
                let name = format!("TOADLANE_{}", long.replace('-', "_").to_uppercase());
                arg.env(name)
            }
            _ => arg,
        })
        .mut_subcommands(with_variables)
}

/// A line of a command's result.
fn say(line: impl std::fmt::Display) {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout();
    // Whoever reads through a pipe gets each line at once, and may have read enough.
    let said = writeln!(out, "{line}").and_then(|()| out.flush());
    if let Err(error) = said
        && error.kind() != ErrorKind::BrokenPipe
    {
        warn(format_args!("toadlane: standard output: {error}"));
    }
}

/// A line on standard error. Where it cannot be written, because its disk is full, it is lost: that ends
/// nothing, as `eprintln!` would.
fn warn(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
