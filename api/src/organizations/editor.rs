//! The extractors of a single organization: they authorise and load it.

use crate::app::AppState;
use crate::auth::account::{Account, Viewer};
use crate::error::ApiError;
use crate::organizations::rows::latest_change;
use actix_web::{FromRequest, HttpRequest, dev, web};
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Model, Status};
use futures_util::future::LocalBoxFuture;
use sea_orm::{ColumnTrait, DatabaseConnection, QueryFilter, Select};
use uuid::Uuid;

/// An organization and somebody who may read it now: 404 when it was never public or is not
/// theirs to know, 410 when it left the public set.
pub struct OrganizationReader {
    /// The row.
    pub organization: Model,
    /// The number of the change that made it so.
    pub number: i64,
    /// Whether the reader may know who changed it.
    pub is_editor: bool,
}

/// An organization and somebody who may change it: as for readers, and 403 for those who may
/// only read it.
pub struct OrganizationEditor {
    /// The row, as it was when the request came; lock it before writing.
    pub organization: Model,
    /// Who changes it.
    pub account: Account,
}

impl FromRequest for OrganizationReader {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let viewer = Viewer::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move { read(&request, viewer.await?.0).await })
    }
}

impl FromRequest for OrganizationEditor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let account = Account::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let account = account.await?;
            let viewer = entity::organization::Viewer::Account(account.id, account.role);
            let OrganizationReader {
                organization,
                is_editor,
                ..
            } = read(&request, viewer).await?;
            if !is_editor {
                return Err(ApiError::Forbidden(
                    "only the organization's owners and moderators may change this record"
                        .to_owned(),
                ));
            }
            Ok(Self {
                organization,
                account,
            })
        })
    }
}

/// A record that left the public set.
pub fn gone() -> ApiError {
    ApiError::Gone("this organization is no longer listed".to_owned())
}

fn not_found() -> ApiError {
    ApiError::NotFound("there is no organization with this id or slug".to_owned())
}

fn state(request: &HttpRequest) -> Result<&AppState, ApiError> {
    request
        .app_data::<web::Data<AppState>>()
        .map(web::Data::get_ref)
        .ok_or(ApiError::Internal("the server has no state"))
}

/// How often a record is read again that changes while it is read.
const LOOKS: usize = 8;

/// Row and change number belong together: a tag that is newer than its body would let somebody
/// overwrite a change they have not seen.
async fn read(
    request: &HttpRequest,
    viewer: entity::organization::Viewer,
) -> Result<OrganizationReader, ApiError> {
    let db = &state(request)?.store.db;
    for _ in 0..LOOKS {
        let organization = find(db, Entity::visible_to(viewer), request)
            .await?
            .ok_or_else(not_found)?;
        let is_editor = match viewer {
            entity::organization::Viewer::Anonymous => false,
            entity::organization::Viewer::Account(id, role) => {
                is_editable(db, Account { id, role }, organization.id).await?
            }
        };
        match organization.status {
            Status::Deleted => return Err(gone()),
            // Pending, yet known to the public: it was taken back to the queue.
            Status::Archived | Status::Pending if !is_editor => return Err(gone()),
            Status::Pending | Status::Published | Status::Archived => {}
        }
        let (number, version) = latest_change(db, organization.id).await?;
        if version == organization.version {
            return Ok(OrganizationReader {
                organization,
                number,
                is_editor,
            });
        }
    }
    Err(ApiError::Unavailable(
        "the record changes faster than it can be read",
    ))
}

/// The row that the last but fixed segment of the path names, by id or slug.
async fn find(
    db: &DatabaseConnection,
    among: Select<Entity>,
    request: &HttpRequest,
) -> Result<Option<Model>, ApiError> {
    let name = request.match_info().query("id");
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Ok(None);
    }
    let named = match Uuid::try_parse(name) {
        Ok(id) => Column::Id.eq(OrganizationId(id)),
        Err(_) => Column::Slug.eq(name),
    };
    Ok(among.filter(named).one(db).await?)
}

async fn is_editable(
    db: &DatabaseConnection,
    account: Account,
    id: OrganizationId,
) -> Result<bool, ApiError> {
    if account.is_moderator() {
        return Ok(true);
    }
    let found = Entity::editable_by(account.id, account.role)
        .filter(Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(found.is_some())
}
