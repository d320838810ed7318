//! Asking for mail.

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::AccountId;
use entity::mail::{self, Template};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long it is remembered that a message was sent.
const KEEP: TimeDelta = TimeDelta::days(1);

/// Rows per statement, well under both databases' limit of bind parameters.
const ROWS_PER_INSERT: usize = 500;

/// A message to be sent.
pub struct Message {
    /// What it says.
    pub template: Template,
    /// To whom; lower case.
    pub recipient: String,
    /// What the template needs: ids and public facts, never a secret.
    pub parameters: Value,
}

/// Asks for a message, to be sent once the transaction is committed. Whoever commits it then calls
/// [`crate::mail::post::Post::wake`].
///
/// # Errors
/// Whatever the database answers.
pub async fn queue(
    txn: &impl ConnectionTrait,
    id: Uuid,
    message: Message,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    queue_all(txn, vec![(id, message)], now).await
}

/// Asks for many messages at once, each with its id.
///
/// # Errors
/// Whatever the database answers.
pub async fn queue_all(
    txn: &impl ConnectionTrait,
    messages: Vec<(Uuid, Message)>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut rows = messages.into_iter().map(|(id, message)| mail::ActiveModel {
        id: Set(id),
        template: Set(message.template),
        recipient: Set(message.recipient),
        parameters: Set(message.parameters),
        attempts: Set(0),
        due_at: Set(now),
        created_at: Set(now),
        done_at: Set(None),
    });
    loop {
        let chunk: Vec<_> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        mail::Entity::insert_many(chunk)
            .exec_without_returning(txn)
            .await?;
    }
}

/// Takes back links to a new address that are not sent yet: whoever asked for them may have been somebody else.
///
/// # Errors
/// Whatever the database answers.
pub async fn withdraw_change_of_email(
    txn: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), DbErr> {
    let waiting = mail::Entity::find()
        .filter(mail::Column::Template.eq(Template::ChangeEmail))
        .filter(mail::Column::DoneAt.is_null())
        .all(txn)
        .await?;
    let record_id = json!(account);
    let ids = waiting
        .into_iter()
        .filter(|message| message.parameters["record_id"] == record_id)
        .map(|message| message.id);
    mail::Entity::delete_many()
        .filter(mail::Column::Id.is_in(ids))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets messages that were sent a day ago.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    mail::Entity::delete_many()
        .filter(mail::Column::DoneAt.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}
