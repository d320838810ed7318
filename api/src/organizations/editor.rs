//! The extractors of a single organization: they authorise and load it.

use crate::auth::account::{Account, Moderator, Viewer, Writer, authorised};
use crate::changes::Actor;
use crate::error::ApiError;
use crate::organizations::rows::latest_change;
use crate::state::AppState;
use actix_web::error::InternalError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use entity::account::Role;
use entity::api_client::Scope;
use entity::change::ActorRole;
use entity::ids::OrganizationId;
use entity::membership;
use entity::organization::{Column, Entity, Model, Status};
use futures_util::future::LocalBoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, Select,
};
use uuid::Uuid;

/// An organization and somebody who may read it now: 404 when it was never public or is not
/// theirs to know, 410 when it left the public set, 308 to the survivor when it was merged.
pub struct OrganizationReader {
    /// The row.
    pub organization: Model,
    /// The number of the change that made it so.
    pub number: i64,
    /// Whether the reader may know who changed it.
    pub is_editor: bool,
    /// Whether the reader says who speaks for it: an owner or a moderator.
    pub is_manager: bool,
}

/// An organization and somebody who may change it: as for readers, and 403 for those who may
/// only read it. API clients need the scope `organizations:write`.
pub struct OrganizationEditor {
    /// The row, as it was when the request came; lock it before writing.
    pub organization: Model,
    /// Who changes it.
    pub account: Writer,
    /// In which role.
    pub role: ActorRole,
}

/// An organization and somebody who may remove it and say who speaks for it: as for editors, and 403
/// for those who only edit.
pub struct OrganizationOwner {
    /// The row, as it was when the request came; lock it before writing.
    pub organization: Model,
    /// Who it is.
    pub account: Writer,
    /// In which role.
    pub role: ActorRole,
}

/// An organization and a moderator: 401 and 403 for everybody else, 404 when there is none, 410 when it
/// is deleted or merged.
pub struct ModeratedOrganization {
    /// The row, as it was when the request came; lock it before writing.
    pub organization: Model,
    /// The moderator.
    pub account: Account,
}

impl OrganizationEditor {
    /// The author of the change.
    pub fn actor(&self) -> Actor {
        actor(self.account, self.role)
    }
}

impl OrganizationOwner {
    /// The author of the change.
    pub fn actor(&self) -> Actor {
        actor(self.account, self.role)
    }
}

/// The author of a change to a record of an organization.
pub fn actor(account: Writer, role: ActorRole) -> Actor {
    Actor {
        account: Some(account.id.0),
        role,
        source: None,
    }
}

impl FromRequest for OrganizationReader {
    /// An [`ApiError`], or the redirect that is answered in place of the handler's answer.
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let viewer = Viewer::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            match read(&request, viewer.await?.0).await? {
                Found::Here(found) => Ok(found.0),
                Found::Merged(survivor) => {
                    let moved = moved(&request, survivor);
                    Err(InternalError::from_response("merged", moved).into())
                }
            }
        })
    }
}

impl FromRequest for OrganizationEditor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let account = authorised(&request, Scope::OrganizationsWrite).await?;
            let viewer = entity::organization::Viewer::Account(account.id, account.role);
            let (reader, role) = match read(&request, viewer).await? {
                Found::Here(found) => *found,
                Found::Merged(survivor) => return Err(merged(survivor)),
            };
            let role = role.ok_or_else(|| {
                ApiError::Forbidden(
                    "only the organization's editors and moderators may change this record"
                        .to_owned(),
                )
            })?;
            account.check_bound(Some(reader.organization.id))?;
            Ok(Self {
                organization: reader.organization,
                account,
                role,
            })
        })
    }
}

impl FromRequest for OrganizationOwner {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let editor = OrganizationEditor::from_request(request, payload);
        Box::pin(async move {
            let OrganizationEditor {
                organization,
                account,
                role,
            } = editor.await?;
            if role == ActorRole::Editor {
                return Err(ApiError::Forbidden(
                    "only the organization's owners and moderators may do this".to_owned(),
                ));
            }
            Ok(Self {
                organization,
                account,
                role,
            })
        })
    }
}

impl FromRequest for ModeratedOrganization {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let moderator = Moderator::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let Moderator(account) = moderator.await?;
            let organization = find(&state(&request)?.store.db, Entity::find(), name(&request))
                .await?
                .ok_or_else(not_found)?;
            if matches!(organization.status, Status::Deleted | Status::Merged) {
                return Err(gone());
            }
            Ok(Self {
                organization,
                account,
            })
        })
    }
}

