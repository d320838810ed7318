//! How a member looks to the organization's editors.

use chrono::{DateTime, Utc};
use entity::membership::MembershipRole;
use entity::{account, invitation, membership};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether somebody speaks for the organization already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Speaks for it.
    Active,
    /// Has an invitation that is not accepted yet.
    Invited,
}

/// Somebody who speaks for the organization, or is invited to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct MemberView {
    /// Id of the account, or of the invitation.
    pub id: Uuid,
    /// Whether they speak for it already.
    pub status: MemberStatus,
    /// What they may do.
    #[schema(schema_with = crate::organizations::schema::membership_role)]
    pub role: MembershipRole,
    /// E-mail address.
    pub email: String,
    /// What to call them.
    pub name: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when an invitation can be accepted.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Who speaks for the organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// Members first, then open invitations; the oldest first.
    pub items: Vec<MemberView>,
}

impl MemberView {
    /// A member.
    pub fn active(membership: &membership::Model, account: account::Model) -> Self {
        Self {
            id: account.id.0,
            status: MemberStatus::Active,
            role: membership.role,
            email: account.email,
            name: account.name,
            since: membership.created_at,
            expires_at: None,
        }
    }

    /// Somebody who is invited.
    pub fn invited(invitation: invitation::Model) -> Self {
        Self {
            id: invitation.id,
            status: MemberStatus::Invited,
            role: invitation.role,
            email: invitation.email,
            name: None,
            since: invitation.created_at,
            expires_at: Some(invitation.expires_at),
        }
    }
}

/// The example of the spec.
pub fn sample() -> Value {
    json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "status": "invited",
        "role": "editor",
        "email": "grace@example.coop",
        "name": null,
        "since": "2026-01-01T09:00:00Z",
        "expires_at": "2026-01-15T09:00:00Z",
    })
}
