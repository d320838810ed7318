//! The history of a record, from the change log.

use crate::changes::wake::Key;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::{cursor, pages};
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use entity::change::{self, Action, ActorRole};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// One field that an update changed, as the change log stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// JSON Pointer of the field; of what is `managed` the path of the member, claim or the like.
    #[schema(example = "/summary")]
    pub pointer: String,
    /// What it was; left out for contact data and what was taken down, and for long values of what was never
    /// public.
    #[schema(required = false)]
    pub from: Value,
    /// What it became; likewise.
    #[schema(required = false)]
    pub to: Value,
    /// Of a text of more than 1 KiB `from` and `to` are the parts that differ, and so many characters stand
    /// before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, required = false)]
    pub offset: Option<usize>,
}

/// One change of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct HistoryEntry {
    /// The change number, as in the feed; of what is `managed` a number that the feed leaves out.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub number: i64,
    /// Version of the record after the change.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: i32,
    /// What happened.
    #[schema(schema_with = crate::vocabulary::schema::action)]
    pub action: Action,
    /// When.
    pub at: DateTime<Utc>,
    /// In which role it was done.
    #[schema(schema_with = crate::vocabulary::schema::actor_role)]
    pub role: ActorRole,
    /// The source, when an import did it.
    pub source: Option<String>,
    /// The account that did it; only editors and moderators see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    /// What a moderator told the editors about it; only editors and moderators see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub note: Option<String>,
    /// The fields that changed. Of a change before or after which the record was not public, only its
    /// editors and moderators see more than the status.
    #[schema(value_type = Vec<FieldChange>)]
    pub fields: Value,
}

/// A page of the history, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryPage {
    /// The changes.
    pub items: Vec<HistoryEntry>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// How much of a history somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// What everybody may know.
    Public,
    /// Also who it was, and what changed while the record was not public.
    Editor,
    /// Also what was done about the record without changing it.
    Manager,
}

/// The example of the spec.
pub fn sample() -> Value {
    serde_json::json!({
        "number": 42,
        "version": 2,
        "action": "updated",
        "at": "2026-01-02T09:30:00Z",
        "role": "owner",
        "source": null,
        "fields": [{"pointer": "/members_count", "from": 27, "to": 28}],
    })
}

/// A page of a record's history.
///
/// # Errors
/// 400 for a cursor that is none.
pub async fn page(
    state: &AppState,
    request: &HttpRequest,
    (kind, id): Key,
    sight: Sight,
    parameters: PageParameters,
) -> Result<HttpResponse, ApiError> {
    let mut query = if sight == Sight::Manager {
        change::Entity::about(kind, id)
    } else {
        change::Entity::of(kind, id)
    };
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(change::Column::Seq.lt(cursor::decode::<i64>(cursor)?));
    }
    let mut rows = query
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.seq)?;
    let is_editor = sight >= Sight::Editor;
    let items = rows.into_iter().map(|row| entry(row, is_editor)).collect();
    Ok(pages::begin(state, request, next_cursor.as_deref())
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(HistoryPage { items, next_cursor }))
}

fn entry(row: change::Model, is_editor: bool) -> HistoryEntry {
    HistoryEntry {
        number: row.seq,
        version: row.version,
        action: row.action,
        at: row.at,
        role: row.role,
        source: row.source,
        actor: row.actor.filter(|_| is_editor),
        note: row.note.filter(|_| is_editor),
        fields: if is_editor || row.disclosed {
            row.fields
        } else {
            only_the_status(row.fields)
        },
    }
}

/// What stood in a record while it was hidden stays hidden when it is shown.
fn only_the_status(fields: Value) -> Value {
    let Value::Array(mut fields) = fields else {
        return Value::Array(Vec::new());
    };
    fields.retain(|field| field["pointer"] == "/status");
    Value::Array(fields)
}
