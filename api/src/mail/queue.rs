//! Asking for mail.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::mail::address;
use crate::mail::allowance::{self, Met, Sender};
use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::AccountId;
use entity::mail::{self, Template};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How long it is remembered that a message was sent.
const KEEP: TimeDelta = TimeDelta::days(1);

/// Messages of one kind to one address that are kept: waiting, or sent within a day.
const DAILY: i64 = 100;

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

/// Asks for a message that somebody causes to somebody else, if [they may](allowance); the bound that was met
/// if not, and then nothing is written.
///
/// # Errors
/// Whatever the database answers.
pub async fn request(
    txn: &WriteTransaction,
    clock: &Clock,
    message: Message,
    sender: Sender,
) -> Result<Result<(), Met>, DbErr> {
    let (template, recipient) = (message.template, &message.recipient);
    let allowed = allowance::spend(txn, clock, template, recipient, sender).await?;
    if allowed.is_ok() {
        let row = mail::ActiveModel {
            sender: Set(Some(sender.key())),
            ..row(clock.new_id(), message, clock.now())
        };
        mail::Entity::insert(row)
            .exec_without_returning(&**txn)
            .await?;
    }
    Ok(allowed)
}

/// Asks for many messages at once, each with its id. Of one kind to one address there are so many in a day; the
/// rest is left out, and logged.
///
/// # Errors
/// Whatever the database answers.
pub async fn queue_all(
    txn: &impl ConnectionTrait,
    messages: Vec<(Uuid, Message)>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let messages = leave_out_too_many(txn, messages).await?;
    let mut rows = messages
        .into_iter()
        .map(|(id, message)| row(id, message, now));
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

fn row(id: Uuid, message: Message, now: DateTime<Utc>) -> mail::ActiveModel {
    let domain = address::domain(&message.recipient);
    mail::ActiveModel {
        id: Set(id),
        template: Set(message.template),
        recipient: Set(message.recipient),
        parameters: Set(message.parameters),
        attempts: Set(0),
        due_at: Set(now),
        created_at: Set(now),
        done_at: Set(None),
        sender: Set(None),
        domain: Set(Some(domain)),
    }
}

/// What is not too many for its recipient, counting what is kept.
async fn leave_out_too_many(
    txn: &impl ConnectionTrait,
    mut messages: Vec<(Uuid, Message)>,
) -> Result<Vec<(Uuid, Message)>, DbErr> {
    let mut counts = HashMap::new();
    let recipients: HashSet<String> = messages
        .iter()
        .map(|(_, message)| message.recipient.clone())
        .collect();
    let recipients: Vec<_> = recipients.into_iter().collect();
    for some in recipients.chunks(ROWS_PER_INSERT) {
        let known: Vec<(Template, String, i64)> = mail::Entity::find()
            .select_only()
            .columns([mail::Column::Template, mail::Column::Recipient])
            .column_as(mail::Column::Id.count(), "messages")
            .filter(mail::Column::Recipient.is_in(some.iter().cloned()))
            .group_by(mail::Column::Template)
            .group_by(mail::Column::Recipient)
            .into_tuple()
            .all(txn)
            .await?;
        let known = known.into_iter();
        counts.extend(known.map(|(template, recipient, count)| ((template, recipient), count)));
    }
    messages.retain(|(_, message)| {
        // Those were ordered, or are about the recipient's own jobs: each is written once, and none may be lost.
        if matches!(message.template, Template::JobAlerts | Template::JobExpires) {
            return true;
        }
        let key = (message.template, message.recipient.clone());
        let count = counts.entry(key).or_default();
        *count += 1;
        let fits = *count <= DAILY;
        if !fits {
            metrics::counter!("toadlane_mail_refused_total", "bound" => "recipient").increment(1);
            tracing::warn!(template = ?message.template, "too much mail for one address: not sent");
        }
        fits
    });
    Ok(messages)
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
