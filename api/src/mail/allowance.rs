//! How much mail somebody may cause to be sent to others.
//!
//! What is queued counts, for as long as the bound says, whatever becomes of it: an invitation that is withdrawn
//! was mailed all the same. Counted where it is queued, under a lock of the mailbox and of the sender, so that
//! two servers do not pass a bound between them.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::http::rate_limit::network;
use crate::mail::address;
use chrono::{DateTime, TimeDelta, Utc};
use entity::account::Role;
use entity::ids::AccountId;
use entity::mail::{self, Template};
use entity::mail_request::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// Messages of one kind to one mailbox in an hour, and in a day. One sender may cause half of each: nobody
/// alone keeps others from writing to somebody.
const TO_A_MAILBOX: (u64, u64) = (8, 16);

/// Messages that a member causes in a day.
const OF_A_MEMBER: u64 = 30;

/// Messages that a moderator causes in a day.
const OF_A_MODERATOR: u64 = 300;

/// Messages that people without an account cause from one network in an hour.
const OF_A_NETWORK: u64 = 50;

/// Messages of a kind that wait to be sent; with more, none is taken.
const WAITING: u64 = 5_000;

/// A message that could not be sent so often waits for an hour and more, and beside the queue: addresses that no
/// server takes do not fill it.
const PUT_OFF: i32 = 4;

/// How long requests are kept: longer than any bound looks back.
const KEEP: TimeDelta = TimeDelta::days(2);

/// Who causes a message to somebody else.
#[derive(Clone, Copy, Debug)]
pub enum Sender {
    /// Somebody who is logged in.
    Account(AccountId, Role),
    /// Anybody, from this address.
    Stranger(Option<IpAddr>),
}

/// A bound that was met.
#[derive(Clone, Debug)]
pub struct Met {
    /// Which, for metrics: `mailbox`, `sender` or `queue`.
    pub whose: &'static str,
    /// Which, in words.
    detail: String,
    /// Seconds until there is room again.
    retry_after: u64,
}

impl Sender {
    /// As it stands in `mail.sender` and `mail_request.sender`.
    pub fn key(self) -> String {
        match self {
            Self::Account(id, _) => format!("account:{id}"),
            Self::Stranger(client) => {
                let from = client.map(|client| network(client).to_string());
                format!("network:{}", hash(&from.unwrap_or_default()))
            }
        }
    }
}

impl From<Met> for ApiError {
    fn from(met: Met) -> Self {
        Self::OverBudget {
            bound: met.detail.into(),
            retry_after: met.retry_after,
        }
    }
}

/// Counts a message to be queued in this transaction, if it may be; the bound that was met if not.
///
/// # Errors
/// Whatever the database answers.
pub async fn spend(
    txn: &WriteTransaction,
    clock: &Clock,
    template: Template,
    recipient: &str,
    sender: Sender,
) -> Result<Result<(), Met>, DbErr> {
    let (mailbox, key) = (hash(&address::folded(recipient)), sender.key());
    lock(txn, [&mailbox, &key]).await?;
    let now = clock.now();
    let met = match full(txn, template).await? {
        None => refused(txn, template, (recipient, &mailbox), sender, now).await?,
        met => met,
    };
    if let Some(met) = met {
        metrics::counter!("toadlane_mail_refused_total", "bound" => met.whose).increment(1);
        tracing::debug!(
            ?template,
            bound = met.whose,
            "mail that was asked for is not sent"
        );
        return Ok(Err(met));
    }
    Entity::insert(ActiveModel {
        id: Set(clock.new_id()),
        template: Set(template),
        mailbox: Set(mailbox),
        sender: Set(key),
        at: Set(now),
    })
    .exec_without_returning(&**txn)
    .await?;
    Ok(Ok(()))
}

/// Forgets requests that count no more.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::At.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}

