//! The letter that tells what is new for a saved search.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::mail::letters::{Context, letter, record_id};
use crate::mail::transport::Letter;
use crate::saved_searches::tell::Way;
use crate::saved_searches::view::feed_url;
use crate::saved_searches::words;
use crate::store::Store;
use crate::vocabulary::visible::line;
use askama::Template;
use chrono::{DateTime, Utc};
use entity::ids::{JobId, SavedSearchId};
use entity::saved_search::{Entity, Model};
use entity::{account, alert, mail, told_job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "mail/job_alerts.txt")]
struct JobAlerts<'a> {
    instance_name: &'a str,
    search: &'a str,
    jobs: &'a [Lines],
    more: u64,
    feed: String,
    unsubscribe: &'a str,
}

/// What is said of a job.
struct Lines {
    title: String,
    employer: String,
    place: String,
    pay: Option<String>,
    link: String,
}

/// The letter; `None` when the search is gone or no longer told of by mail, its owner is suspended, or none
/// of the jobs is open any more.
///
/// # Errors
/// Whatever the database answers.
pub async fn write(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = SavedSearchId(record_id(message)?);
    let found = Entity::find_by_id(id)
        .find_also_related(account::Entity)
        .one(context.db)
        .await?;
    let search = found
        .filter(|(search, owner)| matches!(Way::of(search, owner.as_ref()), Way::Email(_)))
        .map(|(search, _)| search);
    let Some(search) = search else {
        return Ok(None);
    };
    let jobs = jobs(context, message).await?;
    let Some(first) = jobs.first() else {
        return Ok(None);
    };
    let more = message.parameters["more"].as_u64().unwrap_or_default();
    let name = name(&search);
    let count = u64::try_from(jobs.len())
        .unwrap_or(u64::MAX)
        .saturating_add(more);
    let subject = match count {
        1 => format!("{}: {}", name, first.title),
        count => format!("{count} new jobs: {name}"),
    };
    let unsubscribe = format!(
        "{}/unsubscribe?token={}",
        context.public_url, search.unsubscribe_token
    );
    let letter = letter(
        &subject,
        &JobAlerts {
            instance_name: context.instance_name,
            search: &name,
            jobs: &jobs,
            more,
            feed: feed_url(&search, context.public_url),
            unsubscribe: &unsubscribe,
        },
    )?;
    Ok(letter.map(|letter| Letter {
        unsubscribe: Some(unsubscribe.clone()),
        ..letter
    }))
}

/// Leaves those of its jobs out of a message that are not open any more, for good: when they return they are
/// news.
///
/// # Errors
/// Whatever the database answers.
pub async fn leave_out_closed(
    store: &Store,
    message: &mut mail::Model,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let ids = job_ids(message)?;
    if rows::public(&store.db, ids.clone(), now).await?.len() == ids.len() {
        return Ok(());
    }
    let search = SavedSearchId(record_id(message)?);
    let txn = WriteTransaction::begin(store).await?;
    // Whoever finds jobs for the search waits until the commit.
    let owned = Entity::locked([search], txn.get_database_backend())
        .one(&*txn)
        .await?;
    let rows = rows::public(&*txn, ids.clone(), now).await?;
    let (open, closed): (Vec<_>, Vec<_>) = ids
        .into_iter()
        .partition(|id| rows.iter().any(|(row, _)| row.id.0 == *id));
    let closed = || closed.iter().copied().map(JobId);
    alert::Entity::forget(search, closed()).exec(&*txn).await?;
    if let Some((search, _)) = owned {
        // The mail does not name them after all.
        told_job::Entity::forget(search.account_id, closed())
            .exec(&*txn)
            .await?;
    }
    message.parameters["job_ids"] = json!(open);
    mail::Entity::update_many()
        .col_expr(
            mail::Column::Parameters,
            Expr::value(message.parameters.clone()),
        )
        .filter(mail::Column::Id.eq(message.id))
        .exec(&*txn)
        .await?;
    txn.commit().await?;
    Ok(())
}

/// What to call a search.
pub fn name(search: &Model) -> String {
    match &search.name {
        Some(name) => name.clone(),
        None if search.query.is_empty() => "every job".to_owned(),
        None => search.query.clone(),
    }
}

/// Those of the message that are open, in its order.
async fn jobs(context: &Context<'_>, message: &mail::Model) -> Result<Vec<Lines>, ApiError> {
    let ids = job_ids(message)?;
    let rows = rows::public(context.db, ids.clone(), context.now).await?;
    let mut open: HashMap<_, _> = rows.into_iter().map(|row| (row.0.id.0, row)).collect();
    let lines = ids.iter().filter_map(|id| {
        let (row, organization) = open.remove(id)?;
        let view = JobView::new(row, &organization, context.now);
        Some(Lines {
            employer: line(&words::employer(&view)),
            place: line(&words::place(&view)),
            pay: words::pay(&view),
            link: format!("{}/jobs/{}", context.public_url, view.slug),
            title: line(&view.title),
        })
    });
    Ok(lines.collect())
}

fn job_ids(message: &mail::Model) -> Result<Vec<Uuid>, ApiError> {
    serde_json::from_value(message.parameters["job_ids"].clone())
        .map_err(|_| ApiError::Internal("a message names no jobs"))
}
