//! What the handlers of members share.

use crate::error::ApiError;
use crate::organizations::managed;
use chrono::{DateTime, Utc};
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use entity::{account, invitation};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

/// Members and invitations an organization has at most.
pub const MOST: u64 = 100;

/// A member or an invitation of an organization.
pub enum Member {
    /// Speaks for it.
    Active(membership::Model),
    /// Is invited to.
    Invited(invitation::Model),
}

/// The owners of an organization.
///
/// # Errors
/// Whatever the database answers.
pub async fn owners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
) -> Result<Vec<account::Model>, DbErr> {
    let owners = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(membership::Column::Role.eq(MembershipRole::Owner))
        .find_also_related(account::Entity)
        .limit(MOST)
        .all(db)
        .await?;
    Ok(owners.into_iter().filter_map(|(_, owner)| owner).collect())
}

/// Forgets invitations that have lapsed.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    invitation::Entity::delete_many()
        .filter(invitation::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// What is said of a member that is not there.
pub fn not_found() -> ApiError {
    ApiError::NotFound("the organization has no such member".to_owned())
}

/// The member or invitation with this id.
///
/// # Errors
/// 404 when there is none.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: &str,
) -> Result<Member, ApiError> {
    let id = Uuid::try_parse(id).map_err(|_| not_found())?;
    let membership = membership::Entity::find_by_id((organization, AccountId(id)))
        .one(db)
        .await?;
    if let Some(membership) = membership {
        return Ok(Member::Active(membership));
    }
    invitation::Entity::find_by_id(id)
        .filter(invitation::Column::OrganizationId.eq(organization))
        .one(db)
        .await?
        .map(Member::Invited)
        .ok_or_else(not_found)
}

/// Refuses what would leave an organization without an owner. Under the organization's lock.
///
/// # Errors
/// A conflict when this is the last owner.
pub async fn check_another_owner(
    txn: &impl ConnectionTrait,
    leaving: &membership::Model,
) -> Result<(), ApiError> {
    let others = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(leaving.organization_id))
        .filter(membership::Column::AccountId.ne(leaving.account_id))
        .filter(membership::Column::Role.eq(MembershipRole::Owner))
        .count(txn)
        .await?;
    if leaving.role == MembershipRole::Owner && others == 0 {
        return Err(ApiError::Conflict(
            "this is the last owner; make somebody else an owner first".to_owned(),
        ));
    }
    Ok(())
}

/// Lets somebody speak for an organization; who does already keeps the stronger role. Answers with what
/// [`managed::note`] is to tell, if anything changed. Under the organization's lock.
///
/// # Errors
/// Whatever the database answers.
pub async fn add(
    txn: &impl ConnectionTrait,
    organization: OrganizationId,
    account: AccountId,
    role: MembershipRole,
    now: DateTime<Utc>,
) -> Result<Option<Value>, DbErr> {
    let before = membership::Entity::find_by_id((organization, account))
        .one(txn)
        .await?
        .map(|membership| membership.role);
    if before >= Some(role) {
        return Ok(None);
    }
    let key = [
        membership::Column::OrganizationId,
        membership::Column::AccountId,
    ];
    membership::Entity::insert(membership::ActiveModel {
        organization_id: Set(organization),
        account_id: Set(account),
        role: Set(role),
        created_at: Set(now),
    })
    .on_conflict(
        OnConflict::columns(key)
            .update_column(membership::Column::Role)
            .to_owned(),
    )
    .exec_without_returning(txn)
    .await?;
    Ok(Some(managed::member(account, before, Some(role))))
}
