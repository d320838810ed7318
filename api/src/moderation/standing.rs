//! What may be done to an account, by handlers and commands alike, and the record of it.

use crate::auth::sessions;
use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use entity::account::{self, Role};
use entity::account_event::{self, Action};
use entity::ids::AccountId;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Something that is done to an account.
pub struct Deed {
    /// To whom.
    pub account: AccountId,
    /// Who does it; nobody on the command line.
    pub actor: Option<AccountId>,
    /// Why.
    pub note: Option<String>,
}

/// From now on the account may do nothing: its log-ins end, on every server at once.
///
/// # Errors
/// 404 for no account, 409 when it is suspended already, or the last admin that is not.
pub async fn suspend(
    txn: &WriteTransaction,
    clock: &Clock,
    deed: Deed,
) -> Result<account::Model, ApiError> {
    let (row, is_last_admin) = lock(txn, deed.account).await?;
    if row.suspended_at.is_some() {
        return Err(ApiError::Conflict(
            "this account is suspended already".to_owned(),
        ));
    }
    if is_last_admin {
        return Err(last_admin());
    }
    let row = account::ActiveModel {
        id: Set(row.id),
        suspended_at: Set(Some(clock.now())),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    sessions::end_all_but(&**txn, row.id, None, clock.now()).await?;
    note(txn, clock, deed, Action::Suspended, None).await?;
    Ok(row)
}

/// The account may do again what its role says.
///
/// # Errors
/// 404 for no account, 409 when it is not suspended.
pub async fn unsuspend(
    txn: &WriteTransaction,
    clock: &Clock,
    deed: Deed,
) -> Result<account::Model, ApiError> {
    let (row, _) = lock(txn, deed.account).await?;
    if row.suspended_at.is_none() {
        return Err(ApiError::Conflict(
            "this account is not suspended".to_owned(),
        ));
    }
    let row = account::ActiveModel {
        id: Set(row.id),
        suspended_at: Set(None),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    // A log-in that began while the suspension was being written does not come to life by this.
    sessions::end_all_but(&**txn, row.id, None, clock.now()).await?;
    note(txn, clock, deed, Action::Unsuspended, None).await?;
    Ok(row)
}

/// Gives the account another role, at once for the log-ins it has. The role it has already changes nothing.
///
/// # Errors
/// 404 for no account, 409 for the last admin.
pub async fn set_role(
    txn: &WriteTransaction,
    clock: &Clock,
    deed: Deed,
    role: Role,
) -> Result<account::Model, ApiError> {
    let (row, is_last_admin) = lock(txn, deed.account).await?;
    if row.role == role {
        return Ok(row);
    }
    if is_last_admin {
        return Err(last_admin());
    }
    let row = account::ActiveModel {
        id: Set(row.id),
        role: Set(role),
        ..Default::default()
    }
    .update(&**txn)
    .await?;
    note(txn, clock, deed, Action::RoleSet, Some(role)).await?;
    Ok(row)
}

/// Refuses what would leave the instance without an admin.
///
/// # Errors
/// 409 for the last admin.
pub async fn check_not_last_admin(txn: &WriteTransaction, id: AccountId) -> Result<(), ApiError> {
    let (_, is_last_admin) = lock(txn, id).await?;
    if is_last_admin {
        return Err(last_admin());
    }
    Ok(())
}

/// Keeps who did what to an account, and why.
///
/// # Errors
/// Whatever the database answers.
pub async fn note(
    txn: &WriteTransaction,
    clock: &Clock,
    deed: Deed,
    action: Action,
    role: Option<Role>,
) -> Result<(), DbErr> {
    account_event::Entity::insert(account_event::ActiveModel {
        id: Set(clock.new_id()),
        account_id: Set(deed.account),
        action: Set(action),
        role: Set(role),
        actor: Set(deed.actor.map(|actor| actor.0)),
        note: Set(deed.note),
        at: Set(clock.now()),
    })
    .exec_without_returning(&**txn)
    .await?;
    Ok(())
}

/// The account, and whether it is the only admin left. The admins' rows stay locked, in one order: of two
/// that demote each other at once, one comes second and is told so.
async fn lock(txn: &WriteTransaction, id: AccountId) -> Result<(account::Model, bool), ApiError> {
    let mut admins = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Admin))
        .filter(account::Column::SuspendedAt.is_null())
        .order_by_asc(account::Column::Id);
    let mut row = account::Entity::find_by_id(id);
    // On SQLite this transaction is the only writer already.
    if txn.get_database_backend() == DbBackend::Postgres {
        admins = admins.lock_exclusive();
        row = row.lock_exclusive();
    }
    let admins = admins.all(&**txn).await?;
    let row = row.one(&**txn).await?.ok_or_else(not_found)?;
    let is_last = admins.iter().all(|admin| admin.id == id) && !admins.is_empty();
    Ok((row, is_last))
}

/// No account with this id.
pub fn not_found() -> ApiError {
    ApiError::NotFound("there is no account with this id".to_owned())
}

fn last_admin() -> ApiError {
    ApiError::Conflict("this is the last admin: make somebody else an admin before".to_owned())
}
