//! `toadlane moderate`.

use super::{Failure, say};
use crate::app;
use crate::changes::{Actor, WriteTransaction};
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::moderation::note;
use crate::moderation::queue::{self, Only, QueueType};
use crate::organizations::editor;
use crate::organizations::moderate::{Decision, decide};
use crate::store::COMMAND_CONNECTIONS;
use entity::change::ActorRole;
use entity::ids::AccountId;
use entity::organization;
use sea_orm::EntityTrait;
use std::process::ExitCode;
use uuid::Uuid;

/// Items of the queue read at a time
const PAGE: usize = 100;

/// What waits for a moderator, and deciding it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Queue(Queue),
    /// Show a listing to everybody, or confirm one that changed after others vouched for it
    #[command(
        after_help = "Example:\n  toadlane moderate publish rainy-day-traders --note \"Welcome!\"\n\nIts owners get a mail with the note."
    )]
    Publish(Listing),
    /// Decline a listing that waits
    #[command(
        after_help = "Example:\n  toadlane moderate reject rainy-day-traders --note \"Please tell us who your members are.\"\n\nIts owners get a mail with the note, and may hand it in again."
    )]
    Reject(Listing),
    /// Take a listing from the public, or from the queue; it is kept
    #[command(
        after_help = "Example:\n  toadlane moderate archive rainy-day-traders --note \"It closed in spring.\"\n\nIts owners get a mail with the note."
    )]
    Archive(Listing),
}

/// Print what waits, oldest first: type, since when, id, and the listing's slug
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  toadlane moderate queue --type listing --limit 20")]
struct Queue {
    /// Only these
    #[arg(long = "type", value_enum)]
    type_: Option<TypeArg>,

    /// Only what this account posted, each of its listings: otherwise the one that has waited longest stands
    /// for all of them, and its line ends with the account and how many more there are
    #[arg(long)]
    account: Option<Uuid>,

    /// Lines at most
    #[arg(long, default_value_t = 100)]
    limit: usize,

    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, clap::Args)]
struct Listing {
    /// Id or slug
    #[arg(value_name = "ID")]
    id: String,

    /// Why, for its owners and its history
    #[arg(long)]
    note: Option<String>,

    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TypeArg {
    /// Listings that are pending
    Listing,
    /// Contested claims
    Claim,
    /// Open reports
    Report,
}

pub async fn run(Args { command }: Args) -> Result<ExitCode, Failure> {
    match command {
        Command::Queue(args) => print_queue(args).await,
        Command::Publish(args) => moderate(args, Decision::Publish).await,
        Command::Reject(args) => moderate(args, Decision::Reject).await,
        Command::Archive(args) => moderate(args, Decision::Archive).await,
    }
}

async fn print_queue(args: Queue) -> Result<ExitCode, Failure> {
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let type_ = args.type_.map(|type_| match type_ {
        TypeArg::Listing => QueueType::Listing,
        TypeArg::Claim => QueueType::Claim,
        TypeArg::Report => QueueType::Report,
    });
    let only = Only {
        type_,
        account: args.account.map(AccountId),
    };
    let (mut left, mut after) = (args.limit, None);
    while left > 0 {
        let (items, next) =
            queue::page(&store.db, Clock::System.now(), only, after, left.min(PAGE)).await?;
        for item in &items {
            let what = match item.type_ {
                QueueType::Listing => "listing",
                QueueType::Claim => "claim",
                QueueType::Report => "report",
            };
            let since = item.since.format("%Y-%m-%dT%H:%M:%SZ");
            let more = match (item.account, item.more) {
                (Some(account), Some(more)) => format!("\t{account}\t+{more}"),
                _ => String::new(),
            };
            say(format_args!(
                "{what}\t{since}\t{}\t{}{more}",
                item.id, item.organization.slug
            ));
        }
        left -= items.len();
        if next.is_none() {
            break;
        }
        after = next;
    }
    Ok(ExitCode::SUCCESS)
}

async fn moderate(args: Listing, decision: Decision) -> Result<ExitCode, Failure> {
    let note = args.note.filter(|note| !note.trim().is_empty());
    note::check(note.as_deref().unwrap_or_default()).map_err(|fault| format!("--note: {fault}"))?;
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let found = editor::find(&store.db, organization::Entity::find(), &args.id).await?;
    let organization = found.ok_or_else(|| format!("there is no organization \"{}\"", args.id))?;
    let actor = Actor {
        account: None,
        role: ActorRole::Admin,
        source: None,
    };
    let mut txn = WriteTransaction::begin(&store).await?;
    let id = organization.id;
    let row = decide(&mut txn, &Clock::System, id, decision, note, actor).await?;
    txn.commit().await?;
    say(format_args!("{} {}", decision.done(), row.slug));
    Ok(ExitCode::SUCCESS)
}
