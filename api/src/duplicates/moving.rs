//! What goes over to the survivor of a merge.

use crate::organizations::managed;
use crate::verification::identity;
use crate::vocabulary::domain::domain_of;
use entity::change::Kind;
use entity::ids::{AccountId, OrganizationId};
use entity::membership::MembershipRole;
use entity::{
    api_client, attestation, claim, distinct_pair, feed_entry, invitation, job, membership,
    organization, report,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter,
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Moves everything that hangs on `from` to `into`, whose rows are locked. Answers with what the survivor's
/// history tells of its members.
///
/// # Errors
/// Whatever the database answers.
pub async fn move_all(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<Vec<Value>, DbErr> {
    let members = if speaks_for(txn, from, into).await? {
        let members = memberships(txn, from, into).await?;
        invitations(txn, from, into).await?;
        clients(txn, from, into).await?;
        members
    } else {
        leave(txn, from).await?;
        Vec::new()
    };
    claim::Entity::update_many()
        .col_expr(claim::Column::OrganizationId, Expr::value(into))
        .filter(claim::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    // Those that are open change with their new employer's record, as in every transaction.
    job::Entity::update_many()
        .col_expr(job::Column::OrganizationId, Expr::value(into))
        .filter(job::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    report::Entity::update_many()
        .col_expr(report::Column::OrganizationId, Expr::value(into))
        .filter(report::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    identity::drop_stale(txn, from).await?;
    attestations(txn, from, into).await?;
    decisions(txn, from, into).await?;
    // No chains: what was merged into the one leads straight to the other.
    organization::Entity::update_many()
        .col_expr(organization::Column::MergedInto, Expr::value(into))
        .filter(organization::Column::MergedInto.eq(from))
        .exec(txn)
        .await?;
    Ok(members)
}

/// Whether whoever speaks for the one may speak for the other: nobody does yet and the one was made public
/// once, or the domain of the other's website was proven. Anybody can post a listing that looks like another.
/// `from` is as it was before the merge.
async fn speaks_for(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<bool, DbErr> {
    let owners = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(into))
        .filter(membership::Column::Role.eq(MembershipRole::Owner))
        .count(txn)
        .await?;
    let was_public = feed_entry::Entity::find_by_id((Kind::Organization, from.0))
        .one(txn)
        .await?
        .is_some();
    if owners == 0 && was_public {
        return Ok(true);
    }
    let survivor = organization::Entity::find_by_id(into).one(txn).await?;
    let domain = survivor.and_then(|row| row.website.as_deref().and_then(domain_of));
    let Some(domain) = domain else {
        return Ok(false);
    };
    let proven = claim::Entity::find()
        .filter(claim::Column::OrganizationId.eq(from))
        .filter(claim::Column::Status.eq(claim::Status::Verified))
        .filter(claim::Column::Domain.eq(domain))
        .count(txn)
        .await?;
    Ok(proven > 0)
}

/// Nobody speaks for what is gone.
async fn leave(txn: &DatabaseTransaction, from: OrganizationId) -> Result<(), DbErr> {
    membership::Entity::delete_many()
        .filter(membership::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    invitation::Entity::delete_many()
        .filter(invitation::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    api_client::Entity::delete_many()
        .filter(api_client::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    Ok(())
}

/// Programs that are bound to the one are bound to the other.
async fn clients(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<(), DbErr> {
    api_client::Entity::update_many()
        .col_expr(api_client::Column::OrganizationId, Expr::value(into))
        .filter(api_client::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    Ok(())
}

/// Whoever speaks for both keeps the stronger role.
async fn memberships(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<Vec<Value>, DbErr> {
    let of = |id: OrganizationId| {
        membership::Entity::find().filter(membership::Column::OrganizationId.eq(id))
    };
    let there: HashMap<AccountId, MembershipRole> = of(into)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| (row.account_id, row.role))
        .collect();
    let coming = of(from).all(txn).await?;
    membership::Entity::delete_many()
        .filter(membership::Column::OrganizationId.eq(from))
        .exec(txn)
        .await?;
    let mut told = Vec::new();
    for row in coming {
        let before = there.get(&row.account_id).copied();
        if before >= Some(row.role) {
            continue;
        }
        told.push(managed::member(row.account_id, before, Some(row.role)));
        let moved = membership::ActiveModel {
            organization_id: Set(into),
            account_id: Set(row.account_id),
            role: Set(row.role),
            created_at: Set(row.created_at),
        };
        if before.is_none() {
            membership::Entity::insert(moved)
                .exec_without_returning(txn)
                .await?;
        } else {
            moved.update(txn).await?;
        }
    }
    Ok(told)
}

/// One address has one open invitation to an organization: the survivor's stays.
async fn invitations(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<(), DbErr> {
    use invitation::{Column, Entity};
    let of = |id: OrganizationId| Entity::find().filter(Column::OrganizationId.eq(id));
    let there: HashSet<String> = of(into)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| row.email)
        .collect();
    for row in of(from).all(txn).await? {
        if there.contains(&row.email) {
            Entity::delete_by_id(row.id).exec(txn).await?;
        } else {
            let moved = invitation::ActiveModel {
                id: Set(row.id),
                organization_id: Set(into),
                ..Default::default()
            };
            moved.update(txn).await?;
        }
    }
    Ok(())
}

/// What was said of the one is said of the other, and what the one said the other says. What the two said
/// of each other says nothing any more.
async fn attestations(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<(), DbErr> {
    use attestation::{Column, Entity};
    for column in [Column::OrganizationId, Column::IssuerOrganizationId] {
        Entity::update_many()
            .col_expr(column, Expr::value(into))
            .filter(column.eq(from))
            .exec(txn)
            .await?;
    }
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(into))
        .filter(Column::IssuerOrganizationId.eq(into))
        .exec(txn)
        .await?;
    Ok(())
}

/// What was told from the one is told from the other.
async fn decisions(
    txn: &DatabaseTransaction,
    from: OrganizationId,
    into: OrganizationId,
) -> Result<(), DbErr> {
    for row in distinct_pair::Entity::about(&[from]).all(txn).await? {
        let other = if row.low == from { row.high } else { row.low };
        distinct_pair::Entity::delete_by_id((row.low, row.high))
            .exec(txn)
            .await?;
        if other == into {
            continue;
        }
        let (low, high) = distinct_pair::pair(into, other);
        distinct_pair::Entity::insert(distinct_pair::ActiveModel {
            low: Set(low),
            high: Set(high),
            decided_by: Set(row.decided_by),
            decided_at: Set(row.decided_at),
        })
        .on_conflict_do_nothing()
        .exec_without_returning(txn)
        .await?;
    }
    Ok(())
}
