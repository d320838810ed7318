//! `GET /v1/moderation/users`, `GET /v1/moderation/users/{id}`.

use crate::auth::account::Moderator;
use crate::error::ApiError;
use crate::http::query::{FromParameters, NoParameters, Parameters, Query};
use crate::http::{cursor, pages};
use crate::moderation::queue::{QueueOrganization, organizations};
use crate::moderation::standing::not_found;
use crate::state::AppState;
use crate::vocabulary::validation::MAX_EMAIL_CHARS;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::account::{self, Role};
use entity::account_event::{self, Action};
use entity::ids::AccountId;
use entity::membership::{self, MembershipRole};
use entity::session;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Log-ins, memberships and deeds shown of one account, at most.
const SHOWN: u64 = 100;

/// The roles of an instance.
pub const ROLES: [(&str, Role); 3] = [
    ("member", Role::Member),
    ("moderator", Role::Moderator),
    ("admin", Role::Admin),
];

/// An account, as moderators see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "email": "ada@example.coop", "name": "Ada", "role": "member", "created_at": "2026-01-01T09:00:00Z", "suspended_at": null}))]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// E-mail address; the login name.
    pub email: String,
    /// What to call the person.
    pub name: Option<String>,
    /// What it may do on this instance.
    #[schema(schema_with = crate::moderation::users::role)]
    pub role: Role,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Since when it may do nothing.
    pub suspended_at: Option<DateTime<Utc>>,
}

/// A log-in of an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserSession {
    /// Id.
    pub id: Uuid,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its refresh token was last used.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is used before.
    pub expires_at: DateTime<Utc>,
}

/// An organization that an account speaks for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserMembership {
    /// What it may do for it.
    #[schema(schema_with = crate::organizations::schema::membership_role)]
    pub role: MembershipRole,
    /// The organization.
    pub organization: QueueOrganization,
}

/// Something that was done to an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserEvent {
    /// What.
    #[schema(schema_with = crate::moderation::users::action)]
    pub action: Action,
    /// The role it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::moderation::users::role, required = false)]
    pub role: Option<Role>,
    /// The account that did it; `null` when it was done on the server's command line.
    pub actor: Option<Uuid>,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An account with all that belongs to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "email": "ada@example.coop", "name": "Ada", "role": "moderator", "created_at": "2026-01-01T09:00:00Z", "suspended_at": null, "sessions": [], "organizations": [], "events": [{"action": "role_set", "role": "moderator", "actor": null, "note": null, "at": "2026-01-02T09:30:00Z"}]}))]
pub struct UserDetail {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// Log-ins that can still be used, the latest used first, 100 at most.
    pub sessions: Vec<UserSession>,
    /// Organizations it speaks for, 100 at most.
    pub organizations: Vec<UserMembership>,
    /// What was done to it, the latest first, 100 at most.
    pub events: Vec<UserEvent>,
}

/// A page of accounts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserPage {
    /// The oldest first.
    #[schema(max_items = 100)]
    pub items: Vec<User>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Parameters of the list.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserParameters {
    /// How the address begins.
    #[param(
        min_length = 1,
        max_length = 254,
        pattern = r"^[^\x00]*$",
        example = "ada@"
    )]
    pub q: Option<String>,
    /// Only accounts with this role.
    #[param(value_type = Option<String>, schema_with = crate::moderation::users::role, required = false)]
    pub role: Option<Role>,
    /// Only those that are suspended, or only those that are not.
    #[param(required = false)]
    pub suspended: Option<bool>,
    /// Accounts per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: u64,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for UserParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let q = parameters.one("q");
        if q.as_ref()
            .is_some_and(|q| q.chars().count() > MAX_EMAIL_CHARS)
        {
            parameters.fault(
                "q",
                format!("may have at most {MAX_EMAIL_CHARS} characters"),
            );
        }
        Self {
            q,
            role: parameters.choice("role", &ROLES),
            suspended: parameters.parsed("suspended", "true or false"),
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

/// The roles of an instance.
pub fn role() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &ROLES.map(|(word, _)| word),
        "What the account may do on this instance.",
    )
}

