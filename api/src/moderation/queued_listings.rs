//! The listings of the moderators' queue.

use crate::moderation::queue::{
    BRIEF, Place, QueueCause, QueueItem, QueueType, brief, oldest, organizations,
};
use crate::organizations::declined;
use chrono::{DateTime, Utc};
use entity::ids::{AccountId, OrganizationId};
use entity::organization::{self, Status};
use entity::{identity_change, moderation};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// Pending ones: of each account's the first, or all of one account.
///
/// # Errors
/// Whatever the database answers.
pub async fn pending(
    db: &impl ConnectionTrait,
    account: Option<AccountId>,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<QueueItem>, DbErr> {
    use organization::Column::{CreatedAt, Id, PostedBy, Website};
    type Row = (
        OrganizationId,
        String,
        String,
        Status,
        DateTime<Utc>,
        Option<String>,
        Option<AccountId>,
    );
    let query = account.map_or_else(moderation::first_listings, moderation::listings_of);
    let rows: Vec<Row> = oldest(query, (CreatedAt, Id), after, limit)
        .select_only()
        .columns(BRIEF)
        .columns([CreatedAt, Website, PostedBy])
        .into_tuple()
        .all(db)
        .await?;
    let waiting = if account.is_none() {
        waiting_of(db, rows.iter().filter_map(|row| row.6)).await?
    } else {
        HashMap::new()
    };
    let websites = rows.iter().filter_map(|row| row.5.as_deref());
    let declined = declined::among(db, websites).await?;
    let items = rows.iter().map(|row| {
        let (id, slug, name, status, since, website, account) = row;
        let is_declined = website.as_deref().is_some_and(|it| declined.contains(it));
        let more = account
            .as_ref()
            .and_then(|account| waiting.get(account))
            .map_or(0, |all| all.saturating_sub(1));
        QueueItem {
            account: account.map(|account| account.0),
            more: (more > 0).then_some(more),
            cause: is_declined.then_some(QueueCause::DeclinedBefore),
            ..QueueItem::new(
                QueueType::Listing,
                id.0,
                *since,
                brief((*id, slug.clone(), name.clone(), *status)),
            )
        }
    });
    Ok(items.collect())
}

/// How many listings of each of these accounts wait.
async fn waiting_of(
    db: &impl ConnectionTrait,
    accounts: impl Iterator<Item = AccountId>,
) -> Result<HashMap<AccountId, u64>, DbErr> {
    use organization::Column::{Id, PostedBy};
    let counts: Vec<(AccountId, i64)> = moderation::listings()
        .select_only()
        .column(PostedBy)
        .column_as(Id.count(), "waiting")
        .filter(PostedBy.is_in(accounts))
        .group_by(PostedBy)
        .into_tuple()
        .all(db)
        .await?;
    let counts = counts.into_iter();
    let counts = counts.map(|(account, count)| (account, u64::try_from(count).unwrap_or_default()));
    Ok(counts.collect())
}

/// Public ones that changed after others vouched for them.
///
/// # Errors
/// Whatever the database answers.
pub async fn changed(
    db: &impl ConnectionTrait,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<QueueItem>, DbErr> {
    use identity_change::Column::{At, OrganizationId};
    let rows = oldest(moderation::changed(), (At, OrganizationId), after, limit)
        .all(db)
        .await?;
    let organizations = organizations(db, rows.iter().map(|row| row.organization_id)).await?;
    let items = rows.into_iter().filter_map(|row| {
        let organization = organizations.get(&row.organization_id)?.clone();
        let id = row.organization_id.0;
        Some(QueueItem {
            cause: Some(QueueCause::ChangedAfterVouched),
            ..QueueItem::new(QueueType::Listing, id, row.at, organization)
        })
    });
    Ok(items.collect())
}
