//! Extractors that tell a handler who is asking.

use crate::auth::caller::{Caller, caller};
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use actix_web::{FromRequest, HttpRequest, dev};
use entity::account::Role;
use entity::api_client::Scope;
use entity::change::ActorRole;
use entity::ids::{AccountId, ClientId, OrganizationId};
use entity::organization;
use futures_util::future::LocalBoxFuture;
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QuerySelect};
use uuid::Uuid;

/// Whoever asks, logged in or not. A token that is not valid is 401 all the same. A client sees what its
/// account sees as a member.
#[derive(Clone, Copy, Debug)]
pub struct Viewer(pub organization::Viewer);

/// A person who is logged in; 401 for everybody else, and 403 for clients.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Who.
    pub id: AccountId,
    /// Role on this instance, as it is now in the database.
    pub role: Role,
    /// The log-in the token came from.
    pub session: Uuid,
}

/// A moderator or admin; 401 for nobody in particular, 403 for everybody else.
#[derive(Clone, Copy, Debug)]
pub struct Moderator(pub Account);

/// An admin; 401 for nobody in particular, 403 for everybody else.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub Account);

/// What `T` loads, for people only: 403 for clients, whatever their scopes.
#[derive(Clone, Copy, Debug)]
pub struct ByPerson<T>(pub T);

/// Somebody who may write records of some kind: a person, or a client with the scope. See [`authorised`].
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The person, or the account that the client acts for.
    pub id: AccountId,
    /// The person's role on this instance; a client is a member, whoever made it.
    pub role: Role,
    /// The client, if it is one.
    pub client: Option<ClientId>,
    /// The only organization it may act for, if it is a client that is bound to one.
    pub bound_to: Option<OrganizationId>,
}

impl Account {
    /// The account as the author of a change to a record it owns or moderates.
    pub fn actor(self) -> Actor {
        actor(self.id, self.role)
    }

    /// Whether it may publish, edit and remove any record.
    pub fn is_moderator(self) -> bool {
        self.role >= Role::Moderator
    }
}

impl Writer {
    /// The account as the author of a change to a record it owns or moderates.
    pub fn actor(self) -> Actor {
        actor(self.id, self.role)
    }

    /// Whether it may publish, edit and remove any record.
    pub fn is_moderator(self) -> bool {
        self.role >= Role::Moderator
    }

    /// Whose idempotency keys these are: each client has its own.
    pub fn caller(self) -> Uuid {
        self.client.map_or(self.id.0, |client| client.0)
    }

    /// Whether it is free to act for this organization, or, if `None`, for one that is not there yet.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] when it is a client that is bound to another.
    pub fn check_bound(self, organization: Option<OrganizationId>) -> Result<(), ApiError> {
        if self.bound_to.is_none() || self.bound_to == organization {
            Ok(())
        } else {
            Err(ApiError::Forbidden(
                "this API client is bound to another organization".to_owned(),
            ))
        }
    }
}

fn actor(account: AccountId, role: Role) -> Actor {
    Actor {
        account: Some(account.0),
        role: match role {
            Role::Member => ActorRole::Owner,
            Role::Moderator => ActorRole::Moderator,
            Role::Admin => ActorRole::Admin,
        },
        source: None,
    }
}

/// Whoever sent the request, if they may write what the scope names: every person may try, a client needs
/// the scope. What they may do to which record is for the extractor that calls this.
///
/// # Errors
/// [`ApiError::Unauthorized`] without valid credentials, [`ApiError::InsufficientScope`].
pub async fn authorised(request: &HttpRequest, scope: Scope) -> Result<Writer, ApiError> {
    match caller(request).await?.ok_or_else(ApiError::login_needed)? {
        Caller::Person { id, role, .. } => Ok(Writer {
            id,
            role,
            client: None,
            bound_to: None,
        }),
        Caller::Client(client) if client.scopes.0.contains(&scope) => Ok(Writer {
            id: client.account,
            role: Role::Member,
            client: Some(client.id),
            bound_to: client.organization,
        }),
        Caller::Client(_) => Err(ApiError::scope_needed(scope)),
    }
}

impl FromRequest for Account {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match caller(&request).await? {
                None => Err(ApiError::login_needed()),
                Some(Caller::Person { id, role, session }) => Ok(Self { id, role, session }),
                Some(Caller::Client(_)) => Err(ApiError::person_needed()),
            }
        })
    }
}

impl<T: FromRequest<Error = ApiError>> FromRequest for ByPerson<T>
where
    T::Future: 'static,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let account = Account::from_request(request, payload);
        let loaded = T::from_request(request, payload);
        Box::pin(async move {
            account.await?;
            Ok(Self(loaded.await?))
        })
    }
}

impl FromRequest for Moderator {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let account = Account::from_request(request, payload);
        Box::pin(async move {
            let account = account.await?;
            if account.is_moderator() {
                Ok(Self(account))
            } else {
                Err(ApiError::Forbidden(
                    "only moderators may do this".to_owned(),
                ))
            }
        })
    }
}

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let account = Account::from_request(request, payload);
        Box::pin(async move {
            let account = account.await?;
            if account.role == Role::Admin {
                Ok(Self(account))
            } else {
                Err(ApiError::Forbidden("only admins may do this".to_owned()))
            }
        })
    }
}

impl FromRequest for Viewer {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            Ok(Self(match caller(&request).await? {
                None => organization::Viewer::Anonymous,
                Some(Caller::Person { id, role, .. }) => organization::Viewer::Account(id, role),
                Some(Caller::Client(client)) => {
                    organization::Viewer::Account(client.account, Role::Member)
                }
            }))
        })
    }
}

/// Locks an account: only this transaction makes what it may have only so many of, or changes its password.
/// `None` when it is not there any more.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock_account(
    txn: &WriteTransaction,
    id: AccountId,
) -> Result<Option<entity::account::Model>, DbErr> {
    let mut query = entity::account::Entity::find_by_id(id);
    if txn.get_database_backend() == DbBackend::Postgres {
        // Others may still refer to the account.
        query = query.lock(LockType::NoKeyUpdate);
    }
    query.one(&**txn).await
}