/// What may be done to an account.
pub fn action() -> utoipa::openapi::Object {
    let words = [
        "suspended",
        "unsuspended",
        "role_set",
        "sessions_ended",
        "password_reset",
    ];
    crate::vocabulary::schema::words(words.into_iter())
}

impl From<account::Model> for User {
    fn from(row: account::Model) -> Self {
        Self {
            id: row.id.0,
            email: row.email,
            name: row.name,
            role: row.role,
            created_at: row.created_at,
            suspended_at: row.suspended_at,
        }
    }
}

/// Accounts
///
/// Of everybody on this instance, the oldest first.
#[utoipa::path(
    tag = "Moderation",
    params(UserParameters),
    responses((status = 200, description = "Accounts", body = UserPage)),
    security(("bearer" = []))
)]
#[get("/moderation/users")]
pub async fn list_users(
    state: web::Data<AppState>,
    _: Moderator,
    request: HttpRequest,
    Query(parameters): Query<UserParameters>,
) -> Result<HttpResponse, ApiError> {
    let after = parameters.cursor.as_deref().map(cursor::decode::<Uuid>);
    let mut rows = find(&parameters, after.transpose()?.map(AccountId))
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id.0)?;
    let items = rows.into_iter().map(User::from).collect();
    Ok(
        pages::begin(&state, &request, next_cursor.as_deref())
            .json(UserPage { items, next_cursor }),
    )
}

/// The accounts that fit the filters, after one of them, the oldest first.
pub fn find(parameters: &UserParameters, after: Option<AccountId>) -> Select<account::Entity> {
    let mut query = account::Entity::find();
    if let Some(q) = &parameters.q {
        let literal: String = q
            .trim()
            .to_lowercase()
            .chars()
            .flat_map(|char| {
                matches!(char, '%' | '_' | '!')
                    .then_some('!')
                    .into_iter()
                    .chain([char])
            })
            .collect();
        let begins = LikeExpr::new(format!("{literal}%")).escape('!');
        query = query.filter(account::Column::Email.like(begins));
    }
    if let Some(role) = parameters.role {
        query = query.filter(account::Column::Role.eq(role));
    }
    match parameters.suspended {
        None => {}
        Some(true) => query = query.filter(account::Column::SuspendedAt.is_not_null()),
        Some(false) => query = query.filter(account::Column::SuspendedAt.is_null()),
    }
    if let Some(after) = after {
        query = query.filter(account::Column::Id.gt(after));
    }
    query.order_by_asc(account::Column::Id)
}

/// An account
///
/// With its log-ins, the organizations it speaks for, and what was done to it.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account", body = UserDetail)),
    security(("bearer" = []))
)]
#[get("/moderation/users/{id}")]
pub async fn get_user(
    state: web::Data<AppState>,
    _: Moderator,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let id = Uuid::try_parse(&id)
        .map(AccountId)
        .map_err(|_| not_found())?;
    let db = &state.store.db;
    let user = account::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(not_found)?;
    let sessions = session::Entity::live(state.clock.now())
        .filter(session::Column::AccountId.eq(id))
        .order_by_desc(session::Column::LastUsedAt)
        .limit(SHOWN)
        .all(db)
        .await?;
    let memberships = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(id))
        .order_by_asc(membership::Column::OrganizationId)
        .limit(SHOWN)
        .all(db)
        .await?;
    let mut about = organizations(db, memberships.iter().map(|row| row.organization_id)).await?;
    let events = account_event::Entity::of(id, SHOWN).all(db).await?;
    let detail = UserDetail {
        user: user.into(),
        sessions: sessions.into_iter().map(UserSession::from).collect(),
        organizations: memberships
            .into_iter()
            .filter_map(|row| {
                let organization = about.remove(&row.organization_id)?;
                let role = row.role;
                Some(UserMembership { role, organization })
            })
            .collect(),
        events: events.into_iter().map(UserEvent::from).collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(detail))
}

impl From<session::Model> for UserSession {
    fn from(row: session::Model) -> Self {
        Self {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        }
    }
}

impl From<account_event::Model> for UserEvent {
    fn from(row: account_event::Model) -> Self {
        Self {
            action: row.action,
            role: row.role,
            actor: row.actor,
            note: row.note,
            at: row.at,
        }
    }
}
