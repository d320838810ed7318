//! What every write of a job has in common.

use crate::changes::{Actor, Change, WriteTransaction, deadlines, record};
use crate::error::ApiError;
use crate::http::etag::etag;
use crate::http::refresh::WriteParameters;
use crate::jobs::rules::{DEFAULT_TIME, MAX_TIME};
use crate::jobs::view::JobView;
use crate::slug;
use crate::state::AppState;
use actix_web::HttpResponse;
use actix_web::http::header;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use entity::change::{Action, Kind};
use entity::deadline::Kind as Deadline;
use entity::job::Model;
use entity::organization::{self, Status as Listing};
use sea_orm::DbErr;
use serde_json::Value;

/// So long before a job expires its editors are reminded.
pub const REMINDER: TimeDelta = TimeDelta::days(7);

/// What happened to a job.
pub struct Event {
    /// The change log's word for it.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// What an update changed.
    pub fields: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the slug of a job begins with, once it is public.
pub fn slug_base(title: &str, organization: &organization::Model) -> String {
    slug::base(&format!("{title} {}", organization.slug), "job")
}

/// Records the change of a job, and notes when it will change by itself.
///
/// # Errors
/// Whatever the database answers.
pub async fn note(
    txn: &mut WriteTransaction,
    before: Option<&Model>,
    after: &Model,
    organization: &organization::Model,
    event: Event,
) -> Result<(), DbErr> {
    let is_listed = organization.status == Listing::Published;
    let is_open = after.is_open(event.at);
    if is_open && let Some(end) = after.valid_through {
        deadlines::note(txn, Deadline::JobExpiry, after.id.0, end).await?;
        let reminder = end - REMINDER;
        if reminder > event.at {
            deadlines::note(txn, Deadline::JobReminder, after.id.0, reminder).await?;
        }
    }
    record(
        txn,
        Change {
            kind: Kind::Job,
            id: after.id.0,
            action: event.action,
            version: after.version,
            actor: event.actor,
            fields: event.fields,
            note: None,
            was_public: is_listed && before.is_some_and(|before| before.is_open(event.at)),
            public: is_listed && is_open,
            at: event.at,
        },
    );
    Ok(())
}

/// Commits the write of a job and answers with its view.
///
/// # Errors
/// Whatever the database answers.
pub async fn commit(
    state: &AppState,
    txn: WriteTransaction,
    row: Model,
    organization: &organization::Model,
    parameters: WriteParameters,
) -> Result<HttpResponse, ApiError> {
    let key = (Kind::Job, row.id.0);
    let sealed = txn.seal().await?;
    let number = sealed
        .number(key.0, key.1)
        .ok_or(ApiError::Internal("a change has no number"))?;
    sealed.commit().await?;
    answer(state, row, organization, number, parameters).await
}

/// A job's view with its tag.
///
/// # Errors
/// Never in practice.
pub async fn answer(
    state: &AppState,
    row: Model,
    organization: &organization::Model,
    number: i64,
    parameters: WriteParameters,
) -> Result<HttpResponse, ApiError> {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ETAG, etag(number)));
    parameters
        .wait(&state.index, (Kind::Job, row.id.0), number, &mut answer)
        .await;
    Ok(answer.json(JobView::new(row, organization, state.clock.now())))
}

/// When a job that is posted or renewed at `from` ends, and whether that is allowed now.
///
/// # Errors
/// A fault of `/valid_through`.
pub fn end(
    asked: Option<DateTime<Utc>>,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, ApiError> {
    let latest = from + MAX_TIME;
    let Some(end) = asked.map(|end| end.trunc_subsecs(3)) else {
        return Ok((now + DEFAULT_TIME).min(latest));
    };
    if end <= now || end <= from {
        return Err(ApiError::field("/valid_through", "must be in the future"));
    }
    if end > latest {
        let latest = latest.format("%Y-%m-%dT%H:%M:%SZ");
        let days = MAX_TIME.num_days();
        return Err(ApiError::field(
            "/valid_through",
            format!("may be at most {days} days after the job is posted or renewed: {latest}"),
        ));
    }
    Ok(end)
}
