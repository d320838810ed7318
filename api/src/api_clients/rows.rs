//! The rows of API clients.

use crate::api_clients::input::NewClient;
use crate::auth::account::lock_account;
use crate::auth::secrets;
use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::{AccountId, ClientId};
use entity::{api_client, api_client_secret};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection,
    DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

/// How long older secrets work beside a new one.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Clients of an account, at most.
const MAX_CLIENTS: u64 = 50;

/// Secrets of a client that work at once, at most.
const MAX_SECRETS: u64 = 10;

/// How long a client that was ended is remembered.
const MEMORY: TimeDelta = TimeDelta::days(30);

/// A new secret, in clear for the only time.
pub struct NewSecret {
    /// Its row.
    pub row: api_client_secret::Model,
    /// The secret itself.
    pub secret: String,
}

/// Makes a client with its first secret.
///
/// # Errors
/// [`ApiError::Conflict`] if the account has as many as it may.
pub async fn insert(
    txn: &WriteTransaction,
    clock: &Clock,
    account: AccountId,
    new: NewClient,
) -> Result<(api_client::Model, NewSecret), ApiError> {
    lock_account(txn, account).await?;
    let live = api_client::Entity::of(account).count(&**txn).await?;
    if live >= MAX_CLIENTS {
        return Err(ApiError::Conflict(format!(
            "you have {MAX_CLIENTS} API clients, and there can be no more; end one that you no longer use"
        )));
    }
    let row = api_client::ActiveModel {
        id: Set(ClientId(clock.new_id())),
        account_id: Set(account),
        name: Set(new.name),
        scopes: Set(new.scopes),
        organization_id: Set(new.organization),
        source_name: Set(new.source),
        created_at: Set(clock.now()),
        revoked_at: Set(None),
        last_used_at: Set(None),
    }
    .insert(&**txn)
    .await?;
    let secret = insert_secret(txn, clock, row.id).await?;
    Ok((row, secret))
}

/// A new secret for a client; the older ones end a day from now, if not before.
///
/// # Errors
/// [`ApiError::NotFound`] if the account has no such client, [`ApiError::Conflict`] if it has too many
/// secrets already.
pub async fn add_secret(
    txn: &WriteTransaction,
    clock: &Clock,
    account: AccountId,
    id: ClientId,
) -> Result<NewSecret, ApiError> {
    let mut client = api_client::Entity::of(account).filter(api_client::Column::Id.eq(id));
    // Of two that add a secret at once, each sees the other's; SQLite has one writer.
    if txn.get_database_backend() == DbBackend::Postgres {
        client = client.lock(LockType::Update);
    }
    client.one(&**txn).await?.ok_or_else(not_found)?;
    let now = clock.now();
    let live = api_client_secret::Entity::live(now)
        .filter(api_client_secret::Column::ClientId.eq(id))
        .count(&**txn)
        .await?;
    if live >= MAX_SECRETS {
        return Err(ApiError::Conflict(format!(
            "{MAX_SECRETS} secrets work already; wait until older ones end"
        )));
    }
    api_client_secret::Entity::update_many()
        .col_expr(
            api_client_secret::Column::ExpiresAt,
            Expr::value(now + OVERLAP),
        )
        .filter(api_client_secret::Column::ClientId.eq(id))
        .filter(api_client_secret::Column::ExpiresAt.is_null())
        .exec(&**txn)
        .await?;
    Ok(insert_secret(txn, clock, id).await?)
}

async fn insert_secret(
    txn: &WriteTransaction,
    clock: &Clock,
    client: ClientId,
) -> Result<NewSecret, DbErr> {
    let secret = secrets::new();
    let row = api_client_secret::ActiveModel {
        id: Set(clock.new_id()),
        client_id: Set(client),
        hash: Set(secrets::hash(&secret)),
        created_at: Set(clock.now()),
        expires_at: Set(None),
        last_used_at: Set(None),
    }
    .insert(&**txn)
    .await?;
    Ok(NewSecret { row, secret })
}

/// The id in a path, whatever it looks like.
///
/// # Errors
/// [`ApiError::NotFound`] if it is no id.
pub fn id(segment: &str) -> Result<ClientId, ApiError> {
    let id = Uuid::try_parse(segment).map_err(|_| not_found())?;
    Ok(ClientId(id))
}

/// No such client, or somebody else's.
pub fn not_found() -> ApiError {
    ApiError::NotFound("you have no such API client".to_owned())
}

/// Forgets secrets that ended, and clients some time after.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
    api_client_secret::Entity::delete_many()
        .filter(api_client_secret::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    api_client::Entity::delete_many()
        .filter(api_client::Column::RevokedAt.lt(now - MEMORY))
        .exec(db)
        .await?;
    Ok(())
}
