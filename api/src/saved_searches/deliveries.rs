//! The follower that sends what is new to webhooks (Standard Webhooks 1.0.0).

use crate::app::AppState;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::outbound::signature::signature;
use crate::outbound::{Answer, Limits, OutboundError, Request};
use crate::saved_searches::tell::Way;
use actix_web::web::{self, Bytes};
use chrono::{DateTime, TimeDelta, Utc};
use entity::alert;
use entity::alert_delivery::{Column, Entity, Model};
use entity::saved_search::{self, Notify};
use futures_util::future::join_all;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Notify as Signal;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

/// Requests that are under way at the same time.
const BATCH: u64 = 16;

/// How often to look without being woken: for other servers, and for what is tried again.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Whoever sends a request has it for so long. A server that dies meanwhile leaves it to another.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// What an answer may cost.
const LIMITS: Limits = Limits {
    bytes: 64 * 1024,
    time: Duration::from_secs(15),
};

/// A request that was not taken is sent again after so many seconds, give or take a tenth, then given up.
const RETRIES_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What was sent is remembered so long.
const KEEP: TimeDelta = TimeDelta::days(1);

/// Wakes the sender.
#[derive(Default)]
pub struct Deliveries(Signal);

/// What became of taking a request that is due.
enum Taken {
    /// Ours to send.
    ToSend(Box<saved_search::Model>, String),
    /// Nothing is sent: it is over.
    NothingToSay,
    /// Another server has it.
    ByAnother,
}

/// How an attempt went.
enum Outcome {
    /// A 2xx.
    Taken,
    /// A 410: they want no more.
    Unwanted,
    /// Anything else; not before so long, when they say so.
    Failed(Option<TimeDelta>),
}

impl Deliveries {
    /// There is something to send.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Sends until cancelled.
    pub async fn run(state: web::Data<AppState>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match drain_once(&state).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(?error, "webhooks of saved searches were not sent"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = state.deliveries.0.notified() => {}
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
        }
    }
}

/// Sends what is due; says how many requests it dealt with.
///
/// # Errors
/// Whatever the database answers. What is not taken is not an error: it is sent again.
pub async fn drain_once(state: &AppState) -> Result<usize, ApiError> {
    let due = Entity::due(state.clock.now(), BATCH)
        .all(&state.store.db)
        .await?;
    let done = join_all(due.iter().map(|delivery| deal_with(state, delivery))).await;
    let mut dealt_with = 0;
    for is_ours in done {
        dealt_with += usize::from(is_ours?);
    }
    Ok(dealt_with)
}

/// Forgets requests that ended a day ago.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::DoneAt.lt(now - KEEP))
        .exec(db)
        .await?;
    Ok(())
}

/// `false` when another server has it.
async fn deal_with(state: &AppState, delivery: &Model) -> Result<bool, ApiError> {
    let (search, body) = match take(state, delivery).await? {
        Taken::ToSend(search, body) => (search, body),
        Taken::NothingToSay => return Ok(true),
        Taken::ByAnother => return Ok(false),
    };
    let leased = Model {
        attempts: delivery.attempts + 1,
        ..delivery.clone()
    };
    match send(state, &search, &leased, body).await {
        Outcome::Taken => {
            update(state, &leased, done(state)).await?;
        }
        Outcome::Unwanted => {
            let txn = WriteTransaction::begin(&state.store).await?;
            super::rows::end_notify(&txn, search.id, Notify::Webhook).await?;
            txn.commit().await?;
            update(state, &leased, done(state)).await?;
        }
        Outcome::Failed(wait) => put_off(state, &leased, wait).await?,
    }
    Ok(true)
}

