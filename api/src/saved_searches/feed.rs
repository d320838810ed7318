//! `/feeds/saved-searches/{token}.atom`: the private feed of a saved search (RFC 4287).

use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::jobs::rows::with_employers;
use crate::jobs::view::JobView;
use crate::mail::job_alerts::name;
use crate::saved_searches::view::feed_url;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::atom::job_entry;
use crate::web::page::tagged;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use atom_syndication::{Entry, Feed, Link, Text};
use entity::alert;
use entity::saved_search::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// Entries of a feed.
const ENTRIES: u64 = 50;

/// The newest open jobs that were found for the search, whether its owner was told of them or not.
///
/// # Errors
/// [`ApiError::NotFound`] for a token that is none.
pub async fn show(
    state: web::Data<AppState>,
    request: HttpRequest,
    token: web::Path<String>,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let db = &state.store.db;
    let search = Entity::find()
        // PostgreSQL has no U+0000 in text, and no token has it.
        .filter(Column::FeedToken.eq(token.replace('\0', "")))
        .one(db)
        .await?
        .ok_or_else(|| ApiError::NotFound("there is no such feed".to_owned()))?;
    let now = state.clock.now();
    let rows = alert::Entity::open_jobs(search.id, now)
        .limit(ENTRIES)
        .all(db)
        .await?;
    let entries = with_employers(db, rows)
        .await?
        .into_iter()
        .map(|(row, employer)| job_entry(&state, &JobView::new(row, &employer, now)))
        .collect();
    let feed = feed(&state, &search, entries);
    let mut head = HttpResponse::Ok();
    head.content_type("application/atom+xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header(("X-Robots-Tag", "noindex"));
    Ok(tagged(&request, head, feed.to_string()))
}

fn feed(state: &AppState, search: &Model, entries: Vec<Entry>) -> Feed {
    let updated = entries.iter().map(|entry| entry.updated).max();
    let saved = search.updated_at.fixed_offset();
    Feed {
        id: search.id.0.urn().to_string(),
        title: Text::plain(line(&name(search))),
        updated: updated.map_or(saved, |updated| updated.max(saved)),
        links: vec![Link {
            href: feed_url(search, &state.public_url),
            rel: "self".to_owned(),
            mime_type: Some("application/atom+xml".to_owned()),
            ..Link::default()
        }],
        entries,
        ..Feed::default()
    }
}
