//! `toadlane keys`.

use super::{Failure, say};
use crate::app;
use crate::auth::key_file;
use crate::auth::keys::{self, KeyFiles};
use crate::clock::Clock;
use crate::config::{KeyArgs, StoreArgs};
use crate::store::COMMAND_CONNECTIONS;
use std::process::ExitCode;

/// Keys that access tokens are signed with
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Rotate(Rotate),
    Retire(Retire),
}

/// Make a new private key; the server signs with it once it is started again
///
/// Tokens that were signed with the old key stay valid until they lapse.
#[derive(Debug, clap::Args)]
struct Rotate {
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// Retire the key of a server that is gone for good
///
/// A server that still signs with it takes it back within the hour.
#[derive(Debug, clap::Args)]
struct Retire {
    /// `kid` of the key, as /.well-known/jwks.json has it
    #[arg(value_name = "KID")]
    kid: String,

    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(Args { command }: Args) -> Result<ExitCode, Failure> {
    match command {
        Command::Rotate(args) => {
            // Makes the folder, if it is not there.
            app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
            let dir = args.store.data_dir.join("keys");
            let given = args.key.signing_key_file.as_deref();
            let path = KeyFiles { dir: &dir, given }.path();
            key_file::rotate(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            say(format_args!(
                "made a new key in {}; restart the server to sign with it",
                path.display()
            ));
        }
        Command::Retire(args) => {
            let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
            if !keys::retire(&store.db, &args.kid, Clock::System.now()).await? {
                return Err(format!("there is no key {} in use", args.kid).into());
            }
            say(format_args!("retired {}", args.kid));
        }
    }
    Ok(ExitCode::SUCCESS)
}
