//! Who may do what with a claim.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::organizations::editor::{Found, merged, read, state};
use actix_web::{FromRequest, HttpRequest, dev};
use entity::change::ActorRole;
use entity::{claim, organization};
use futures_util::future::LocalBoxFuture;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

/// An organization and somebody who is logged in and may read it.
pub struct Visitor {
    /// The row, as it was when the request came.
    pub organization: organization::Model,
    /// Who it is.
    pub account: Account,
    /// In which role they may change it, if in any.
    pub role: Option<ActorRole>,
}

/// A claim and somebody who may know of it: the claimant, an owner, a moderator. 404 for all others.
pub struct ClaimReader {
    /// The claim, as it was when the request came.
    pub claim: claim::Model,
    /// Whose organization, and who asks.
    pub visitor: Visitor,
}

/// A claim and whoever made it; 404 for all others.
pub struct Claimant(pub ClaimReader);

/// A claim and an owner or a moderator: as for readers, and 403 for the claimant. When which of them may
/// decide is told under the organization's lock.
pub struct Decider(pub ClaimReader);

impl Visitor {
    /// Whether they see what others claim.
    pub fn decides(&self) -> bool {
        self.role.is_some_and(|role| role != ActorRole::Editor)
    }
}

fn not_found() -> ApiError {
    ApiError::NotFound("there is no claim with this id".to_owned())
}

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let account = Account::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let account = account.await?;
            let viewer = organization::Viewer::Account(account.id, account.role);
            let (reader, role) = match read(&request, viewer).await? {
                Found::Here(found) => *found,
                Found::Merged(survivor) => return Err(merged(survivor)),
            };
            Ok(Self {
                organization: reader.organization,
                account,
                role,
            })
        })
    }
}

impl FromRequest for ClaimReader {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let visitor = visitor.await?;
            let id = request.match_info().query("claim_id");
            let id = Uuid::try_parse(id).map_err(|_| not_found())?;
            let (organization, account) = (visitor.organization.id, visitor.account.id);
            let claim = claim::Entity::visible_to(organization, account, visitor.decides())
                .filter(claim::Column::Id.eq(id))
                .one(&state(&request)?.store.db)
                .await?
                .ok_or_else(not_found)?;
            Ok(Self { claim, visitor })
        })
    }
}

impl FromRequest for Claimant {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let reader = ClaimReader::from_request(request, payload);
        Box::pin(async move {
            let reader = reader.await?;
            if reader.claim.account_id == reader.visitor.account.id {
                Ok(Self(reader))
            } else {
                Err(not_found())
            }
        })
    }
}

impl FromRequest for Decider {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let reader = ClaimReader::from_request(request, payload);
        Box::pin(async move {
            let reader = reader.await?;
            if reader.visitor.decides() {
                Ok(Self(reader))
            } else {
                Err(ApiError::Forbidden(
                    "only the organization's owners, and then moderators, decide".to_owned(),
                ))
            }
        })
    }
}
