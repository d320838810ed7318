//! Finding the records that may be of the same organization as another.

use crate::duplicates::facts::Facts;
use crate::duplicates::keys::keys;
use crate::duplicates::score::{MANY, Reason, THRESHOLD, score};
use crate::error::ApiError;
use crate::organizations::input::OrganizationInput;
use entity::ids::OrganizationId;
use entity::organization::{self, Model, Status};
use entity::{distinct_pair, organization_key};
use sea_orm::sea_query::{Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// A key that more records have than this tells nothing and is not followed.
const INFORMATIVE: usize = 200;

/// Records that one is compared with at most: those with most keys in common.
const COMPARED: usize = 300;

/// Candidates that are answered at most.
pub const MOST: usize = 20;

/// Keys that are looked up by one statement.
const KEYS_PER_LOOKUP: usize = 100;

/// A record in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationSummary {
    /// UUIDv7.
    pub id: Uuid,
    /// Works in place of the id.
    pub slug: String,
    /// Name it goes by.
    pub name: String,
    /// Code of `/v1/taxonomies/organization-types`.
    #[schema(schema_with = crate::vocabulary::schema::organization_type)]
    pub organization_type: String,
    /// Absolute http or https URL.
    #[schema(schema_with = crate::vocabulary::schema::uri_or_null)]
    pub website: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Who sees it.
    #[schema(schema_with = crate::organizations::schema::status)]
    pub status: Status,
    /// Path of the record.
    #[schema(example = "/v1/organizations/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071")]
    pub url: String,
}

impl From<&Model> for OrganizationSummary {
    fn from(row: &Model) -> Self {
        Self {
            id: row.id.0,
            slug: row.slug.clone(),
            name: row.name.clone(),
            organization_type: row.organization_type.clone(),
            website: row.website.clone(),
            locality: row.locality.clone(),
            country: row.country.clone(),
            status: row.status,
            url: format!("/v1/organizations/{}", row.id),
        }
    }
}

/// A record that may be of the same organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct Duplicate {
    /// The record.
    pub organization: OrganizationSummary,
    /// How likely, from 0.71, below which nothing is proposed, to 1: the records say the same.
    #[schema(minimum = 0.71, maximum = 1.0)]
    pub score: f64,
    /// Why, the strongest reason first; those against it last.
    pub reasons: Vec<Reason>,
}

/// The example of the spec.
pub fn sample() -> serde_json::Value {
    serde_json::json!({
        "organization": {
            "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
            "slug": "rochdale-society-of-equitable-pioneers",
            "name": "Rochdale Society of Equitable Pioneers",
            "organization_type": "consumer_cooperative",
            "website": "https://www.rochdalepioneersmuseum.coop/",
            "locality": "Rochdale",
            "country": "GB",
            "status": "published",
            "url": "/v1/organizations/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        },
        "score": 0.98,
        "reasons": [{"signal": "name", "detail": "the same name"}, {"signal": "domain", "detail": "rochdalepioneersmuseum.coop"}],
    })
}

/// Which records may be proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// The public ones.
    Public,
    /// Those that wait for a moderator too.
    PublicAndPending,
}

impl Among {
    /// What somebody of this standing may be told of.
    pub fn for_moderator(is_moderator: bool) -> Self {
        if is_moderator {
            Self::PublicAndPending
        } else {
            Self::Public
        }
    }

    fn statuses(self) -> Vec<Status> {
        match self {
            Self::Public => vec![Status::Published],
            Self::PublicAndPending => vec![Status::Published, Status::Pending],
        }
    }
}

/// The records that are likely of the same organization as `record`, best first, at most [`MOST`]. `own`
/// is its id if it is listed: it is not its own duplicate, nor are those that a moderator told from it.
///
/// # Errors
/// Whatever the database answers.
pub async fn duplicates_of(
    db: &impl ConnectionTrait,
    record: &OrganizationInput,
    own: Option<OrganizationId>,
    among: Among,
) -> Result<Vec<Duplicate>, ApiError> {
    let keys: Vec<String> = keys(record).into_iter().collect();
    let holders = holders(db, &keys).await?;
    let mut except = HashSet::new();
    if let Some(own) = own {
        except = distinct_from(db, own).await?;
        except.insert(own);
    }
    let mut ids = candidates(&keys, &holders);
    ids.retain(|id| !except.contains(id));
    ids.truncate(COMPARED);
    let rows = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .filter(organization::Column::Status.is_in(among.statuses()))
        .all(db)
        .await?;
    let facts = Facts::of(record);
    let mut found: Vec<Duplicate> = rows
        .into_iter()
        .filter_map(|row| compare(&facts, row, &holders))
        .collect();
    found.sort_by(|one, other| {
        let by_score = other.score.total_cmp(&one.score);
        by_score.then(one.organization.id.cmp(&other.organization.id))
    });
    found.truncate(MOST);
    Ok(found)
}

