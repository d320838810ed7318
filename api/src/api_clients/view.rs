//! API clients as their makers see them.

use crate::api_clients::rows::NewSecret;
use crate::error::ApiError;
use chrono::{DateTime, Utc};
use entity::api_client_secret::Column;
use entity::{api_client, api_client_secret};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A program that acts for you, with the rights of a member at most.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"client_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "name": "Website sync", "scopes": ["organizations:write"], "organization_id": null, "source": null, "created_at": "2026-01-01T09:00:00Z", "last_used_at": null, "secrets": []}))]
pub struct ApiClientView {
    /// Its id, here and at `POST /oauth/token`.
    pub client_id: Uuid,
    /// What you call it.
    pub name: String,
    /// What it may do.
    #[schema(schema_with = crate::api_clients::input::scopes)]
    pub scopes: Vec<String>,
    /// The only organization it may act for, if it is bound to one.
    pub organization_id: Option<Uuid>,
    /// The only source it may push to, if it is bound to one.
    pub source: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last asked for anything; up to a minute late.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The secrets that work, the oldest first.
    #[schema(max_items = 10)]
    pub secrets: Vec<SecretView>,
}

/// A secret, without the secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072", "created_at": "2026-01-01T09:00:00Z", "expires_at": null, "last_used_at": null}))]
pub struct SecretView {
    /// Id.
    pub id: Uuid,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// When it ends; `null` for the latest.
    pub expires_at: Option<DateTime<Utc>>,
    /// When a token was last asked for with it; up to a minute late.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new API client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewApiClient {
    /// The client.
    #[serde(flatten)]
    pub client: ApiClientView,
    /// Its secret, shown this once; left out when the answer is given again for an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub client_secret: Option<String>,
}

/// A new secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewApiClientSecret {
    /// What will be known of it.
    #[serde(flatten)]
    pub secret: SecretView,
    /// The client.
    pub client_id: Uuid,
    /// The secret, shown this once; left out when the answer is given again for an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub client_secret: Option<String>,
}

/// A page of your API clients.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiClientPage {
    /// The oldest first.
    pub items: Vec<ApiClientView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

impl ApiClientView {
    fn of(row: api_client::Model, secrets: Vec<SecretView>) -> Self {
        Self {
            client_id: row.id.0,
            name: row.name,
            scopes: row
                .scopes
                .0
                .iter()
                .map(|scope| scope.name().to_owned())
                .collect(),
            organization_id: row.organization_id.map(|id| id.0),
            source: row.source_name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            secrets,
        }
    }
}

impl From<api_client_secret::Model> for SecretView {
    fn from(row: api_client_secret::Model) -> Self {
        Self {
            id: row.id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}

impl NewApiClient {
    /// A client and its first secret.
    pub fn of(row: api_client::Model, secret: NewSecret) -> Self {
        Self {
            client: ApiClientView::of(row, vec![secret.row.into()]),
            client_secret: Some(secret.secret),
        }
    }
}

impl From<NewSecret> for NewApiClientSecret {
    fn from(new: NewSecret) -> Self {
        Self {
            client_id: new.row.client_id.0,
            secret: new.row.into(),
            client_secret: Some(new.secret),
        }
    }
}

/// Clients with their secrets, all read at once.
///
/// # Errors
/// Whatever the database answers.
pub async fn views(
    db: &impl ConnectionTrait,
    rows: Vec<api_client::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<ApiClientView>, ApiError> {
    let secrets = api_client_secret::Entity::live(now)
        .filter(Column::ClientId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let views = rows.into_iter().map(|row| {
        let mine = secrets.iter().filter(|secret| secret.client_id == row.id);
        let mine = mine.cloned().map(SecretView::from).collect();
        ApiClientView::of(row, mine)
    });
    Ok(views.collect())
}
