//! `toadlane client`.

use super::{Failure, say};
use crate::api_clients::input::{NewClient, check_name, is_source_name};
use crate::api_clients::rows;
use crate::app;
use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::http::problem::Faults;
use crate::store::COMMAND_CONNECTIONS;
use entity::api_client::{Scope, Scopes};
use entity::ids::OrganizationId;
use entity::{account, organization};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::process::ExitCode;
use uuid::Uuid;

/// Programs that act for an account
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
}

/// Create an API client; its id and secret are printed, the secret this once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  toadlane client create --name \"Website sync\" --scope organizations:write --organization our-coop --account ada@example.coop"
)]
struct Create {
    /// What to call it
    #[arg(long)]
    name: String,

    /// What it may do: organizations:write, jobs:write, services:write, sources:push, webhooks:manage; may be repeated
    #[arg(long = "scope", required = true, value_parser = scope)]
    scope: Vec<Scope>,

    /// The only organization it may act for: id or slug of one that the account owns
    #[arg(long, value_name = "ID|SLUG")]
    organization: Option<String>,

    /// The only source it may push to, for accounts of admins
    #[arg(long, value_name = "NAME")]
    source: Option<String>,

    /// E-mail address of the account it acts for
    #[arg(long, value_name = "EMAIL")]
    account: String,

    #[command(flatten)]
    store: StoreArgs,
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::named(name)
        .ok_or_else(|| format!("must be one of {}", Scope::ALL.map(Scope::name).join(", ")))
}

pub async fn run(
    Args {
        command: Command::Create(args),
    }: Args,
) -> Result<ExitCode, Failure> {
    if args
        .source
        .as_deref()
        .is_some_and(|name| !is_source_name(name))
    {
        return Err("--source: use 1 to 60 letters, digits, - _ .".into());
    }
    let mut faults = Faults::default();
    check_name(&args.name, &mut faults);
    if let Some(fault) = faults.as_slice().first() {
        return Err(format!("--name: {}", fault.detail).into());
    }
    let mut scopes = args.scope;
    scopes.sort_unstable();
    scopes.dedup();
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let txn = WriteTransaction::begin(&store).await?;
    let email = args.account.trim().to_lowercase();
    let account = account::Entity::find_by_login(&email)
        .one(&*txn)
        .await?
        .ok_or_else(|| format!("--account: there is no account for {email}"))?;
    let organization = match &args.organization {
        Some(name) => Some(organization(&*txn, name).await?),
        None => None,
    };
    let new = NewClient {
        name: args.name,
        scopes: Scopes(scopes),
        organization,
        source: args.source,
    };
    new.check_rights(&*txn, account.id, account.role)
        .await
        .map_err(|error| format!("{email}: {error}"))?;
    let (row, secret) = rows::insert(&txn, &Clock::System, account.id, new).await?;
    txn.commit().await?;
    say(format_args!(
        "client_id={}\nclient_secret={}",
        row.id, secret.secret
    ));
    Ok(ExitCode::SUCCESS)
}

async fn organization(db: &impl ConnectionTrait, name: &str) -> Result<OrganizationId, Failure> {
    let named = match Uuid::try_parse(name) {
        Ok(id) => organization::Column::Id.eq(OrganizationId(id)),
        Err(_) => organization::Column::Slug.eq(name),
    };
    let row = organization::Entity::find().filter(named).one(db).await?;
    let row = row.ok_or_else(|| format!("--organization: there is none called {name}"))?;
    Ok(row.id)
}
