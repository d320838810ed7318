//! How a saved search looks to its owner.

use crate::saved_searches::input;
use chrono::{DateTime, Utc};
use entity::saved_search::{Frequency, Kind, Model, Notify};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A search that you keep, to be told of what is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct SavedSearchView {
    /// UUIDv7.
    pub id: Uuid,
    /// What you call it.
    pub name: Option<String>,
    /// What is searched for.
    #[schema(schema_with = input::kind)]
    pub kind: Kind,
    /// The query string of `GET /v1/jobs`.
    #[schema(max_length = 4000)]
    pub query: String,
    /// How you are told.
    #[schema(schema_with = input::notify)]
    pub notify: Notify,
    /// How often.
    #[schema(schema_with = input::frequency)]
    pub frequency: Frequency,
    /// Where webhooks go.
    #[schema(schema_with = input::webhook_url)]
    pub webhook_url: Option<String>,
    /// When whoever answers there echoed the challenge; `null` until then, and nothing else is sent there.
    pub webhook_verified_at: Option<DateTime<Utc>>,
    /// Atom feed of the open jobs that were found since it was saved. Whoever knows this URL can read it.
    #[schema(format = "uri")]
    pub feed_url: String,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// When you last changed it.
    pub updated_at: DateTime<Utc>,
    /// When you were last told of something.
    pub last_notified_at: Option<DateTime<Utc>>,
}

impl SavedSearchView {
    /// The view of a row.
    pub fn new(row: &Model, public_url: &str) -> Self {
        Self {
            id: row.id.0,
            name: row.name.clone(),
            kind: row.kind,
            query: row.query.clone(),
            notify: row.notify,
            frequency: row.frequency,
            webhook_url: row.webhook_url.clone(),
            webhook_verified_at: row.webhook_verified_at,
            feed_url: feed_url(row, public_url),
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_notified_at: row.last_notified_at,
        }
    }
}

/// Where the private feed of a search is.
pub fn feed_url(row: &Model, public_url: &str) -> String {
    format!("{public_url}/feeds/saved-searches/{}.atom", row.feed_token)
}

/// A saved search, with its secret while that is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WrittenSavedSearch {
    /// The search.
    #[serde(flatten)]
    pub search: SavedSearchView,
    /// What its webhooks are signed with, `whsec_…`. Shown this once: when `webhook_url` is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false, min_length = 38, max_length = 100)]
    pub secret: Option<String>,
}

/// A page of saved searches.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SavedSearchPage {
    /// The oldest first.
    #[schema(max_items = 100)]
    pub items: Vec<SavedSearchView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// The example of the spec.
pub fn sample() -> Value {
    let mut view = input::sample();
    let more = json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6081",
        "webhook_verified_at": null,
        "feed_url": "https://toadlane.example/feeds/saved-searches/3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.atom",
        "created_at": "2026-01-01T09:00:00Z",
        "updated_at": "2026-01-01T09:00:00Z",
        "last_notified_at": null,
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    view
}
