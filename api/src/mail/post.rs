//! The follower that sends mail.

use crate::changes::WriteTransaction;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::mail::job_alerts;
use crate::mail::letters::{self, Context};
use crate::mail::transport::{SendError, Transport};
use crate::store::Store;
use chrono::TimeDelta;
use entity::mail::{self, Template};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, UpdateMany};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Messages taken at a time.
const BATCH: u64 = 20;

/// How often to look without being woken: for other servers, and for what is tried again.
const POLL_EVERY: Duration = Duration::from_secs(2);

/// Whoever sends a message has it for so long. A server that dies meanwhile leaves it to another.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A message that could not be sent is tried again after so many minutes, then given up.
const RETRIES_MINUTES: [i64; 8] = [1, 5, 15, 60, 180, 360, 720, 1440];

/// Messages of one kind to one address in an hour at most: nobody is buried in mail that others ask for.
const HOURLY: u64 = 10;

/// Sends what is in the queue.
pub struct Post {
    store: Store,
    clock: Clock,
    transport: Transport,
    public_url: String,
    instance_name: String,
    news: Notify,
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
            news: Notify::new(),
        }
    }

    /// What the instance is called: its public URL without the scheme.
    pub fn instance_name(&self) -> &str {
        &self.instance_name
    }

    /// There is mail.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Sends until cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.drain(&stop).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(?error, "mail could not be read from the database"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.news.notified() => {}
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
        }
    }

    /// Takes what is due and sends it; says how many messages it dealt with.
    ///
    /// # Errors
    /// Whatever the database answers. What cannot be sent is not an error: it is tried again.
    pub async fn drain_once(&self) -> Result<usize, ApiError> {
        self.drain(&CancellationToken::new()).await
    }

    /// The same; takes no more when it is to stop.
    async fn drain(&self, stop: &CancellationToken) -> Result<usize, ApiError> {
        let due = mail::Entity::due(self.clock.now(), BATCH)
            .all(&self.store.db)
            .await?;
        let mut dealt_with = 0;
        for mut message in due {
            if !stop.is_cancelled() && self.lease(&message).await? {
                dealt_with += 1;
                self.deal_with(&mut message).await?;
            }
        }
        Ok(dealt_with)
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

    async fn deal_with(&self, message: &mut mail::Model) -> Result<(), ApiError> {
        if self.is_buried(message).await? {
            tracing::warn!(mail = %message.id, template = ?message.template, "too much mail for one address: not sent");
            return self.discard(message).await;
        }
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

    /// Only mail that strangers can ask for counts, each kind by itself: nobody keeps from an owner what they
    /// have to know.
    async fn is_buried(&self, message: &mail::Model) -> Result<bool, DbErr> {
        match message.template {
            Template::VerifyEmail
            | Template::ResetPassword
            | Template::ChangeEmail
            | Template::Invitation
            | Template::ClaimEmail => {}
            Template::EmailChanged
            | Template::ClaimContested
            | Template::ClaimDecided
            | Template::ListingModerated
            | Template::JobExpires
            | Template::JobAlerts => return Ok(false),
        }
        let sent = mail::Entity::find()
            .filter(mail::Column::Recipient.eq(&message.recipient))
            .filter(mail::Column::Template.eq(message.template))
            .filter(mail::Column::DoneAt.gt(self.clock.now() - TimeDelta::hours(1)))
            .count(&self.store.db)
            .await?;
        Ok(sent >= HOURLY)
    }

    /// What is not sent is not counted either.
    async fn discard(&self, message: &mail::Model) -> Result<(), ApiError> {
        let txn = WriteTransaction::begin(&self.store).await?;
        mail::Entity::delete_by_id(message.id).exec(&*txn).await?;
        txn.commit().await?;
        Ok(())
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
