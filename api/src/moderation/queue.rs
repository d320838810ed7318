//! `GET /v1/moderation/queue`.

use crate::auth::account::Moderator;
use crate::error::ApiError;
use crate::http::query::{FromParameters, Parameters, Query};
use crate::http::{cursor, pages};
use crate::moderation::queued_listings;
use crate::organizations::claims::OWNERS_DECIDE;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::claim::{self, Method};
use entity::ids::{AccountId, OrganizationId};
use entity::moderation;
use entity::organization::{self, Status};
use entity::report::{self, Reason};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueType {
    /// A listing that is pending, or that changed after others vouched for it.
    Listing,
    /// A contested claim.
    Claim,
    /// A report.
    Report,
}

/// Why it waits, where that is not plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueCause {
    /// Of a listing: a moderator declined or archived one at this domain, so a proof does not publish it.
    DeclinedBefore,
    /// Of a listing that is public: its name or website changed after others vouched for it. `publish` confirms
    /// that it is the same organization.
    ChangedAfterVouched,
    /// Of a claim: owners refused it who have proven nothing themselves.
    OwnersRefused,
}

/// The organization it is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueueOrganization {
    /// Id.
    pub id: Uuid,
    /// Slug.
    pub slug: String,
    /// Name it goes by.
    pub name: String,
    /// Where it stands.
    #[schema(schema_with = crate::moderation::queue::status)]
    pub status: Status,
}

/// Something that waits for a moderator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "report", "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072", "since": "2026-01-02T09:30:00Z", "organization": {"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "slug": "rochdale-society-of-equitable-pioneers", "name": "Rochdale Society of Equitable Pioneers", "status": "published"}, "reason": "closed"}))]
pub struct QueueItem {
    /// What it is.
    #[serde(rename = "type")]
    pub type_: QueueType,
    /// Id of the organization, of the claim or of the report.
    pub id: Uuid,
    /// When it was listed or changed, when the claimant proved the domain, or when it was reported.
    pub since: DateTime<Utc>,
    /// The organization it is about.
    pub organization: QueueOrganization,
    /// Of a pending listing: the account that posted it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub account: Option<Uuid>,
    /// Of a pending listing: how many more of the same account wait. `?account=` lists them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, required = false)]
    pub more: Option<u64>,
    /// Why it waits, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub cause: Option<QueueCause>,
    /// Of a claim: the domain that was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub domain: Option<String>,
    /// Of a claim: how it was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::moderation::queue::method, required = false)]
    pub method: Option<Method>,
    /// Of a report: what is said to be wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::moderation::reports::reason, required = false)]
    pub reason: Option<Reason>,
    /// Of a report: in the reporter's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub detail: Option<String>,
}

/// A page of the queue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueuePage {
    /// Oldest first.
    #[schema(max_items = 100)]
    pub items: Vec<QueueItem>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Parameters of the queue.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueParameters {
    /// Only these.
    #[param(rename = "type", value_type = Option<QueueType>, required = false)]
    pub type_: Option<QueueType>,
    /// Only what this account posted, each of its pending listings. Otherwise the one that has waited longest
    /// stands for all of them.
    #[param(value_type = Option<Uuid>, required = false)]
    pub account: Option<AccountId>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: usize,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for QueueParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let types = [
            ("listing", QueueType::Listing),
            ("claim", QueueType::Claim),
            ("report", QueueType::Report),
        ];
        Self {
            type_: parameters.choice("type", &types),
            account: parameters
                .parsed("account", "the id of an account")
                .map(AccountId),
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

/// The states of an organization that something may wait for.
pub fn status() -> utoipa::openapi::Object {
    let words = [
        "pending",
        "published",
        "rejected",
        "archived",
        "merged",
        "deleted",
    ];
    crate::vocabulary::schema::words(words.into_iter())
}

/// The ways to prove a domain.
pub fn method() -> utoipa::openapi::Object {
    crate::vocabulary::schema::words(Method::WORDS.iter().map(|(word, _)| *word))
}

/// The moderators' queue
///
/// Listings that are pending (of one account's the one that has waited longest, with how many `more` there
/// are) or that changed after others vouched for them, contested claims that the owners left unanswered for seven days (or that no
/// owner can answer, or owners refused who have proven nothing), and open reports, oldest first.
#[utoipa::path(
    tag = "Moderation",
    params(QueueParameters),
    responses((status = 200, description = "What waits for a moderator", body = QueuePage)),
    security(("bearer" = []))
)]
#[get("/moderation/queue")]
pub async fn list_moderation_queue(
    state: web::Data<AppState>,
    _: Moderator,
    request: HttpRequest,
    Query(parameters): Query<QueueParameters>,
) -> Result<HttpResponse, ApiError> {
    let after = parameters.cursor.as_deref().map(cursor::decode::<Place>);
    let (items, next) = page(
        &state.store.db,
        state.clock.now(),
        Only {
            type_: parameters.type_,
            account: parameters.account,
        },
        after.transpose()?,
        parameters.limit,
    )
    .await?;
    let next_cursor = next.as_ref().map(cursor::encode).transpose()?;
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(QueuePage { items, next_cursor }))
}

