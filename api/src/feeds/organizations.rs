//! `GET /v1/feeds/organizations`.

use crate::error::ApiError;
use crate::feeds::page::{self, FeedParameters, FeedState, Items};
use crate::http::query::Query;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use crate::store::in_time;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::change::Kind;
use entity::feed_entry::{self, State};
use entity::ids::OrganizationId;
use entity::organization;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// One organization of the feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganizationFeedItem {
    /// Public, or gone.
    pub state: FeedState,
    /// Always `organization`.
    #[schema(pattern = "^organization$", example = "organization")]
    pub kind: String,
    /// Id of the organization.
    pub id: Uuid,
    /// The change number: unique, ascending, below 2^53.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub modified: i64,
    /// The organization; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<OrganizationView>,
}

/// A page of the feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct OrganizationFeedPage {
    /// Absolute URL of the next page; the page's own on the last, which has no items.
    #[schema(format = "uri")]
    pub next: String,
    /// Each record once, in the order of its latest change.
    #[schema(max_items = 1000)]
    pub items: Vec<OrganizationFeedItem>,
    /// Licence of the compilation; `data.source.license` rules for a record.
    #[schema(format = "uri")]
    pub license: String,
}

/// The example of the spec.
pub fn sample() -> serde_json::Value {
    let view = crate::organizations::view::sample();
    serde_json::json!({
        "next": "https://directory.example.coop/v1/feeds/organizations?afterChangeNumber=42",
        "items": [{"state": "updated", "kind": "organization", "id": view["id"], "modified": 42, "data": view}],
        "license": "https://creativecommons.org/licenses/by/4.0/",
    })
}

/// Follow organizations
///
/// An OpenActive RPDE 1.0 feed: keep nothing but `next`, and follow it for ever. Every record
/// comes once per walk, with its newest state; what leaves the public set comes as `deleted`.
#[utoipa::path(
    tag = "Partner sync",
    params(FeedParameters, ("If-None-Match" = Option<String>, Header, description = "Entity tag of the page you have")),
    responses(
        (status = 200, description = "A page", body = OrganizationFeedPage,
            headers(("ETag" = String, description = "Entity tag of the page"))),
        (status = 304, description = "You have this page already"),
    )
)]
#[get("/feeds/organizations")]
pub async fn get_organizations_feed(
    state: web::Data<AppState>,
    request: HttpRequest,
    Query(parameters): Query<FeedParameters>,
) -> Result<HttpResponse, ApiError> {
    let items = in_time(read(&state, parameters)).await?;
    Ok(page::answer(&state, &request, parameters, &items))
}

/// The entries and their records, of one snapshot.
async fn read(state: &AppState, parameters: FeedParameters) -> Result<Items, ApiError> {
    let snapshot = state.store.snapshot().await?;
    let entries = feed_entry::Entity::after(
        Kind::Organization,
        parameters.after_change_number,
        parameters.limit,
    )
    .all(&snapshot)
    .await?;
    let mut items = Items::default();
    for entries in entries.chunks(page::BATCH) {
        let public = entries
            .iter()
            .filter(|entry| entry.state == State::Updated)
            .map(|entry| OrganizationId(entry.id));
        let rows = organization::Entity::public()
            .filter(organization::Column::Id.is_in(public))
            .all(&snapshot)
            .await?;
        let views: HashMap<Uuid, OrganizationView> = rows
            .into_iter()
            .map(|row| (row.id.0, OrganizationView::from(row)))
            .collect();
        items.write("organization", entries, views)?;
        if items.is_enough() {
            break;
        }
    }
    snapshot.commit().await?;
    Ok(items)
}
