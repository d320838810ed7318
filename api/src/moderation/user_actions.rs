//! `POST /v1/moderation/users/{id}/suspend|unsuspend|role`, `DELETE /v1/moderation/users/{id}/sessions`.

use crate::auth::account::{Account, Admin};
use crate::auth::sessions;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::moderation::note::{self, Note};
use crate::moderation::standing::{self, Deed, not_found};
use crate::moderation::users::{ROLES, User};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, delete, post, web};
use entity::account::{self, Role};
use entity::account_event::Action;
use entity::ids::AccountId;
use entity::session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A role to give.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "moderator"}))]
pub struct NewRole {
    /// The role.
    #[schema(schema_with = crate::moderation::users::role)]
    pub role: Role,
    /// Why.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub note: Option<String>,
}

impl NewRole {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let role = members.required_choice("role", &ROLES);
        let note = note::read(&mut members, "note");
        members.finish().or_none(Self {
            role: role.unwrap_or(Role::Member),
            note,
        })
    }
}

/// Suspend an account
///
/// Its log-ins end at once, on every server, and it cannot log in.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the account")),
    request_body = Note,
    responses(
        (status = 200, description = "Suspended", body = User),
        (status = 409, description = "It is suspended already, or the last admin", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/moderation/users/{id}/suspend")]
pub async fn suspend_user(
    state: web::Data<AppState>,
    Admin(admin): Admin,
    id: web::Path<String>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let deed = deed(&id, admin, Note::read(body)?)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    let row = standing::suspend(&txn, &state.clock, deed).await?;
    txn.commit().await?;
    Ok(answer(row))
}

/// End a suspension
///
/// The account may log in again; the log-ins it had stay ended.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the account")),
    request_body = Note,
    responses(
        (status = 200, description = "It may log in again", body = User),
        (status = 409, description = "It is not suspended", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/moderation/users/{id}/unsuspend")]
pub async fn unsuspend_user(
    state: web::Data<AppState>,
    Admin(admin): Admin,
    id: web::Path<String>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let deed = deed(&id, admin, Note::read(body)?)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    let row = standing::unsuspend(&txn, &state.clock, deed).await?;
    txn.commit().await?;
    Ok(answer(row))
}

/// Give an account a role
///
/// At once, for the log-ins it has too.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the account")),
    request_body = NewRole,
    responses(
        (status = 200, description = "It has the role", body = User),
        (status = 409, description = "It is the last admin", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/moderation/users/{id}/role")]
pub async fn set_user_role(
    state: web::Data<AppState>,
    Admin(admin): Admin,
    id: web::Path<String>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let NewRole { role, note } = NewRole::read(body)?;
    let deed = deed(&id, admin, note)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    let row = standing::set_role(&txn, &state.clock, deed, role).await?;
    txn.commit().await?;
    Ok(answer(row))
}

/// End all log-ins of an account
///
/// Their tokens stop at once, on every server.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the account")),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []))
)]
#[delete("/moderation/users/{id}/sessions")]
pub async fn delete_user_sessions(
    state: web::Data<AppState>,
    Admin(admin): Admin,
    id: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let deed = deed(&id, admin, None)?;
    let txn = WriteTransaction::begin(&state.store).await?;
    account::Entity::find_by_id(deed.account)
        .one(&*txn)
        .await?
        .ok_or_else(not_found)?;
    sessions::end_all_but(&*txn, deed.account, None, state.clock.now()).await?;
    standing::note(&txn, &state.clock, deed, Action::SessionsEnded, None).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End a log-in of an account
///
/// Its tokens stop at once, on every server.
#[utoipa::path(
    tag = "Moderation",
    params(
        ("id" = Uuid, Path, description = "Id of the account"),
        ("session_id" = Uuid, Path, description = "Id of the log-in"),
    ),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []))
)]
#[delete("/moderation/users/{id}/sessions/{session_id}")]
pub async fn delete_user_session(
    state: web::Data<AppState>,
    Admin(admin): Admin,
    path: web::Path<(String, String)>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let no_session = || ApiError::NotFound("this account has no such log-in".to_owned());
    let (id, session_id) = path.into_inner();
    let deed = deed(&id, admin, None)?;
    let session_id = Uuid::try_parse(&session_id).map_err(|_| no_session())?;
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    session::Entity::live(now)
        .filter(session::Column::Id.eq(session_id))
        .filter(session::Column::AccountId.eq(deed.account))
        .one(&*txn)
        .await?
        .ok_or_else(no_session)?;
    sessions::end(&*txn, &[session_id], now).await?;
    standing::note(&txn, &state.clock, deed, Action::SessionsEnded, None).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

fn deed(id: &str, admin: Account, note: Option<String>) -> Result<Deed, ApiError> {
    let account = Uuid::try_parse(id).map_err(|_| not_found())?;
    Ok(Deed {
        account: AccountId(account),
        actor: Some(admin.id),
        note,
    })
}

fn answer(row: account::Model) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(User::from(row))
}
