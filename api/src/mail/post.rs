//! The follower that sends mail.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::mail::classes::Class;
use crate::mail::letters::{self, Context};
use crate::mail::transport::{SendError, Transport};
use crate::mail::{address, job_alerts};
use crate::store::Store;
use chrono::TimeDelta;
use entity::mail::{self, Template};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Messages that are looked up at a time.
const LOOKED_UP: u64 = 100;

/// How often to look without being woken: for other servers, and for what is tried again.
const POLL_EVERY: Duration = Duration::from_secs(2);

/// Whoever sends a message has it for so long. A server that dies meanwhile leaves it to another.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A message that could not be sent is tried again after so many minutes, then given up.
const RETRIES_MINUTES: [i64; 8] = [1, 5, 15, 60, 180, 360, 720, 1440];

/// Messages that are sent beside all others, so many at once.
struct Lane {
    templates: &'static [Template],
    at_once: usize,
    /// Of those, to one domain: what is slow there delays nothing that goes elsewhere.
    to_a_domain: usize,
}

/// First what a person waits for, then what somebody has to know, then what can come a little later: no lane
/// waits for another.
const LANES: [Lane; 3] = [
    Lane {
        templates: Class::Awaited.templates(),
        at_once: 8,
        to_a_domain: 4,
    },
    Lane {
        templates: Class::Notices.templates(),
        at_once: 4,
        to_a_domain: 2,
    },
    Lane {
        templates: Class::Alerts.templates(),
        at_once: 4,
        to_a_domain: 2,
    },
];

/// Sends what is in the queue.
pub struct Post {
    store: Store,
    clock: Clock,
    transport: Transport,
    public_url: String,
    instance_name: String,
    news: [Notify; LANES.len()],
}

impl Post {
    /// A post that is not running yet.
    pub fn new(store: Store, clock: Clock, transport: Transport, public_url: String) -> Self {
        let instance_name = public_url
            .split_once("://")
            .map_or(public_url.as_str(), |(_, name)| name)
            .to_owned();
        Self {
            store,
            clock,
            transport,
            public_url,
            instance_name,
            news: Default::default(),
        }
    }

    /// What the instance is called: its public URL without the scheme.
    pub fn instance_name(&self) -> &str {
        &self.instance_name
    }

    /// There is mail.
    pub fn wake(&self) {
        for news in &self.news {
            news.notify_one();
        }
    }

