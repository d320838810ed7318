//! `GET /v1/organizations/{id}/history`.

use crate::app::AppState;
use crate::error::ApiError;
use crate::http::cursor;
use crate::http::query::{FromParameters, Parameters, Query};
use crate::organizations::editor::OrganizationReader;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::change::{self, Action, ActorRole, Kind};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One field that an update changed, as the change log stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// JSON Pointer of the field.
    #[schema(example = "/summary")]
    pub pointer: String,
    /// What it was; left out for contact data and what was taken down.
    #[schema(required = false)]
    pub from: Value,
    /// What it became; left out for contact data and what was taken down.
    #[schema(required = false)]
    pub to: Value,
}

/// One change of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct HistoryEntry {
    /// The change number, as in the feed.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub number: i64,
    /// Version of the record after the change.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: i32,
    /// What happened.
    #[schema(schema_with = crate::organizations::schema::action)]
    pub action: Action,
    /// When.
    pub at: DateTime<Utc>,
    /// In which role it was done.
    #[schema(schema_with = crate::organizations::schema::actor_role)]
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

/// Parameters of a history.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryParameters {
    /// Changes per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: u64,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for HistoryParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
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

/// The history of an organization
///
/// When it changed, what changed, in which role and from which source, newest first.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        HistoryParameters,
    ),
    responses(
        (status = 200, description = "Its changes", body = HistoryPage),
        (status = 308, description = "Merged into another record: `Location` is the same of that one",
            headers(("Location" = String, description = "Path of the survivor's"))),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations/{id}/history")]
pub async fn list_organization_history(
    state: web::Data<AppState>,
    reader: OrganizationReader,
    Query(parameters): Query<HistoryParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = change::Entity::of(Kind::Organization, reader.organization.id.0);
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(change::Column::Seq.lt(cursor::decode::<i64>(cursor)?));
    }
    let mut rows = query
        .limit(parameters.limit + 1)
        .all(&state.store.db)
        .await?;
    let more = u64::try_from(rows.len()).is_ok_and(|read| read > parameters.limit);
    if more {
        rows.pop();
    }
    let next_cursor = match rows.last() {
        Some(last) if more => Some(cursor::encode(&last.seq)?),
        _ => None,
    };
    let items = rows
        .into_iter()
        .map(|row| entry(row, reader.is_editor))
        .collect();
    Ok(HttpResponse::Ok()
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
