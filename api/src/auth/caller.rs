//! Who sends a request: verified once, and looked up afresh each time.

use crate::auth::last_uses::Used;
use crate::auth::tokens::{self, Subject};
use crate::error::ApiError;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, web};
use entity::account::{self, Role};
use entity::api_client::{self, Scope, Scopes};
use entity::ids::{AccountId, ClientId, OrganizationId};
use entity::session;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

/// Whoever sent a good token.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person who is logged in.
    Person {
        /// Who.
        id: AccountId,
        /// Role on this instance, as it is now in the database.
        role: Role,
        /// The log-in the token came from.
        session: Uuid,
    },
    /// A program, with the rights of a member at most.
    Client(Client),
}

/// A program that acts for an account.
#[derive(Clone, Debug)]
pub struct Client {
    /// Which.
    pub id: ClientId,
    /// For whom.
    pub account: AccountId,
    /// What it may do with this token.
    pub scopes: Scopes,
    /// The only organization it may act for, if it is bound to one.
    pub organization: Option<OrganizationId>,
    /// The only source it may push to, if it is bound to one.
    pub source: Option<String>,
}

/// Left in a request's extensions once its answer depends on who asks: the answer says
/// `Vary: Authorization` then.
pub struct AskedWho;

/// Who sent the request; `None` without credentials.
///
/// # Errors
/// [`ApiError::Unauthorized`] when the credentials are not (any longer) valid.
pub async fn caller(request: &HttpRequest) -> Result<Option<Caller>, ApiError> {
    request.extensions_mut().insert(AskedWho);
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or(ApiError::Internal("the server has no state"))?;
    // The request budgets have verified most tokens already.
    let verified = request.extensions().get::<Subject>().cloned();
    let subject = if let Some(subject) = verified {
        subject
    } else {
        let token = tokens::bearer(value).ok_or_else(tokens::invalid_token)?;
        let (db, now) = (&state.store.db, state.clock.now());
        tokens::verify(token, &state.keys, db, state.instance, now).await?
    };
    // Read afresh: what somebody may do ends at once, not with the token.
    let caller = match subject {
        Subject::Person { account, session } => person(state, account, session).await?,
        Subject::Client { id, scopes, .. } => client(state, id, &scopes).await?,
    };
    caller.map(Some).ok_or_else(tokens::invalid_token)
}

async fn person(
    state: &AppState,
    id: AccountId,
    session: Uuid,
) -> Result<Option<Caller>, ApiError> {
    let found = session::Entity::live(state.clock.now())
        .filter(session::Column::Id.eq(session))
        .find_also_related(account::Entity)
        .one(&state.store.db)
        .await?;
    Ok(found
        .and_then(|(_, account)| account)
        .filter(|account| account.id == id && account.suspended_at.is_none())
        .map(|account| Caller::Person {
            id,
            role: account.role,
            session,
        }))
}

async fn client(
    state: &AppState,
    id: ClientId,
    granted: &Scopes,
) -> Result<Option<Caller>, ApiError> {
    let found = api_client::Entity::live()
        .filter(api_client::Column::Id.eq(id))
        .find_also_related(account::Entity)
        .one(&state.store.db)
        .await?;
    let Some((row, Some(account))) = found else {
        return Ok(None);
    };
    if account.suspended_at.is_some() {
        return Ok(None);
    }
    state.last_uses.note(Used::Client(id), state.clock.now());
    let mut scopes = scopes_now(&row, &account);
    scopes.0.retain(|scope| granted.0.contains(scope));
    Ok(Some(Caller::Client(Client {
        id,
        account: account.id,
        scopes,
        organization: row.organization_id,
        source: row.source_name,
    })))
}

/// What a client may do at present: what it was made for, as long as its maker may grant that.
pub fn scopes_now(client: &api_client::Model, account: &account::Model) -> Scopes {
    let mut scopes = client.scopes.clone();
    scopes
        .0
        .retain(|scope| *scope != Scope::SourcesPush || account.role == Role::Admin);
    scopes
}
