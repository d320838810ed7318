//! How an attestation looks to a client.

use crate::vocabulary::schema;
use chrono::{DateTime, Utc};
use entity::attestation::{Authority, Kind, Model, Summary};
use entity::organization::Viewer;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// An attestation, as its organization shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct Attestation {
    /// UUIDv7.
    pub id: Uuid,
    /// What is vouched for.
    #[schema(schema_with = crate::organizations::schema::attestation_kind)]
    pub kind: Kind,
    /// Name of the issuer: an organization, a register, a person.
    pub issuer: String,
    /// The issuer, where it is an organization listed here.
    pub issuer_organization_id: Option<Uuid>,
    /// Where it can be checked.
    #[schema(schema_with = schema::uri_or_null)]
    pub evidence_url: Option<String>,
    /// From when it counts.
    pub valid_from: DateTime<Utc>,
    /// Until when it counts; `null` until it is revoked.
    pub valid_to: Option<DateTime<Utc>>,
}

impl From<Summary> for Attestation {
    fn from(summary: Summary) -> Self {
        let Summary {
            id,
            kind,
            issuer,
            issuer_organization_id,
            evidence_url,
            valid_from,
            valid_to,
        } = summary;
        Self {
            id,
            kind,
            issuer,
            issuer_organization_id: issuer_organization_id.map(|id| id.0),
            evidence_url,
            valid_from,
            valid_to,
        }
    }
}

/// An attestation with its own story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(full_sample()))]
pub struct AttestationView {
    /// What everybody sees.
    #[serde(flatten)]
    pub attestation: Attestation,
    /// The organization it is about.
    pub organization_id: Uuid,
    /// What the issuer's word counts for.
    #[schema(schema_with = crate::organizations::schema::attestation_authority)]
    pub authority: Authority,
    /// The account that wrote it; only moderators see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub issued_by: Option<Uuid>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was taken back, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl AttestationView {
    /// What the viewer, who may know of it, is told.
    pub fn of(row: Model, viewer: Viewer) -> Self {
        Self {
            organization_id: row.organization_id.0,
            authority: row.authority,
            issued_by: viewer.is_moderator().then_some(row.issued_by.0),
            created_at: row.created_at,
            revoked_at: row.revoked_at,
            attestation: Summary::from(row).into(),
        }
    }
}

/// The example of the spec.
pub fn sample() -> Value {
    json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072",
        "kind": "registration",
        "issuer": "Registry of Friendly Societies",
        "issuer_organization_id": null,
        "evidence_url": "https://example.coop/register/1844",
        "valid_from": "2026-01-02T09:30:00Z",
        "valid_to": null,
    })
}

fn full_sample() -> Value {
    let mut view = sample();
    let more = json!({
        "organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "authority": "moderator",
        "created_at": "2026-01-02T09:30:00Z",
        "revoked_at": null,
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    view
}
