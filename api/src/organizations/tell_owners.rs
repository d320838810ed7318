//! What a moderator does with a listing is written to its owners.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::mail::{self, Message};
use entity::account;
use entity::mail::Template;
use entity::membership::{self, MembershipRole};
use entity::organization::Model;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Queues a mail to each owner, "your listing of … was `what`", with the moderator's note. Wake the post
/// after the commit.
///
/// # Errors
/// Whatever the database answers.
pub async fn tell_owners(
    txn: &WriteTransaction,
    clock: &Clock,
    listing: &Model,
    what: &str,
    note: Option<&str>,
) -> Result<(), ApiError> {
    let owners = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(listing.id))
        .filter(membership::Column::Role.eq(MembershipRole::Owner))
        .find_also_related(account::Entity)
        .all(&**txn)
        .await?;
    for owner in owners.into_iter().filter_map(|(_, account)| account) {
        let message = Message {
            template: Template::ListingModerated,
            recipient: owner.email,
            parameters: json!({
                "record_id": listing.id,
                "organization": listing.name,
                "what": what,
                "note": note,
            }),
        };
        mail::queue(&**txn, clock.new_id(), message, clock.now()).await?;
    }
    Ok(())
}