/// Takes a request that is due, for as long as [`LEASE`], or ends it when there is nothing to say.
async fn take(state: &AppState, delivery: &Model) -> Result<Taken, ApiError> {
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    // Whoever finds jobs for the search waits until the commit.
    let ids = [delivery.saved_search_id];
    let search = saved_search::Entity::locked(ids, txn.get_database_backend())
        .one(&*txn)
        .await?
        // Else it was removed, is told of otherwise by now, or is of somebody who is suspended.
        .filter(|(search, owner)| matches!(Way::of(search, owner.as_ref()), Way::Webhook))
        .map(|(search, _)| search);
    let body = match (&search, &delivery.body) {
        (None, _) => None,
        (Some(_), Some(frozen)) => Some(frozen.clone()),
        (Some(search), None) => freeze(&txn, search, delivery, now).await?,
    };
    let change = match &body {
        None => done(state),
        Some(body) => Entity::update_many()
            .col_expr(Column::Body, Expr::value(body.clone()))
            .col_expr(Column::Attempts, Expr::value(delivery.attempts + 1))
            .col_expr(Column::DueAt, Expr::value(now + LEASE)),
    };
    if change_row(&txn, delivery, change).await? != 1 {
        return Ok(Taken::ByAnother);
    }
    txn.commit().await?;
    Ok(match search.zip(body) {
        Some((search, body)) => Taken::ToSend(Box::new(search), body),
        None => Taken::NothingToSay,
    })
}

/// What is sent; `None` when none of the jobs is open any more. Those that are not are forgotten, so that
/// they are news when they return.
async fn freeze(
    txn: &WriteTransaction,
    search: &saved_search::Model,
    delivery: &Model,
    now: DateTime<Utc>,
) -> Result<Option<String>, ApiError> {
    let ids = &delivery.job_ids.0;
    let rows = rows::public(&**txn, ids.iter().map(|id| id.0).collect(), now).await?;
    let mut open: HashMap<_, _> = rows.into_iter().map(|row| (row.0.id, row)).collect();
    let closed: Vec<_> = ids.iter().filter(|id| !open.contains_key(id)).collect();
    alert::Entity::forget(search.id, closed.into_iter().copied())
        .exec(&**txn)
        .await?;
    let jobs: Vec<_> = ids
        .iter()
        .filter_map(|id| open.remove(id))
        .map(|(row, employer)| JobView::new(row, &employer, now))
        .collect();
    if jobs.is_empty() {
        return Ok(None);
    }
    let body = json!({
        "type": "saved_search.matched",
        "timestamp": now,
        "data": {
            "saved_search": {"id": search.id, "name": search.name, "query": search.query},
            "jobs": jobs,
        },
    });
    Ok(Some(body.to_string()))
}

/// Sends it. What cannot be sent as things are is tried again like what was not taken: its owner may mend it.
async fn send(
    state: &AppState,
    search: &saved_search::Model,
    delivery: &Model,
    body: String,
) -> Outcome {
    let url = search
        .webhook_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok());
    let secret = search.webhook_secret.as_deref();
    let headers = secret.and_then(|secret| headers(secret, delivery, state.clock.now(), &body));
    let (Some(url), Some(headers)) = (url, headers) else {
        tracing::warn!(delivery = %delivery.id, saved_search = %search.id, "a webhook has no URL, or no secret that signs");
        return Outcome::Failed(None);
    };
    let request = Request {
        method: Method::POST,
        url,
        headers,
        body: Bytes::from(body),
    };
    let answer = state.outbound.send(request, LIMITS).await;
    judge(delivery, answer, state.clock.now())
}

fn headers(secret: &str, delivery: &Model, now: DateTime<Utc>, body: &str) -> Option<HeaderMap> {
    let (id, timestamp) = (format!("msg_{}", delivery.id.simple()), now.timestamp());
    let signature = signature(secret, &id, timestamp, body)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signature),
    ] {
        headers.insert(HeaderName::from_static(name), value.try_into().ok()?);
    }
    Some(headers)
}

