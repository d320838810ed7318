//! The extractors of a single job: they authorise and load it.

use crate::auth::account::{Viewer, Writer, authorised};
use crate::changes::Actor;
use crate::error::ApiError;
use crate::jobs::rows::latest_change;
use crate::organizations::editor::{actor, role, state};
use crate::state::AppState;
use actix_web::{FromRequest, HttpRequest, dev};
use entity::api_client::Scope;
use entity::change::ActorRole;
use entity::ids::{JobId, OrganizationId};
use entity::job::{Column, Entity, Model, Status};
use entity::organization;
use futures_util::future::LocalBoxFuture;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

/// How often a record is read again that changes while it is read.
const LOOKS: usize = 8;

/// A job and somebody who may read it now: 404 when it was never public or is not theirs to know, 410 when
/// it was deleted or its organization left the public set.
pub struct JobReader {
    /// The row.
    pub job: Model,
    /// Its organization.
    pub organization: organization::Model,
    /// The number of the change that made it so.
    pub number: i64,
    /// Whether the reader may know who changed it.
    pub is_editor: bool,
}

/// A job and somebody who may change it: as for readers, and 403 for those who may only read it. API
/// clients need the scope `jobs:write`.
pub struct JobEditor {
    /// The row, as it was when the request came; lock it before writing.
    pub job: Model,
    /// Who changes it.
    pub account: Writer,
    /// In which role.
    pub role: ActorRole,
}

impl JobEditor {
    /// The author of the change.
    pub fn actor(&self) -> Actor {
        actor(self.account, self.role)
    }
}

impl FromRequest for JobReader {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let viewer = Viewer::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let viewer = viewer.await?.0;
            let (reader, _) =
                read(state(&request)?, request.match_info().query("id"), viewer).await?;
            Ok(reader)
        })
    }
}

impl FromRequest for JobEditor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let account = authorised(&request, Scope::JobsWrite).await?;
            let viewer = organization::Viewer::Account(account.id, account.role);
            let (reader, role) =
                read(state(&request)?, request.match_info().query("id"), viewer).await?;
            let role = role.ok_or_else(not_yours)?;
            account.check_bound(Some(reader.job.organization_id))?;
            Ok(Self {
                job: reader.job,
                account,
                role,
            })
        })
    }
}

/// Somebody who may post jobs: every person, and API clients with the scope `jobs:write`. For which
/// organization, the body says: see [`employer`].
pub struct JobCreator(pub Writer);

impl FromRequest for JobCreator {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authorised(&request, Scope::JobsWrite).await.map(Self) })
    }
}

/// The organization that a job is posted for, by somebody who may, and in which role.
///
/// # Errors
/// A fault of `/organization_id` when there is none to be known of, 403 for those who do not edit it, 409
/// when it is not public.
pub async fn employer(
    state: &AppState,
    account: Writer,
    id: Uuid,
) -> Result<(OrganizationId, ActorRole), ApiError> {
    let viewer = organization::Viewer::Account(account.id, account.role);
    let id = OrganizationId(id);
    let organization = organization::Entity::visible_to(viewer)
        .filter(organization::Column::Id.eq(id))
        .one(&state.store.db)
        .await?
        .ok_or_else(|| {
            ApiError::field("/organization_id", "there is no organization with this id")
        })?;
    let role = role(&state.store.db, viewer, id).await?.ok_or_else(|| {
        ApiError::Forbidden(
            "only an organization's editors and moderators may post jobs for it".to_owned(),
        )
    })?;
    account.check_bound(Some(id))?;
    check_public(&organization)?;
    Ok((id, role))
}

/// Only who is public employs.
///
/// # Errors
/// 409 for an organization that is not published.
pub fn check_public(organization: &organization::Model) -> Result<(), ApiError> {
    if organization.status == organization::Status::Published {
        Ok(())
    } else {
        Err(ApiError::Conflict(
            "this organization is not published; its jobs can be posted once it is".to_owned(),
        ))
    }
}

/// A job that left for good, or whose organization did.
pub fn gone() -> ApiError {
    ApiError::Gone("this job is no longer listed".to_owned())
}

/// No job, or none to be known of.
pub fn not_found() -> ApiError {
    ApiError::NotFound("there is no job with this id or slug".to_owned())
}

fn not_yours() -> ApiError {
    ApiError::Forbidden(
        "only the organization's editors and moderators may change this job".to_owned(),
    )
}

/// The job with this id or slug, for a viewer who may read it, and in which role they may change it. Row
/// and change number belong together.
///
/// # Errors
/// As [`JobReader`] says.
pub async fn read(
    state: &AppState,
    name: &str,
    viewer: organization::Viewer,
) -> Result<(JobReader, Option<ActorRole>), ApiError> {
    let db = &state.store.db;
    for _ in 0..LOOKS {
        let job = find(db, Entity::visible_to(viewer), name)
            .await?
            .ok_or_else(not_found)?;
        if job.status == Status::Deleted {
            return Err(gone());
        }
        let organization = organization::Entity::find_by_id(job.organization_id)
            .one(db)
            .await?
            .ok_or_else(gone)?;
        let role = role(db, viewer, organization.id).await?;
        let is_hidden = organization.status != organization::Status::Published
            || matches!(job.status, Status::Draft | Status::Pending);
        if is_hidden && role.is_none() {
            return Err(gone());
        }
        let (number, version) = latest_change(db, job.id).await?;
        if version == job.version {
            let is_editor = role.is_some();
            let reader = JobReader {
                job,
                organization,
                number,
                is_editor,
            };
            return Ok((reader, role));
        }
    }
    Err(ApiError::Unavailable(
        "the record changes faster than it can be read",
    ))
}

/// The row with this id or slug.
///
/// # Errors
/// Whatever the database answers.
pub async fn find(
    db: &impl ConnectionTrait,
    among: Select<Entity>,
    name: &str,
) -> Result<Option<Model>, DbErr> {
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Ok(None);
    }
    let named = match Uuid::try_parse(name) {
        Ok(id) => Column::Id.eq(JobId(id)),
        Err(_) => Column::Slug.eq(name),
    };
    among.filter(named).one(db).await
}