/// What of the queue is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Only {
    /// One type.
    pub type_: Option<QueueType>,
    /// The listings that one account posted.
    pub account: Option<AccountId>,
}

/// Where something stands in the queue. It never moves, so a walk meets everything once.
pub type Place = (DateTime<Utc>, Uuid);

/// The first `limit` of what waits after a place, and where the next page starts, if there is one.
///
/// # Errors
/// Whatever the database answers.
pub async fn page(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    only: Only,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<QueueItem>, Option<Place>), DbErr> {
    // One more of each than is shown tells whether there is a next page.
    let read = u64::try_from(limit + 1).unwrap_or(101);
    let is_asked = |type_| {
        only.type_.is_none_or(|only| only == type_)
            && (only.account.is_none() || type_ == QueueType::Listing)
    };
    let mut waiting = Vec::new();
    if is_asked(QueueType::Listing) {
        waiting.extend(queued_listings::pending(db, only.account, after, read).await?);
    }
    if is_asked(QueueType::Listing) && only.account.is_none() {
        waiting.extend(queued_listings::changed(db, after, read).await?);
    }
    if is_asked(QueueType::Claim) {
        waiting.extend(claims(db, now, after, read).await?);
    }
    if is_asked(QueueType::Report) {
        waiting.extend(reports(db, after, read).await?);
    }
    waiting.sort_by_key(|item| (item.since, item.id));
    let more = waiting.len() > limit;
    waiting.truncate(limit);
    let next = waiting.last().map(|last| (last.since, last.id));
    Ok((waiting, next.filter(|_| more)))
}

pub(super) fn oldest<E: EntityTrait>(
    query: Select<E>,
    (since, id): (E::Column, E::Column),
    after: Option<Place>,
    limit: u64,
) -> Select<E> {
    let query = match after {
        None => query,
        Some((at, of)) => query.filter(
            Condition::any()
                .add(since.gt(at))
                .add(Condition::all().add(since.eq(at)).add(id.gt(of))),
        ),
    };
    query.order_by_asc(since).order_by_asc(id).limit(limit)
}

async fn claims(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<QueueItem>, DbErr> {
    use claim::Column::{Id, ProvenAt};
    let query = claim::Entity::left_to_moderators(now - OWNERS_DECIDE);
    let rows = oldest(query, (ProvenAt, Id), after, limit).all(db).await?;
    let organizations = organizations(db, rows.iter().map(|row| row.organization_id)).await?;
    let items = rows.into_iter().filter_map(|row| {
        let organization = organizations.get(&row.organization_id)?.clone();
        let refused = row.owners_refused_at;
        Some(QueueItem {
            cause: refused.map(|_| QueueCause::OwnersRefused),
            domain: Some(row.domain),
            method: Some(row.method),
            ..QueueItem::new(QueueType::Claim, row.id, row.proven_at?, organization)
        })
    });
    Ok(items.collect())
}

async fn reports(
    db: &impl ConnectionTrait,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<QueueItem>, DbErr> {
    use report::Column::{CreatedAt, Id};
    let rows = oldest(moderation::reports(), (CreatedAt, Id), after, limit)
        .all(db)
        .await?;
    let organizations = organizations(db, rows.iter().map(|row| row.organization_id)).await?;
    let items = rows.into_iter().filter_map(|row| {
        let organization = organizations.get(&row.organization_id)?.clone();
        Some(QueueItem {
            reason: Some(row.reason),
            detail: row.detail,
            ..QueueItem::new(QueueType::Report, row.id, row.created_at, organization)
        })
    });
    Ok(items.collect())
}

impl QueueItem {
    pub(super) fn new(
        type_: QueueType,
        id: Uuid,
        since: DateTime<Utc>,
        organization: QueueOrganization,
    ) -> Self {
        Self {
            type_,
            id,
            since,
            organization,
            account: None,
            more: None,
            cause: None,
            domain: None,
            method: None,
            reason: None,
            detail: None,
        }
    }
}

pub(super) const BRIEF: [organization::Column; 4] = [
    organization::Column::Id,
    organization::Column::Slug,
    organization::Column::Name,
    organization::Column::Status,
];

/// Those organizations, briefly.
///
/// # Errors
/// Whatever the database answers.
pub async fn organizations(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = OrganizationId>,
) -> Result<HashMap<OrganizationId, QueueOrganization>, DbErr> {
    let ids: HashSet<_> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(OrganizationId, String, String, Status)> = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .select_only()
        .columns(BRIEF)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.0, brief(row))).collect())
}

pub(super) fn brief(
    (id, slug, name, status): (OrganizationId, String, String, Status),
) -> QueueOrganization {
    QueueOrganization {
        id: id.0,
        slug,
        name,
        status,
    }
}