    /// Sends until cancelled; what is being sent then is sent.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let lanes = LANES.iter().zip(&self.news);
        join_all(lanes.map(|(lane, news)| self.run_lane(lane, news, &stop))).await;
    }

    /// Sends some of what is due now; says how many messages it dealt with.
    ///
    /// # Errors
    /// Whatever the database answers. What cannot be sent is not an error: it is tried again.
    pub async fn drain_once(&self) -> Result<usize, ApiError> {
        let mut dealt_with = 0;
        for lane in &LANES {
            let taken = self.take(lane, &mut Vec::new(), &[]).await?;
            dealt_with += taken.len();
            let sent = join_all(taken.into_iter().map(|message| self.deal_with(message))).await;
            sent.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(dealt_with)
    }

    async fn run_lane(self: &Arc<Self>, lane: &Lane, news: &Notify, stop: &CancellationToken) {
        let mut sending = FuturesUnordered::new();
        let (mut next, mut busy) = (Vec::new(), Vec::new());
        let mut poll = tokio::time::interval(POLL_EVERY);
        while !stop.is_cancelled() {
            let taken = self.take(lane, &mut next, &busy).await;
            let taken = taken.unwrap_or_else(|error| {
                tracing::error!(?error, "mail could not be read from the database");
                Vec::new()
            });
            let took = !taken.is_empty();
            for message in taken {
                let recipient = message.recipient.clone();
                busy.push(recipient.clone());
                let post = self.clone();
                // A task of its own: it goes on while we wait for the database.
                let task = tokio::spawn(async move { post.deal_with(message).await });
                sending.push(async move { (recipient, task.await) });
            }
            if took {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some((recipient, sent)) = sending.next() => is_over(&mut busy, &recipient, sent),
                // What came meanwhile may be more urgent.
                () = news.notified() => next.clear(),
                _ = poll.tick() => next.clear(),
            }
        }
        while let Some((recipient, sent)) = sending.next().await {
            is_over(&mut busy, &recipient, sent);
        }
    }

    /// Takes messages, of the `next` that were looked up or else of the database, for which a lane has room
    /// while it sends to those who are `busy`. None only when there is no room for any that is due.
    async fn take(
        &self,
        lane: &Lane,
        next: &mut Vec<mail::Model>,
        busy: &[String],
    ) -> Result<Vec<mail::Model>, DbErr> {
        let mut busy = busy.to_vec();
        let mut taken = Vec::new();
        if busy.len() >= lane.at_once {
            return Ok(taken);
        }
        if !next
            .iter()
            .any(|message| lane.has_room_for(&message.recipient, &busy))
        {
            let domains = busy.iter().map(|recipient| address::domain(recipient));
            let full: Vec<_> = domains
                .filter(|domain| lane.is_full(domain, &busy))
                .collect();
            *next = mail::Entity::due(self.clock.now(), lane.templates, full, LOOKED_UP)
                .all(&self.store.db)
                .await?;
        }
        let mut left = Vec::with_capacity(next.len());
        for message in std::mem::take(next) {
            if !lane.has_room_for(&message.recipient, &busy) {
                left.push(message);
                continue;
            }
            match self.lease(&message).await {
                Ok(true) => {
                    busy.push(message.recipient.clone());
                    taken.push(message);
                }
                // Another server has it.
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(?error, "a message could not be taken");
                    break;
                }
            }
        }
        *next = left;
        Ok(taken)
    }

    /// Of all servers that see the message, one gets it.
    async fn lease(&self, message: &mail::Model) -> Result<bool, DbErr> {
        let lease = mail::Entity::update_many()
            .col_expr(mail::Column::DueAt, Expr::value(self.clock.now() + LEASE))
            .col_expr(mail::Column::Attempts, Expr::value(message.attempts + 1))
            .filter(mail::Column::Attempts.eq(message.attempts))
            .filter(mail::Column::DoneAt.is_null());
        Ok(self.update(message, lease).await? == 1)
    }

    async fn update(
        &self,
        message: &mail::Model,
        change: UpdateMany<mail::Entity>,
    ) -> Result<u64, DbErr> {
        let txn = WriteTransaction::begin(&self.store).await?;
        let done = change
            .filter(mail::Column::Id.eq(message.id))
            .exec(&*txn)
            .await?;
        txn.commit().await?;
        Ok(done.rows_affected)
    }

    async fn deal_with(&self, mut message: mail::Model) -> Result<(), ApiError> {
        let message = &mut message;
        let now = self.clock.now();
        if message.template == Template::JobAlerts {
            job_alerts::leave_out_closed(&self.store, message, now).await?;
        }
        let context = Context {
            db: &self.store.db,
            public_url: &self.public_url,
            instance_name: &self.instance_name,
            now,
        };
        let letter = match letters::write(&context, message).await {
            Ok(Some(letter)) => letter,
            Ok(None) => return self.done(message).await,
            Err(error) => return self.put_off(message, &error.to_string()).await,
        };
        match self
            .transport
            .send(message.id, &message.recipient, letter)
            .await
        {
            Ok(()) => self.done(message).await,
            Err(SendError::Later(reason)) => self.put_off(message, &reason).await,
            Err(error) => {
                tracing::error!(mail = %message.id, template = ?message.template, %error, "given up");
                self.done(message).await
            }
        }
    }

    async fn put_off(&self, message: &mail::Model, reason: &str) -> Result<(), ApiError> {
        let retry = usize::try_from(message.attempts)
            .ok()
            .and_then(|tried| RETRIES_MINUTES.get(tried));
        let Some(&minutes) = retry else {
            tracing::error!(mail = %message.id, template = ?message.template, reason, "given up");
            return self.done(message).await;
        };
        tracing::warn!(mail = %message.id, template = ?message.template, reason, minutes, "mail is tried again later");
        let due = Expr::value(self.clock.now() + TimeDelta::minutes(minutes));
        let later = mail::Entity::update_many().col_expr(mail::Column::DueAt, due);
        self.update(message, later).await?;
        Ok(())
    }

    async fn done(&self, message: &mail::Model) -> Result<(), ApiError> {
        let now = Expr::value(self.clock.now());
        let done = mail::Entity::update_many().col_expr(mail::Column::DoneAt, now);
        self.update(message, done).await?;
        Ok(())
    }
}

impl Lane {
    /// Whether as many are sent to this domain as may be at once.
    fn is_full(&self, domain: &str, busy: &[String]) -> bool {
        let to_it = busy.iter().filter(|other| address::domain(other) == domain);
        to_it.count() >= self.to_a_domain
    }

    /// Whether a message may be sent beside those to others. To one address they go one after the other, in the
    /// order they were asked for.
    fn has_room_for(&self, recipient: &str, busy: &[String]) -> bool {
        busy.len() < self.at_once
            && busy.iter().all(|other| other != recipient)
            && !self.is_full(&address::domain(recipient), busy)
    }
}

/// A message is dealt with: there is room for another.
fn is_over(
    busy: &mut Vec<String>,
    recipient: &str,
    sent: Result<Result<(), ApiError>, tokio::task::JoinError>,
) {
    if let Some(at) = busy.iter().position(|other| other == recipient) {
        busy.swap_remove(at);
    }
    match sent {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(?error, "what became of a message could not be noted");
        }
        Err(error) => tracing::error!(%error, "a message was not dealt with"),
    }
}