/// Somebody who may list an organization: every person, and API clients with the scope
/// `organizations:write` that are not bound to an organization.
pub struct OrganizationCreator(pub Writer);

impl FromRequest for OrganizationCreator {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let writer = authorised(&request, Scope::OrganizationsWrite).await?;
            writer.check_bound(None)?;
            Ok(Self(writer))
        })
    }
}

/// A record that left the public set.
pub fn gone() -> ApiError {
    ApiError::Gone("this organization is no longer listed".to_owned())
}

/// A record that was merged is read as its survivor, and not changed any more.
pub fn merged(survivor: OrganizationId) -> ApiError {
    ApiError::Gone(format!(
        "this organization was merged into /v1/organizations/{survivor}; change that one"
    ))
}

/// All but the unreserved characters (RFC 3986 section 2.3).
const NOT_IN_PATHS: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same resource of the survivor.
fn moved(request: &HttpRequest, survivor: OrganizationId) -> HttpResponse {
    let pattern = request.match_pattern().unwrap_or_default();
    let mut location = pattern.replace("{id}", &survivor.to_string());
    for (name, value) in request.match_info().iter() {
        let value = utf8_percent_encode(value, &NOT_IN_PATHS).to_string();
        location = location.replace(&format!("{{{name}}}"), &value);
    }
    if !request.query_string().is_empty() {
        location = format!("{location}?{}", request.query_string());
    }
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, location))
        // For ever, but not for everybody: who may know of it is asked each time.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .finish()
}

/// No record, or none to be known of.
pub fn not_found() -> ApiError {
    ApiError::NotFound("there is no organization with this id or slug".to_owned())
}

/// The state, for extractors.
///
/// # Errors
/// Never in practice: every app has one.
pub fn state(request: &HttpRequest) -> Result<&AppState, ApiError> {
    request
        .app_data::<web::Data<AppState>>()
        .map(web::Data::get_ref)
        .ok_or(ApiError::Internal("the server has no state"))
}

/// The id or slug in the path.
fn name(request: &HttpRequest) -> &str {
    request.match_info().query("id")
}

/// What a path names.
pub enum Found {
    /// A record, and in which role the viewer may change it, if in any.
    Here(Box<(OrganizationReader, Option<ActorRole>)>),
    /// One that was merged into this other.
    Merged(OrganizationId),
}

/// How often a record is read again that changes while it is read.
const LOOKS: usize = 8;

/// The record that the path names, for a viewer who may read it, and in which role they may change it.
/// Row and change number belong together: a tag that is newer than its body would let somebody
/// overwrite a change they have not seen.
///
/// # Errors
/// As [`OrganizationReader`] says.
pub async fn read(
    request: &HttpRequest,
    viewer: entity::organization::Viewer,
) -> Result<Found, ApiError> {
    let db = &state(request)?.store.db;
    for _ in 0..LOOKS {
        let organization = find(db, Entity::visible_to(viewer), name(request))
            .await?
            .ok_or_else(not_found)?;
        if let Some(survivor) = organization.merged_into {
            return Ok(Found::Merged(survivor));
        }
        let role = role(db, viewer, organization.id).await?;
        let is_editor = role.is_some();
        match organization.status {
            Status::Deleted | Status::Merged => return Err(gone()),
            // Pending, yet known to the public: it was taken back to the queue.
            Status::Archived | Status::Pending | Status::Rejected if !is_editor => {
                return Err(gone());
            }
            Status::Pending | Status::Published | Status::Rejected | Status::Archived => {}
        }
        let (number, version) = latest_change(db, organization.id).await?;
        if version == organization.version {
            let reader = OrganizationReader {
                organization,
                number,
                is_editor,
                is_manager: role.is_some_and(|role| role != ActorRole::Editor),
            };
            return Ok(Found::Here(Box::new((reader, role))));
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
        Ok(id) => Column::Id.eq(OrganizationId(id)),
        Err(_) => Column::Slug.eq(name),
    };
    among.filter(named).one(db).await
}

/// In which role the viewer may change the record, if in any.
///
/// # Errors
/// Whatever the database answers.
pub async fn role(
    db: &DatabaseConnection,
    viewer: entity::organization::Viewer,
    id: OrganizationId,
) -> Result<Option<ActorRole>, ApiError> {
    let entity::organization::Viewer::Account(account, role) = viewer else {
        return Ok(None);
    };
    match role {
        Role::Admin => return Ok(Some(ActorRole::Admin)),
        Role::Moderator => return Ok(Some(ActorRole::Moderator)),
        Role::Member => {}
    }
    let membership = membership::Entity::find_by_id((id, account))
        .one(db)
        .await?;
    Ok(membership.map(|membership| membership.role.into()))
}
