//! What waits for a moderator.

use crate::ids::AccountId;
use crate::organization::Status;
use crate::{identity_change, organization, report};
use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, Query};

/// Listings that are not public yet.
pub fn listings() -> Select<organization::Entity> {
    organization::Entity::find().filter(organization::Column::Status.eq(Status::Pending))
}

/// Those of one account.
pub fn listings_of(account: AccountId) -> Select<organization::Entity> {
    listings().filter(organization::Column::PostedBy.eq(account))
}

/// Of each account's the one that has waited longest, and all that no account posted: however many somebody
/// posts, the others' do not stand behind them.
pub fn first_listings() -> Select<organization::Entity> {
    use organization::{Column, Entity};
    const EARLIER: &str = "earlier";
    let of_earlier = |column: Column| Expr::col((EARLIER, column));
    let same_time = of_earlier(Column::CreatedAt).equals((Entity, Column::CreatedAt));
    let of_this = |column: Column| Expr::col((Entity, column));
    let is_earlier = of_earlier(Column::CreatedAt)
        .lt(of_this(Column::CreatedAt))
        .or(same_time.and(of_earlier(Column::Id).lt(of_this(Column::Id))));
    let earlier = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, EARLIER)
        .and_where(of_earlier(Column::PostedBy).equals((Entity, Column::PostedBy)))
        .and_where(of_earlier(Column::Status).eq(Status::Pending))
        .and_where(is_earlier)
        .to_owned();
    listings().filter(Expr::exists(earlier).not())
}

/// Public listings that changed after others vouched for them.
pub fn changed() -> Select<identity_change::Entity> {
    identity_change::Entity::find()
        .inner_join(organization::Entity)
        .filter(organization::Column::Status.eq(Status::Published))
}

/// Reports that nobody has closed.
pub fn reports() -> Select<report::Entity> {
    report::Entity::find().filter(report::Column::ClosedAt.is_null())
}
