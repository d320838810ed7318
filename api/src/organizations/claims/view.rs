//! How a claim looks.

use super::proof;
use super::rows::OWNERS_DECIDE;
use crate::error::ApiError;
use crate::state::AppState;
use chrono::{DateTime, Utc};
use entity::claim::{self, Method, Status};
use entity::{account, organization};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who claims.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ClaimantView {
    /// Id of the account.
    pub id: Uuid,
    /// E-mail address of the account.
    pub email: String,
    /// What to call them.
    pub name: Option<String>,
}

/// A claim to a listing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct ClaimView {
    /// Id.
    pub id: Uuid,
    /// The listing.
    pub organization_id: Uuid,
    /// Who claims it.
    pub claimant: ClaimantView,
    /// How the domain is proven.
    #[schema(schema_with = method_schema)]
    pub method: Method,
    /// The domain of the listing's website, without `www.`.
    pub domain: String,
    /// The address that a link was sent to.
    pub email: Option<String>,
    /// `pending` until it is proven; `verified` when the claimant has become an owner; `contested` while
    /// the owners, and after a week the moderators, decide; `refused` when they said no.
    #[schema(schema_with = status_schema)]
    pub status: Status,
    /// The line or the record to publish; `null` for `email`.
    pub challenge: Option<String>,
    /// The URL of the file, or the name of the TXT record; `null` for `email`.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it can be proven.
    pub expires_at: DateTime<Utc>,
    /// When it was proven.
    pub proven_at: Option<DateTime<Utc>>,
    /// From when moderators may decide a contested claim, if the owners have not: a week after it was proven,
    /// or since owners refused it who have proven nothing themselves.
    pub moderators_from: Option<DateTime<Utc>>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A page of claims, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ClaimPage {
    /// The claims.
    pub items: Vec<ClaimView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

impl ClaimView {
    /// The view of a claim to this listing by this account.
    pub fn new(
        state: &AppState,
        claim: claim::Model,
        organization: &organization::Model,
        account: account::Model,
    ) -> Self {
        let place = match claim.method {
            Method::WellKnown => proof::files(&state.outbound, &claim.domain, organization)
                .first()
                .map(ToString::to_string),
            Method::DnsTxt => Some(proof::record_name(&claim.domain)),
            Method::Email => None,
        };
        let is_contested = claim.status == Status::Contested;
        let week_over = claim.proven_at.map(|at| at + OWNERS_DECIDE);
        let moderators_from = claim
            .owners_refused_at
            .map_or(week_over, |refused| week_over.map(|over| over.min(refused)));
        Self {
            id: claim.id,
            organization_id: claim.organization_id.0,
            claimant: ClaimantView {
                id: account.id.0,
                email: account.email,
                name: account.name,
            },
            method: claim.method,
            domain: claim.domain,
            email: claim.email,
            status: claim.status,
            challenge: (claim.method != Method::Email).then_some(claim.challenge),
            place,
            created_at: claim.created_at,
            expires_at: claim.expires_at,
            proven_at: claim.proven_at,
            moderators_from: moderators_from.filter(|_| is_contested),
            decided_at: claim.decided_at,
        }
    }

    /// The same, with the account read from the database.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn load(
        state: &AppState,
        db: &impl ConnectionTrait,
        claim: claim::Model,
        organization: &organization::Model,
    ) -> Result<Self, ApiError> {
        let account = account::Entity::find_by_id(claim.account_id)
            .one(db)
            .await?
            .ok_or(ApiError::Internal("a claim has no account"))?;
        Ok(Self::new(state, claim, organization, account))
    }
}

/// The word of a method.
pub fn method_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::words(Method::WORDS.iter().map(|(word, _)| *word))
}

fn status_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::words(["pending", "contested", "verified", "refused"].into_iter())
}

/// The example of the spec.
pub fn sample() -> Value {
    json!({
        "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072",
        "organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "claimant": {
            "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6070",
            "email": "ada@example.coop",
            "name": "Ada",
        },
        "method": "dns_txt",
        "domain": "example.coop",
        "email": null,
        "status": "pending",
        "challenge": "toadlane-claim=q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA",
        "where": "_toadlane.example.coop",
        "created_at": "2026-01-01T09:00:00Z",
        "expires_at": "2026-01-08T09:00:00Z",
        "proven_at": null,
        "moderators_from": null,
        "decided_at": null,
    })
}
