//! `GET /v1/me/organizations`.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::ids::OrganizationId;
use entity::membership::MembershipRole;
use entity::{membership, organization};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An organization you speak for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MyOrganization {
    /// What you may do for it.
    #[schema(schema_with = crate::organizations::schema::membership_role)]
    pub role: MembershipRole,
    /// The record, whatever its status.
    #[serde(flatten)]
    pub organization: OrganizationView,
}

/// A page of the organizations you speak for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MyOrganizationPage {
    /// The oldest listed first.
    pub items: Vec<MyOrganization>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Your organizations
///
/// Those you own or edit, whatever their status: drafts that wait for a moderator too.
#[utoipa::path(
    tag = "Access",
    params(PageParameters),
    responses((status = 200, description = "Your organizations", body = MyOrganizationPage)),
    security(("bearer" = []))
)]
#[get("/me/organizations")]
pub async fn list_my_organizations(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account.id))
        .find_also_related(organization::Entity)
        .filter(
            organization::Column::Status
                .is_not_in([organization::Status::Deleted, organization::Status::Merged]),
        );
    if let Some(cursor) = &parameters.cursor {
        let after = OrganizationId(cursor::decode::<Uuid>(cursor)?);
        query = query.filter(membership::Column::OrganizationId.gt(after));
    }
    let mut rows = query
        .order_by_asc(membership::Column::OrganizationId)
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |(last, _)| {
        last.organization_id.0
    })?;
    let items = rows
        .into_iter()
        .filter_map(|(membership, organization)| {
            Some(MyOrganization {
                role: membership.role,
                organization: organization?.into(),
            })
        })
        .collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(MyOrganizationPage { items, next_cursor }))
}
