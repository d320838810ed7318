//! One request to a webhook: taken, sent, and what becomes of it.

use super::retries::{next_wait, retry_after};
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::outbound::signature::signature;
use crate::outbound::{Answer, Limits, OutboundError, Request};
use crate::saved_searches::rows::end_notify;
use crate::saved_searches::tell::{Way, forget_sent};
use crate::state::AppState;
use actix_web::web::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use entity::alert;
use entity::alert_delivery::{Column, Entity, Model};
use entity::saved_search::{self, Notify};
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// Whoever sends a request has it for so long. A server that dies meanwhile leaves it to another.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A challenge waits so long when its target's host gets too many, and what is to be sent until its target is proven.
const CROWDED: TimeDelta = TimeDelta::minutes(1);

/// What was queued before its URL changed waits so long for the new one to prove itself: as long as that is asked.
const PROVING: TimeDelta = TimeDelta::days(3);

/// What an answer may cost.
const LIMITS: Limits = Limits {
    bytes: 64 * 1024,
    time: Duration::from_secs(15),
};

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
    /// A 2xx, that echoes the challenge if there is one.
    Taken,
    /// A 410: they want no more.
    Unwanted,
    /// Anything else; not before so long, when they say so.
    Failed(Option<TimeDelta>),
}

/// Takes it, sends it, and notes how that went; `false` when another server has it.
///
/// # Errors
/// Whatever the database answers. What is not taken is not an error: it is sent again.
pub async fn deal_with(state: &AppState, delivery: &Model) -> Result<bool, ApiError> {
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
            if leased.challenge.is_some() {
                prove(state, &search).await?;
            }
            update(state, &leased, done(state)).await?;
        }
        Outcome::Unwanted => {
            let txn = WriteTransaction::begin(&state.store).await?;
            end_notify(&txn, search.id, Notify::Webhook).await?;
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
    let found = saved_search::Entity::locked(ids, txn.get_database_backend())
        .one(&*txn)
        .await?;
    let is_unproven = found
        .as_ref()
        .is_some_and(|(search, owner)| matches!(Way::of(search, owner.as_ref()), Way::Unproven));
    // What was queued for another URL waits until the new one has proven itself.
    if is_unproven && delivery.challenge.is_none() && now - delivery.created_at < PROVING {
        return wait(txn, delivery, now).await;
    }
    let search = found
        // Else it was removed, is told of otherwise by now, or is of somebody who is suspended.
        .filter(|(search, owner)| match Way::of(search, owner.as_ref()) {
            Way::Webhook => delivery.challenge.is_none(),
            Way::Unproven => delivery.challenge.is_some(),
            Way::Email(_) | Way::None => false,
        })
        .map(|(search, _)| search);
    if let (Some(search), Some(_)) = (&search, &delivery.challenge)
        && !state.deliveries.may_challenge(search)
    {
        return wait(txn, delivery, now).await;
    }
    let body = match (&search, &delivery.body, &delivery.challenge) {
        (None, _, _) => None,
        (Some(_), Some(frozen), _) => Some(frozen.clone()),
        (Some(_), None, Some(challenge)) => Some(verification(challenge, now)),
        (Some(search), None, None) => freeze(&txn, search, delivery, now).await?,
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

/// Leaves it for [`CROWDED`].
async fn wait(
    txn: WriteTransaction,
    delivery: &Model,
    now: DateTime<Utc>,
) -> Result<Taken, ApiError> {
    let later = Expr::value(now + CROWDED);
    let later = Entity::update_many().col_expr(Column::DueAt, later);
    change_row(&txn, delivery, later).await?;
    txn.commit().await?;
    Ok(Taken::NothingToSay)
}

/// What asks a target to prove itself.
fn verification(challenge: &str, now: DateTime<Utc>) -> String {
    let body = json!({
        "type": "webhook.verification",
        "timestamp": now,
        "data": {"challenge": challenge},
    });
    body.to_string()
}

/// Whether an answer has the challenge as its text, or as a member of its JSON.
fn echoes(body: &[u8], challenge: &str) -> bool {
    let echo = body.trim_ascii();
    echo == challenge.as_bytes()
        || serde_json::from_slice::<Value>(echo).is_ok_and(|echo| echo["challenge"] == challenge)
}

/// Notes that the target of a search has proven itself, if it is still the one that was asked.
async fn prove(state: &AppState, search: &saved_search::Model) -> Result<(), ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    saved_search::Entity::update_many()
        .col_expr(
            saved_search::Column::WebhookVerifiedAt,
            Expr::value(state.clock.now()),
        )
        .filter(saved_search::Column::Id.eq(search.id))
        .filter(saved_search::Column::WebhookUrl.eq(search.webhook_url.as_deref()))
        .exec(&*txn)
        .await?;
    txn.commit().await?;
    Ok(())
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
    alert::Entity::forget(search.id, closed.iter().copied().copied())
        .exec(&**txn)
        .await?;
    forget_sent(search, closed.into_iter().copied())
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

/// Only a 2xx succeeds, and of a challenge only its echo; a redirection is not followed.
fn judge(delivery: &Model, answer: Result<Answer, OutboundError>, now: DateTime<Utc>) -> Outcome {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => match &delivery.challenge {
            Some(challenge) if !echoes(&answer.body, challenge) => {
                tracing::info!(delivery = %delivery.id, "a webhook did not echo its challenge");
                Outcome::Failed(None)
            }
            _ => Outcome::Taken,
        },
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
