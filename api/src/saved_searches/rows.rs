//! The rows of saved searches.

use crate::auth::secrets;
use crate::changes::{WriteTransaction, index};
use crate::error::ApiError;
use crate::saved_searches::input::SavedSearchInput;
use crate::saved_searches::tell;
use crate::state::AppState;
use chrono::{DateTime, Utc};
use entity::alert_delivery::JobIds;
use entity::ids::{AccountId, SavedSearchId};
use entity::saved_search::{ActiveModel, Column, Entity, Model, Notify};
use entity::{alert, alert_delivery, counter};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter,
};
use uuid::Uuid;

/// Saved searches an account may have.
const MAX_OF_ACCOUNT: u64 = 100;

/// The search of this id, if it is the account's own.
///
/// # Errors
/// [`ApiError::NotFound`], also for those of others.
pub async fn own(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: &str,
) -> Result<Model, ApiError> {
    let not_found =
        || ApiError::NotFound("there is no saved search of yours with this id".to_owned());
    let id = Uuid::try_parse(id).map_err(|_| not_found())?;
    Entity::of(account)
        .filter(Column::Id.eq(SavedSearchId(id)))
        .one(db)
        .await?
        .ok_or_else(not_found)
}

/// The number of the next write of saved searches. From here to the commit nobody else writes any: what is
/// read now is what is changed.
///
/// # Errors
/// Whatever the database answers.
pub async fn next_revision(txn: &WriteTransaction) -> Result<i64, DbErr> {
    counter::Entity::next(&**txn, counter::SAVED_SEARCHES).await
}

/// Saves a search.
///
/// # Errors
/// [`ApiError::Conflict`] when the account has as many as it may have.
pub async fn insert(
    state: &AppState,
    txn: &WriteTransaction,
    account: AccountId,
    input: SavedSearchInput,
) -> Result<Model, ApiError> {
    let revision = next_revision(txn).await?;
    if Entity::of(account).count(&**txn).await? >= MAX_OF_ACCOUNT {
        return Err(ApiError::Conflict(format!(
            "you have {MAX_OF_ACCOUNT} saved searches; remove one first"
        )));
    }
    let now = state.clock.now();
    let row = ActiveModel {
        id: Set(SavedSearchId(state.clock.new_id())),
        account_id: Set(account),
        webhook_secret: Set(input.webhook_url.as_ref().map(|_| secrets::new_webhook())),
        webhook_verified_at: Set(None),
        feed_token: Set(secrets::new()),
        unsubscribe_token: Set(secrets::new()),
        after_seq: Set(index::head(&**txn).await?),
        revision: Set(revision),
        created_at: Set(now),
        updated_at: Set(now),
        last_notified_at: Set(None),
        digest_at: Set(None),
        ..columns(input)
    };
    let row = row.insert(&**txn).await?;
    challenge(state, txn, &row).await?;
    Ok(row)
}

/// Asks a webhook that has not proven itself to do so, in place of asking before.
async fn challenge(state: &AppState, txn: &WriteTransaction, row: &Model) -> Result<(), DbErr> {
    alert_delivery::Entity::unanswered(row.id)
        .exec(&**txn)
        .await?;
    if row.notify != Notify::Webhook || row.webhook_verified_at.is_some() {
        return Ok(());
    }
    let now = state.clock.now();
    let request = alert_delivery::ActiveModel {
        id: Set(state.clock.new_id()),
        saved_search_id: Set(row.id),
        challenge: Set(Some(secrets::new())),
        job_ids: Set(JobIds::default()),
        body: Set(None),
        attempts: Set(0),
        due_at: Set(now),
        created_at: Set(now),
        done_at: Set(None),
    };
    request.insert(&**txn).await?;
    Ok(())
}

/// Changes a search. One that looks for something else finds what is new from now on, and
/// what the old one found and waits to be told is forgotten; one that is told more often is told sooner of
/// what waits; a webhook that goes
/// elsewhere has a new secret, as whoever had the old place knows the old one, and proves itself anew. One that
/// has not proven itself is asked again.
///
/// # Errors
/// Whatever the database answers.
pub async fn update(
    state: &AppState,
    txn: &WriteTransaction,
    current: &Model,
    input: SavedSearchInput,
    revision: i64,
) -> Result<Model, DbErr> {
    let mut row = ActiveModel {
        id: Set(current.id),
        revision: Set(revision),
        updated_at: Set(state.clock.now()),
        ..columns(input.clone())
    };
    if current.query != input.query {
        row.after_seq = Set(index::head(&**txn).await?);
    }
    if current.webhook_url != input.webhook_url {
        row.webhook_secret = Set(input.webhook_url.map(|_| secrets::new_webhook()));
        row.webhook_verified_at = Set(None);
    }
    let row = row.update(&**txn).await?;
    // After the row is locked, as whoever finds jobs does it.
    if current.query != row.query {
        alert::Entity::forget_untold(row.id).exec(&**txn).await?;
        // Its jobs were not told either.
        let unwritten = alert_delivery::Entity::unwritten(row.id)
            .all(&**txn)
            .await?;
        let jobs = || unwritten.iter().flat_map(|request| &request.job_ids.0);
        alert::Entity::forget(row.id, jobs().copied())
            .exec(&**txn)
            .await?;
        tell::forget_sent(current, jobs().copied())
            .exec(&**txn)
            .await?;
        let ids = unwritten.iter().map(|request| request.id);
        alert_delivery::Entity::delete_many()
            .filter(alert_delivery::Column::Id.is_in(ids))
            .exec(&**txn)
            .await?;
    }
    challenge(state, txn, &row).await?;
    tell::hasten(txn, &row, state.clock.now()).await?;
    Ok(row)
}

/// Ends the mail, or the webhook, of a search, which stays; nothing when it is told of otherwise. A webhook
/// that wants no more has to prove itself before it gets any again.
///
/// # Errors
/// Whatever the database answers.
pub async fn end_notify(
    txn: &WriteTransaction,
    id: SavedSearchId,
    notify: Notify,
) -> Result<(), DbErr> {
    let revision = next_revision(txn).await?;
    let mut end = Entity::update_many()
        .col_expr(Column::Notify, Expr::value(Notify::None))
        .col_expr(Column::Revision, Expr::value(revision));
    if notify == Notify::Webhook {
        let never = Expr::value(None::<DateTime<Utc>>);
        end = end.col_expr(Column::WebhookVerifiedAt, never);
    }
    end.filter(Column::Id.eq(id))
        .filter(Column::Notify.eq(notify))
        .exec(&**txn)
        .await?;
    Ok(())
}

fn columns(input: SavedSearchInput) -> ActiveModel {
    let SavedSearchInput {
        name,
        kind,
        query,
        notify,
        frequency,
        webhook_url,
    } = input;
    ActiveModel {
        name: Set(name),
        kind: Set(kind),
        query: Set(query),
        notify: Set(notify),
        frequency: Set(frequency),
        webhook_url: Set(webhook_url),
        ..Default::default()
    }
}
