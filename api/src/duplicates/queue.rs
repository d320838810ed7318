//! `GET /v1/moderation/duplicates`.

use crate::auth::account::Moderator;
use crate::duplicates::candidates::{OrganizationSummary, candidates, compare, holders};
use crate::duplicates::facts::Facts;
use crate::duplicates::keys::keys;
use crate::duplicates::score::Reason;
use crate::error::ApiError;
use crate::http::query::{FromParameters, Parameters, Query};
use crate::http::{cursor, pages};
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::distinct_pair;
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Records whose duplicates are looked for at once.
const BATCH: u64 = 50;

/// Such batches of one page at most: a page may have fewer pairs than asked for, or none, and go on.
const BATCHES: usize = 20;

/// Records that one is compared with at most here.
const COMPARED: usize = 50;

/// Two public records that may be of one organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DuplicatePair {
    /// The two, the one that was listed first first.
    #[schema(min_items = 2, max_items = 2)]
    pub organizations: Vec<OrganizationSummary>,
    /// How likely, from 0.71 to 1: they say the same.
    #[schema(minimum = 0.71, maximum = 1.0)]
    pub score: f64,
    /// Why, the strongest reason first; those against it last.
    pub reasons: Vec<Reason>,
}

/// A page of pairs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DuplicatePairPage {
    /// In the order of their ids. A page may have fewer than asked for, and none, before the last.
    pub items: Vec<DuplicatePair>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Parameters of the list.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PairParameters {
    /// Pairs per page at most.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: usize,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for PairParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

/// A place in the list: the pair before it, by its smaller and its larger id.
type Place = (Uuid, Uuid);

/// Duplicates among the public records
///
/// Pairs that are likely of one organization, found while you ask: page until `next_cursor` is `null`, also
/// past pages with few pairs. Merge them, or say that they are not duplicates.
#[utoipa::path(
    tag = "Moderation",
    params(PairParameters),
    responses((status = 200, description = "Likely duplicates", body = DuplicatePairPage)),
    security(("bearer" = []))
)]
#[get("/moderation/duplicates")]
pub async fn list_moderation_duplicates(
    state: web::Data<AppState>,
    _: Moderator,
    request: HttpRequest,
    Query(parameters): Query<PairParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut place = match &parameters.cursor {
        Some(cursor) => cursor::decode::<Place>(cursor)?,
        None => (Uuid::nil(), Uuid::nil()),
    };
    let (mut items, mut is_last) = (Vec::new(), false);
    for _ in 0..BATCHES {
        let (pairs, end) = batch(&state.store.db, place).await?;
        let room = parameters.limit - items.len();
        let is_too_much = pairs.len() > room;
        items.extend(pairs.into_iter().take(room));
        is_last = end.is_none() && !is_too_much;
        place = match (items.last(), end) {
            (Some(last), _) if is_too_much => place_of(last),
            (_, Some(end)) => end,
            _ => place,
        };
        if is_last || is_too_much || items.len() == parameters.limit {
            break;
        }
    }
    let next_cursor = if is_last {
        None
    } else {
        Some(cursor::encode(&place)?)
    };
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(DuplicatePairPage { items, next_cursor }))
}

fn place_of(pair: &DuplicatePair) -> Place {
    let id = |at: usize| pair.organizations.get(at).map_or(Uuid::nil(), |one| one.id);
    (id(0), id(1))
}

/// The pairs after `place` of the next records with others of larger ids, in order, and where these records
/// end; `None` when there are no more.
async fn batch(
    db: &impl ConnectionTrait,
    place: Place,
) -> Result<(Vec<DuplicatePair>, Option<Place>), ApiError> {
    let rows = Entity::public()
        .filter(Column::Id.gte(OrganizationId(place.0)))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .all(db)
        .await?;
    let end = rows
        .last()
        .filter(|_| rows.len() as u64 == BATCH)
        .map(|last| (last.id.0, Uuid::max()));
    let mut all_keys = BTreeSet::new();
    let records: Vec<(Model, Vec<String>)> = rows
        .into_iter()
        .map(|row| {
            let keys = keys(&row.clone().into());
            all_keys.extend(keys.iter().cloned());
            (row, keys.into_iter().collect())
        })
        .collect();
    let holders = holders(db, &all_keys.into_iter().collect::<Vec<_>>()).await?;
    let apart = told_apart(db, &records).await?;
    let mut wanted: Vec<(Model, Vec<OrganizationId>)> = Vec::new();
    for (row, keys) in records {
        let mut others = candidates(&keys, &holders);
        others.retain(|other| {
            (row.id.0, other.0) > place && *other > row.id && !apart.contains(&(row.id, *other))
        });
        others.truncate(COMPARED);
        others.sort();
        wanted.push((row, others));
    }
    let others = wanted.iter().flat_map(|(_, others)| others.iter().copied());
    let others = public_rows(db, others.collect()).await?;
    let mut pairs = Vec::new();
    for (row, ids) in wanted {
        let summary = OrganizationSummary::from(&row);
        let facts = Facts::of(&row.into());
        let likely = ids
            .iter()
            .filter_map(|id| compare(&facts, others.get(id)?.clone(), &holders));
        pairs.extend(likely.map(|duplicate| DuplicatePair {
            organizations: vec![summary.clone(), duplicate.organization],
            score: duplicate.score,
            reasons: duplicate.reasons,
        }));
    }
    Ok((pairs, end))
}

/// What moderators said of these records.
async fn told_apart(
    db: &impl ConnectionTrait,
    records: &[(Model, Vec<String>)],
) -> Result<HashSet<(OrganizationId, OrganizationId)>, ApiError> {
    let ids: Vec<_> = records.iter().map(|(row, _)| row.id).collect();
    let pairs = distinct_pair::Entity::about(&ids).all(db).await?;
    Ok(pairs
        .into_iter()
        .map(|pair| (pair.low, pair.high))
        .collect())
}

/// The public ones of these records.
async fn public_rows(
    db: &impl ConnectionTrait,
    ids: BTreeSet<OrganizationId>,
) -> Result<HashMap<OrganizationId, Model>, ApiError> {
    let rows = Entity::public()
        .filter(Column::Id.is_in(ids))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
