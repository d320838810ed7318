//! Extractors that tell a handler who is asking.

use crate::app::AppState;
use crate::auth::tokens;
use crate::changes::Actor;
use crate::error::ApiError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev, web};
use entity::account::{self, Role};
use entity::change::ActorRole;
use entity::ids::AccountId;
use entity::organization;
use entity::session;
use futures_util::future::LocalBoxFuture;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

/// Whoever asks, logged in or not. A token that is not valid is 401 all the same.
#[derive(Clone, Copy, Debug)]
pub struct Viewer(pub organization::Viewer);

/// Somebody who is logged in; 401 for everybody else.
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

impl Account {
    /// The account as the author of a change to a record it owns or moderates.
    pub fn actor(self) -> Actor {
        Actor {
            account: Some(self.id.0),
            role: match self.role {
                Role::Member => ActorRole::Owner,
                Role::Moderator => ActorRole::Moderator,
                Role::Admin => ActorRole::Admin,
            },
            source: None,
        }
    }

    /// Whether it may publish, edit and remove any record.
    pub fn is_moderator(self) -> bool {
        self.role >= Role::Moderator
    }
}

impl FromRequest for Account {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            authenticate(&request)
                .await?
                .ok_or_else(ApiError::login_needed)
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
            Ok(Self(match authenticate(&request).await? {
                None => organization::Viewer::Anonymous,
                Some(account) => organization::Viewer::Account(account.id, account.role),
            }))
        })
    }
}

/// Left in a request's extensions once its answer depends on who asks: the answer says
/// `Vary: Authorization` then.
pub struct AskedWho;

async fn authenticate(request: &HttpRequest) -> Result<Option<Account>, ApiError> {
    request.extensions_mut().insert(AskedWho);
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(tokens::invalid_token)?;
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or(ApiError::Internal("the server has no state"))?;
    let db = &state.store.db;
    let now = state.clock.now();
    let claims = tokens::verify(token, &state.keys, db, state.instance, now).await?;
    // Read afresh: what an account may do ends at once, not with its token.
    let (_, account) = session::Entity::live(now)
        .filter(session::Column::Id.eq(claims.sid))
        .find_also_related(account::Entity)
        .one(db)
        .await?
        .ok_or_else(tokens::invalid_token)?;
    let account = account
        .filter(|account| account.id.0 == claims.sub && account.suspended_at.is_none())
        .ok_or_else(tokens::invalid_token)?;
    Ok(Some(Account {
        id: account.id,
        role: account.role,
        session: claims.sid,
    }))
}
