//! `GET /v1/feeds/jobs`.

use crate::error::ApiError;
use crate::feeds::page::{self, FeedParameters, FeedState, Items};
use crate::http::query::Query;
use crate::jobs::rows;
use crate::jobs::view::JobView;
use crate::state::AppState;
use crate::store::in_time;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::change::Kind;
use entity::feed_entry::{self, State};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// One job of the feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobFeedItem {
    /// Open, or gone.
    pub state: FeedState,
    /// Always `job`.
    #[schema(pattern = "^job$", example = "job")]
    pub kind: String,
    /// Id of the job.
    pub id: Uuid,
    /// The change number: unique, ascending, below 2^53.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub modified: i64,
    /// The job; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<JobView>,
}

/// A page of the feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct JobFeedPage {
    /// Absolute URL of the next page; the page's own on the last, which has no items.
    #[schema(format = "uri")]
    pub next: String,
    /// Each record once, in the order of its latest change.
    #[schema(max_items = 1000)]
    pub items: Vec<JobFeedItem>,
    /// Licence of the compilation; `data.source.license` rules for a record.
    #[schema(format = "uri")]
    pub license: String,
}

/// The example of the spec.
pub fn sample() -> serde_json::Value {
    let view = crate::jobs::view::sample();
    serde_json::json!({
        "next": "https://directory.example.coop/v1/feeds/jobs?afterChangeNumber=43",
        "items": [{"state": "updated", "kind": "job", "id": view["id"], "modified": 43, "data": view}],
        "license": "https://creativecommons.org/licenses/by/4.0/",
    })
}

/// Follow jobs
///
/// An OpenActive RPDE 1.0 feed, as that of organizations: what is closed, expires, or whose employer leaves
/// the public set comes as `deleted`.
#[utoipa::path(
    tag = "Partner sync",
    params(FeedParameters, ("If-None-Match" = Option<String>, Header, description = "Entity tag of the page you have")),
    responses(
        (status = 200, description = "A page", body = JobFeedPage,
            headers(("ETag" = String, description = "Entity tag of the page"))),
        (status = 304, description = "You have this page already"),
    )
)]
#[get("/feeds/jobs")]
pub async fn get_jobs_feed(
    state: web::Data<AppState>,
    request: HttpRequest,
    Query(parameters): Query<FeedParameters>,
) -> Result<HttpResponse, ApiError> {
    let items = in_time(read(&state, parameters)).await?;
    Ok(page::answer(&state, &request, parameters, &items))
}

/// The entries and their records, of one snapshot.
async fn read(state: &AppState, parameters: FeedParameters) -> Result<Items, ApiError> {
    let now = state.clock.now();
    let snapshot = state.store.snapshot().await?;
    let entries =
        feed_entry::Entity::after(Kind::Job, parameters.after_change_number, parameters.limit)
            .all(&snapshot)
            .await?;
    let mut items = Items::default();
    for entries in entries.chunks(page::BATCH) {
        let open = entries
            .iter()
            .filter(|entry| entry.state == State::Updated)
            .map(|entry| entry.id);
        let rows = rows::public(&snapshot, open.collect(), now).await?;
        let views: HashMap<Uuid, JobView> = rows
            .into_iter()
            .map(|(row, employer)| (row.id.0, JobView::new(row, &employer, now)))
            .collect();
        items.write("job", entries, views)?;
        if items.is_enough() {
            break;
        }
    }
    snapshot.commit().await?;
    Ok(items)
}