/// The row as a duplicate, if it is likely one.
pub fn compare(
    facts: &Facts,
    row: Model,
    holders: &BTreeMap<String, Vec<OrganizationId>>,
) -> Option<Duplicate> {
    let organization = OrganizationSummary::from(&row);
    let other = Facts::of(&row.into());
    let score = score(facts, &other, shared_by(facts, holders));
    (score.score >= THRESHOLD).then_some(Duplicate {
        organization,
        score: score.score,
        reasons: score.reasons,
    })
}

/// How many records have the domain. One that too many have to be told is one of many.
fn shared_by(facts: &Facts, holders: &BTreeMap<String, Vec<OrganizationId>>) -> usize {
    let key = facts
        .domain
        .as_ref()
        .map(|domain| format!("domain:{domain}"));
    key.map_or(0, |key| holders.get(&key).map_or(MANY, Vec::len))
}

/// Whoever has one of the keys; those with most of them first.
pub fn candidates(
    keys: &[String],
    holders: &BTreeMap<String, Vec<OrganizationId>>,
) -> Vec<OrganizationId> {
    let mut counts: HashMap<OrganizationId, usize> = HashMap::new();
    for key in keys {
        for id in holders.get(key).into_iter().flatten() {
            // A register number and a domain say more than words.
            let weight = if key.starts_with("id:") || key.starts_with("domain:") {
                4
            } else {
                1
            };
            *counts.entry(*id).or_default() += weight;
        }
    }
    let mut ids: Vec<_> = counts.into_iter().collect();
    ids.sort_by_key(|(id, count)| (Reverse(*count), *id));
    ids.into_iter().map(|(id, _)| id).collect()
}

/// Who has each of these keys. Keys that nobody has are left out, and so are those that too many have,
/// which is seen without reading them all.
///
/// # Errors
/// Whatever the database answers.
pub async fn holders(
    db: &impl ConnectionTrait,
    keys: &[String],
) -> Result<BTreeMap<String, Vec<OrganizationId>>, DbErr> {
    let mut holders: BTreeMap<String, Vec<OrganizationId>> = BTreeMap::new();
    for keys in keys.chunks(KEYS_PER_LOOKUP) {
        let Some(query) = lookup(keys) else { continue };
        for row in db.query_all(&query).await? {
            let row = organization_key::Model::from_query_result(&row, "")?;
            holders
                .entry(row.key)
                .or_default()
                .push(row.organization_id);
        }
    }
    holders.retain(|_, ids| ids.len() <= INFORMATIVE);
    Ok(holders)
}

/// A few index entries of each key.
fn lookup(keys: &[String]) -> Option<SelectStatement> {
    use organization_key::{Column, Entity};
    let some_of = |key: &String| {
        let entries = Query::select()
            .columns([Column::Key, Column::OrganizationId])
            .from(Entity)
            .and_where(Column::Key.eq(key))
            .limit(INFORMATIVE as u64 + 1)
            .to_owned();
        // SQLite takes a limit of a part of a union only in a query of its own.
        Query::select()
            .columns([Column::Key, Column::OrganizationId])
            .from_subquery(entries, "entry")
            .to_owned()
    };
    let (first, rest) = keys.split_first()?;
    let mut query = some_of(first);
    for key in rest {
        query.union(UnionType::All, some_of(key));
    }
    Some(query)
}

/// Records that a moderator told from this one.
async fn distinct_from(
    db: &impl ConnectionTrait,
    id: OrganizationId,
) -> Result<HashSet<OrganizationId>, DbErr> {
    let pairs = distinct_pair::Entity::about(&[id]).all(db).await?;
    Ok(pairs
        .into_iter()
        .flat_map(|pair| [pair.low, pair.high])
        .collect())
}
