//! What is done from time to time, whatever anybody asks for.

use crate::auth::{register, sessions, throttle};
use crate::changes::allowance;
use crate::http::idempotency;
use crate::organizations::{claims, identity_budget, members, report};
use crate::saved_searches::deliveries;
use crate::state::AppState;
use crate::{api_clients, mail};
use actix_web::web;
use sea_orm::DbErr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Forgets, every hour, what is past its time.
pub async fn every_hour(state: web::Data<AppState>, stop: CancellationToken) {
    let mut hourly = tokio::time::interval(Duration::from_hours(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hourly.tick() => {}
        }
        if let Err(error) = sweep_once(&state).await {
            tracing::warn!(%error, "what is past its time could not be swept");
        }
    }
}

/// Keeps what is in memory up to date, and small.
pub async fn every_minute(state: web::Data<AppState>, stop: CancellationToken) {
    let mut minutely = tokio::time::interval(Duration::from_mins(1));
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            _ = minutely.tick() => false,
        };
        state.limits.sweep();
        state.deliveries.sweep();
        if let Err(error) = state.last_uses.write(&state.store).await {
            tracing::warn!(%error, "when clients were last used could not be written");
        }
        if let Err(error) = state.apply_counts.write(&state.store).await {
            tracing::warn!(%error, "how many went on to apply could not be written");
        }
        if stopped {
            return;
        }
        let (db, now) = (&state.store.db, state.clock.now());
        if let Err(error) = state.keys.reload(db, now).await {
            tracing::warn!(%error, "the public keys could not be read anew");
        }
        if let Err(error) = state.rates.reload(db).await {
            tracing::warn!(%error, "the exchange rates could not be read anew");
        }
    }
}

/// Forgets all that is past its time.
async fn sweep_once(state: &AppState) -> Result<(), DbErr> {
    let (db, now) = (&state.store.db, state.clock.now());
    idempotency::sweep(db, now).await?;
    allowance::sweep(db, now).await?;
    sessions::sweep(db, now).await?;
    state.keys.sweep(db, now).await?;
    api_clients::rows::sweep(db, now).await?;
    throttle::sweep(&state.store, now).await?;
    register::sweep(db, now).await?;
    report::sweep(db, now).await?;
    claims::sweep(db, now).await?;
    members::sweep(db, now).await?;
    identity_budget::sweep(db, now).await?;
    mail::tokens::sweep(db, now).await?;
    deliveries::sweep(db, now).await?;
    mail::queue::sweep(db, now).await?;
    mail::allowance::sweep(db, now).await?;
    state.store.optimize().await
}
