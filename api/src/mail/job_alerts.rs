//! The letter that tells what is new for a saved search.

use crate::error::ApiError;
use crate::formats::visible::line;
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::mail::letters::{Context, letter, record_id};
use crate::mail::transport::Letter;
use crate::saved_searches::view::feed_url;
use crate::saved_searches::words;
use askama::Template;
use entity::ids::SavedSearchId;
use entity::mail;
use entity::saved_search::{Entity, Model, Notify};
use sea_orm::EntityTrait;
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

/// The letter; `None` when the search is gone or no longer told of by mail, or none of the jobs is open
/// any more.
///
/// # Errors
/// Whatever the database answers.
pub async fn write(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = SavedSearchId(record_id(message)?);
    let search = Entity::find_by_id(id).one(context.db).await?;
    let Some(search) = search.filter(|search| search.notify == Notify::Email) else {
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
    let ids: Vec<Uuid> = serde_json::from_value(message.parameters["job_ids"].clone())
        .map_err(|_| ApiError::Internal("a message names no jobs"))?;
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