/// The bound that a message meets.
async fn refused(
    txn: &WriteTransaction,
    template: Template,
    (recipient, mailbox): (&str, &str),
    sender: Sender,
    now: DateTime<Utc>,
) -> Result<Option<Met>, DbErr> {
    let to_it = Entity::find()
        .filter(Column::Mailbox.eq(mailbox))
        .filter(Column::Template.eq(template));
    let of_sender = Entity::find().filter(Column::Sender.eq(sender.key()));
    let both = to_it.clone().filter(Column::Sender.eq(sender.key()));
    let (hourly, daily) = TO_A_MAILBOX;
    let (most, window) = match sender {
        Sender::Account(_, Role::Member) => (OF_A_MEMBER, DAY),
        Sender::Account(_, Role::Moderator | Role::Admin) => (OF_A_MODERATOR, DAY),
        Sender::Stranger(_) => (OF_A_NETWORK, HOUR),
    };
    let bounds = [
        ("sender", "everybody from you", of_sender, most, window),
        (
            "mailbox",
            "this address from you",
            both.clone(),
            hourly / 2,
            HOUR,
        ),
        ("mailbox", "this address from you", both, daily / 2, DAY),
        ("mailbox", "this address", to_it.clone(), hourly, HOUR),
        ("mailbox", "this address", to_it.clone(), daily, DAY),
    ];
    for (whose, to, among, most, window) in bounds {
        let Some(left) = wait(txn, among, most, window, now).await? else {
            continue;
        };
        // A link to a new password works for an hour: whoever has lost theirs has one that works, or gets one,
        // however many strangers asked for.
        let is_owed = whose == "mailbox"
            && template == Template::ResetPassword
            && !is_sent(txn, template, recipient, now).await?;
        if !is_owed {
            let per = if window == HOUR { "an hour" } else { "a day" };
            return Ok(Some(Met {
                whose,
                detail: format!("at most {most} mails of this kind go to {to} in {per}"),
                retry_after: left,
            }));
        }
    }
    Ok(None)
}

/// Whether this very address was sent, or is to be sent, such a message within the hour. Only that tells: what is
/// asked for under another spelling of the mailbox, which has no account, is never written.
async fn is_sent(
    txn: &WriteTransaction,
    template: Template,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sent = mail::Entity::find()
        .filter(mail::Column::Recipient.eq(recipient))
        .filter(mail::Column::Template.eq(template))
        .filter(mail::Column::CreatedAt.gt(now - HOUR))
        .count(&**txn)
        .await?;
    Ok(sent > 0)
}

/// Seconds until fewer than `most` of these are within the window; `None` when fewer are.
async fn wait(
    txn: &WriteTransaction,
    among: Select<Entity>,
    most: u64,
    window: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<u64>, DbErr> {
    let last: Option<DateTime<Utc>> = among
        .select_only()
        .column(Column::At)
        .filter(Column::At.gt(now - window))
        .order_by_desc(Column::At)
        .offset(most.saturating_sub(1))
        .limit(1)
        .into_tuple()
        .one(&**txn)
        .await?;
    Ok(last.map(|last| {
        // A clock that was set back does not make anybody wait for longer.
        let left = (last + window - now).min(window).num_seconds();
        u64::try_from(left).unwrap_or_default() + 1
    }))
}

/// Whether too many of a kind wait: mail does not leave, or somebody asks for more than can.
async fn full(txn: &WriteTransaction, template: Template) -> Result<Option<Met>, DbErr> {
    let waiting = mail::Entity::waiting()
        .filter(mail::Column::Template.eq(template))
        .filter(mail::Column::Attempts.lt(PUT_OFF))
        .count(&**txn)
        .await?;
    Ok((waiting >= WAITING).then(|| Met {
        whose: "queue",
        detail: "too much mail waits to be sent".to_owned(),
        retry_after: 60,
    }))
}

/// Lets no other transaction count for the same until this one ends.
async fn lock(txn: &WriteTransaction, keys: [&str; 2]) -> Result<(), DbErr> {
    // On SQLite this transaction is the only writer already.
    if txn.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut numbers = keys.map(number);
    // In one order, or two wait for each other in a ring.
    numbers.sort_unstable();
    for number in numbers {
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({number})"))
            .await?;
    }
    Ok(())
}

/// The number of an advisory lock: the first bytes of a hash.
fn number(key: &str) -> i64 {
    let digest = Sha256::digest(format!("mail\n{key}").as_bytes());
    let first: [u8; 8] = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
    i64::from_be_bytes(first)
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}
