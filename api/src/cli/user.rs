//! `toadlane user`.

use super::{Failure, say};
use crate::app;
use crate::auth::{password_reset, passwords};
use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::moderation::note;
use crate::moderation::standing::{self, Deed};
use crate::moderation::users::{self, ROLES, UserParameters};
use crate::store::{COMMAND_CONNECTIONS, Store};
use entity::account::{self, Role};
use entity::account_event::Action;
use entity::ids::AccountId;
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, SqlErr};
use std::io::Read;
use std::process::ExitCode;
use validator::ValidateEmail;

/// Accounts read at a time.
const PAGE: u64 = 100;

/// Accounts of people
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
    List(List),
    SetRole(SetRole),
    ResetPassword(ResetPassword),
    /// End an account's log-ins at once, and let it log in no more
    #[command(
        after_help = "Example:\n  toadlane user suspend --email ada@example.coop --note \"Advertising in every listing.\""
    )]
    Suspend(Standing),
    /// Let a suspended account log in again
    #[command(after_help = "Example:\n  toadlane user unsuspend --email ada@example.coop")]
    Unsuspend(Standing),
}

/// Create an account that can log in at once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  printf %s \"$PASSWORD\" | toadlane user create --email ada@example.coop --role moderator --password-stdin"
)]
struct Create {
    /// E-mail address; the login name
    #[arg(long)]
    email: String,

    /// What the account may do
    #[arg(long, value_enum)]
    role: RoleArg,

    /// Read the password from standard input (at least 12 characters; one newline at the end is dropped)
    #[arg(long, required = true)]
    password_stdin: bool,

    #[command(flatten)]
    store: StoreArgs,
}

/// Print accounts, the oldest first: address, role, since when, and whether it is suspended
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  toadlane user list --role admin")]
struct List {
    /// How the address begins
    #[arg(long, value_name = "BEGINNING")]
    email: Option<String>,

    /// Only accounts with this role
    #[arg(long, value_enum)]
    role: Option<RoleArg>,

    /// Only accounts that are suspended
    #[arg(long)]
    suspended: bool,

    #[command(flatten)]
    store: StoreArgs,
}

/// Give an account another role, at once for the log-ins it has too
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  toadlane user set-role --email ada@example.coop --role moderator"
)]
struct SetRole {
    /// E-mail address of the account
    #[arg(long)]
    email: String,

    /// What the account may do
    #[arg(long, value_enum)]
    role: RoleArg,

    #[command(flatten)]
    store: StoreArgs,
}

/// Give an account another password, and end its log-ins
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  printf %s \"$PASSWORD\" | toadlane user reset-password --email ada@example.coop --password-stdin"
)]
struct ResetPassword {
    /// E-mail address of the account
    #[arg(long)]
    email: String,

    /// Read the password from standard input (at least 12 characters; one newline at the end is dropped)
    #[arg(long, required = true)]
    password_stdin: bool,

    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, clap::Args)]
struct Standing {
    /// E-mail address of the account
    #[arg(long)]
    email: String,

    /// Why; it is kept with the account
    #[arg(long)]
    note: Option<String>,

    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RoleArg {
    /// Lists organizations, which wait for a moderator
    Member,
    /// Publishes, edits and removes any record
    Moderator,
    /// A moderator who also runs the instance
    Admin,
}

pub async fn run(Args { command }: Args) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(args) => create(args).await,
        Command::List(args) => list(args).await,
        Command::SetRole(args) => set_role(args).await,
        Command::ResetPassword(args) => reset_password(args).await,
        Command::Suspend(args) => stand(args, true).await,
        Command::Unsuspend(args) => stand(args, false).await,
    }
}

