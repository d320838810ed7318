//! What waits for a moderator.

use crate::membership::{self, MembershipRole};
use crate::organization::Status;
use crate::{claim, organization, report};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{Condition, QueryFilter};

/// Listings that are not public yet.
pub fn listings() -> Select<organization::Entity> {
    organization::Entity::find().filter(organization::Column::Status.eq(Status::Pending))
}

/// Contested claims that the owners had time to answer, or that no owner is there to answer.
pub fn claims(proven_until: DateTimeUtc) -> Select<claim::Entity> {
    claim::Entity::find()
        .filter(claim::Column::Status.eq(claim::Status::Contested))
        .filter(
            Condition::any()
                .add(claim::Column::ProvenAt.lte(proven_until))
                .add(Condition::all().not().add(Expr::exists(owners()))),
        )
}

/// The owners of the listing that a claim is about.
fn owners() -> SelectStatement {
    use sea_orm::ExprTrait as _;
    let of_the_claim = Expr::col((membership::Entity, membership::Column::OrganizationId))
        .equals((claim::Entity, claim::Column::OrganizationId));
    Query::select()
        .expr(Expr::val(1))
        .from(membership::Entity)
        .and_where(of_the_claim)
        .and_where(Expr::col(membership::Column::Role).eq(MembershipRole::Owner))
        .to_owned()
}

/// Reports that nobody has closed.
pub fn reports() -> Select<report::Entity> {
    report::Entity::find().filter(report::Column::ClosedAt.is_null())
}
