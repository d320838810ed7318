//! What a moderator does with a listing is written to its owners.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::mail::{self, Message};
use crate::organizations::members::owners;
use entity::mail::Template;
use entity::organization::Model;
use sea_orm::DbErr;
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
) -> Result<(), DbErr> {
    let letters = owners(&**txn, listing.id).await?.into_iter().map(|owner| {
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
        (clock.new_id(), message)
    });
    mail::queue_all(&**txn, letters.collect(), clock.now()).await
}