async fn create(args: Create) -> Result<ExitCode, Failure> {
    let email = args.email.trim().to_lowercase();
    if !email.validate_email() || email.len() > 254 {
        return Err(format!("--email: \"{email}\" is not an e-mail address").into());
    }
    let password = password_from_stdin()?;
    passwords::check(&password).map_err(|fault| format!("the password {fault}"))?;
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let clock = Clock::System;
    let inserted = account::Entity::insert(account::ActiveModel {
        id: Set(AccountId(clock.new_id())),
        email: Set(email.clone()),
        name: Set(None),
        role: Set(role(args.role)),
        password_hash: Set(passwords::hash(password).await?),
        created_at: Set(clock.now()),
        suspended_at: Set(None),
    })
    .exec_without_returning(&store.db)
    .await;
    match inserted {
        Ok(_) => {}
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            return Err(format!("there is an account for {email} already").into());
        }
        Err(error) => return Err(error.into()),
    }
    say(format_args!("created {email}"));
    Ok(ExitCode::SUCCESS)
}

async fn list(args: List) -> Result<ExitCode, Failure> {
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let filters = UserParameters {
        q: args.email,
        role: args.role.map(role),
        suspended: args.suspended.then_some(true),
        ..UserParameters::default()
    };
    let mut after = None;
    loop {
        let rows = users::find(&filters, after)
            .limit(PAGE)
            .all(&store.db)
            .await?;
        for row in &rows {
            let word = ROLES.iter().find(|(_, role)| *role == row.role);
            let word = word.map_or("", |(word, _)| *word);
            let since = row.created_at.format("%Y-%m-%d");
            let state = if row.suspended_at.is_some() {
                "suspended"
            } else {
                "active"
            };
            say(format_args!("{}\t{word}\t{since}\t{state}", row.email));
        }
        after = rows.last().map(|row| row.id);
        if after.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

async fn set_role(args: SetRole) -> Result<ExitCode, Failure> {
    let (store, deed) = open(&args.store, &args.email, None).await?;
    let txn = WriteTransaction::begin(&store).await?;
    let row = standing::set_role(&txn, &Clock::System, deed, role(args.role)).await?;
    txn.commit().await?;
    say(format_args!("{} has the role now", row.email));
    Ok(ExitCode::SUCCESS)
}

async fn reset_password(args: ResetPassword) -> Result<ExitCode, Failure> {
    let password = password_from_stdin()?;
    passwords::check(&password).map_err(|fault| format!("the password {fault}"))?;
    let hash = passwords::hash(password).await?;
    let (store, deed) = open(&args.store, &args.email, None).await?;
    let clock = Clock::System;
    let txn = WriteTransaction::begin(&store).await?;
    password_reset::change(&txn, deed.account, hash, None, clock.now()).await?;
    standing::note(&txn, &clock, deed, Action::PasswordReset, None).await?;
    txn.commit().await?;
    say("the new password is valid; every log-in has ended");
    Ok(ExitCode::SUCCESS)
}

async fn stand(args: Standing, suspend: bool) -> Result<ExitCode, Failure> {
    let note = args.note.filter(|note| !note.trim().is_empty());
    note::check(note.as_deref().unwrap_or_default()).map_err(|fault| format!("--note: {fault}"))?;
    let (store, deed) = open(&args.store, &args.email, note).await?;
    let txn = WriteTransaction::begin(&store).await?;
    let done = if suspend {
        standing::suspend(&txn, &Clock::System, deed).await?;
        "suspended"
    } else {
        standing::unsuspend(&txn, &Clock::System, deed).await?;
        "no longer suspended"
    };
    txn.commit().await?;
    say(format_args!(
        "{} is {done}",
        args.email.trim().to_lowercase()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The store, and a deed of the command line to the account with this address.
async fn open(
    args: &StoreArgs,
    email: &str,
    note: Option<String>,
) -> Result<(Store, Deed), Failure> {
    let email = email.trim().to_lowercase();
    let store = app::open_store(args, COMMAND_CONNECTIONS).await?;
    let account = account::Entity::find_by_login(&email)
        .one(&store.db)
        .await?
        .ok_or_else(|| format!("there is no account for {email}"))?;
    let deed = Deed {
        account: account.id,
        actor: None,
        note,
    };
    Ok((store, deed))
}

fn role(role: RoleArg) -> Role {
    match role {
        RoleArg::Member => Role::Member,
        RoleArg::Moderator => Role::Moderator,
        RoleArg::Admin => Role::Admin,
    }
}

/// Standard input to its end, without the one newline that `echo` adds.
fn password_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
