//! `toadlane user`.

use super::{Failure, say};
use crate::app;
use crate::auth::passwords;
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::store::COMMAND_CONNECTIONS;
use entity::account::{self, Role};
use entity::ids::AccountId;
use sea_orm::{ActiveValue::Set, EntityTrait, SqlErr};
use std::io::Read;
use std::process::ExitCode;
use validator::ValidateEmail;

/// Accounts of people
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
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

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RoleArg {
    /// Lists organizations, which wait for a moderator
    Member,
    /// Publishes, edits and removes any record
    Moderator,
    /// A moderator who also runs the instance
    Admin,
}

pub async fn run(
    Args {
        command: Command::Create(args),
    }: Args,
) -> Result<ExitCode, Failure> {
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