/// Only a 2xx succeeds; a redirection is not followed.
fn judge(delivery: &Model, answer: Result<Answer, OutboundError>, now: DateTime<Utc>) -> Outcome {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Outcome::Taken,
        Ok(answer) if answer.status == 410 => Outcome::Unwanted,
        Ok(answer) => {
            tracing::info!(delivery = %delivery.id, status = answer.status, "a webhook was not taken");
            Outcome::Failed(retry_after(&answer.headers, now))
        }
        Err(error) => {
            tracing::info!(delivery = %delivery.id, %error, "a webhook was not taken");
            Outcome::Failed(None)
        }
    }
}

/// Seconds or a date (RFC 9110 section 10.2.3), at most a day.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), TimeDelta::days(1)))
}

/// When to try again after so many attempts; `None` to give up.
fn next_wait(id: Uuid, attempts: i32, asked: Option<TimeDelta>) -> Option<TimeDelta> {
    let tried = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let seconds = *RETRIES_SECONDS.get(tried)?;
    // What failed together is not sent again together: ids end in random bits.
    let share = id
        .as_bytes()
        .iter()
        .rev()
        .nth(tried % 6)
        .copied()
        .map_or(0, i64::from);
    let jitter = TimeDelta::milliseconds(seconds * 200 * (share - 128) / 256);
    let wait = TimeDelta::seconds(seconds) + jitter;
    Some(asked.map_or(wait, |asked| wait.max(asked)))
}

async fn put_off(
    state: &AppState,
    delivery: &Model,
    asked: Option<TimeDelta>,
) -> Result<(), ApiError> {
    let Some(wait) = next_wait(delivery.id, delivery.attempts, asked) else {
        tracing::warn!(delivery = %delivery.id, saved_search = %delivery.saved_search_id, "a webhook is given up");
        update(state, delivery, done(state)).await?;
        return Ok(());
    };
    let due = Expr::value(state.clock.now() + wait);
    let later = Entity::update_many().col_expr(Column::DueAt, due);
    update(state, delivery, later).await?;
    Ok(())
}

/// The end; what was sent is not kept.
fn done(state: &AppState) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::DoneAt, Expr::value(state.clock.now()))
        .col_expr(Column::Body, Expr::value(None::<String>))
}

/// Changes the row, if it is still as we know it: of all servers that see it, one gets it.
async fn update(
    state: &AppState,
    delivery: &Model,
    change: UpdateMany<Entity>,
) -> Result<u64, DbErr> {
    let txn = WriteTransaction::begin(&state.store).await?;
    let changed = change_row(&txn, delivery, change).await?;
    txn.commit().await?;
    Ok(changed)
}

async fn change_row(
    txn: &WriteTransaction,
    delivery: &Model,
    change: UpdateMany<Entity>,
) -> Result<u64, DbErr> {
    let done = change
        .filter(Column::Id.eq(delivery.id))
        .filter(Column::Attempts.eq(delivery.attempts))
        .filter(Column::DoneAt.is_null())
        .exec(&**txn)
        .await?;
    Ok(done.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_then_gives_up() {
        let id = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        for (tried, seconds) in RETRIES_SECONDS.iter().enumerate() {
            let attempts = i32::try_from(tried).unwrap() + 1;
            let wait = next_wait(id, attempts, None).unwrap().num_milliseconds();
            let expected = seconds * 900..=seconds * 1100;
            assert!(expected.contains(&wait), "{attempts}: {wait}");
        }
        assert_eq!(next_wait(id, 10, None), None);
        let asked = Some(TimeDelta::minutes(10));
        assert_eq!(next_wait(id, 1, asked), asked);
    }

    #[test]
    fn waits_as_long_as_it_is_asked_to() {
        let now = DateTime::from_timestamp(784_111_777, 0).unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("999999999", Some(86_400)),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let wait = retry_after(&headers, now);
            assert_eq!(wait.map(|wait| wait.num_seconds()), seconds, "{text}");
        }
    }
}
