//! Keys for records that have none: those of before there were keys, or of before a release that makes
//! others and emptied the table.

use crate::changes::WriteTransaction;
use crate::duplicates::keys;
use crate::store::Store;
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Status};
use entity::organization_key;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Records of one transaction.
const BATCH: u64 = 200;

/// Between two batches others may write.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes what is missing at every start, and hourly for what a server of the release before may write
/// meanwhile.
pub async fn keep_filled(store: Store, stop: CancellationToken) {
    let mut hourly = tokio::time::interval(Duration::from_hours(1));
    loop {
        let round = async {
            hourly.tick().await;
            fill(&store).await
        };
        tokio::select! {
            () = stop.cancelled() => return,
            filled = round => if let Err(error) = filled {
                tracing::warn!(%error, "the keys of duplicates could not be written");
            },
        }
    }
}

/// Writes what is missing, batch by batch. It can be stopped at any time, and several servers may do it
/// at once: whatever has no keys afterwards is found at the next start.
///
/// # Errors
/// Whatever the database answers.
pub async fn fill(store: &Store) -> Result<(), DbErr> {
    let mut after = None;
    while let Some(last) = fill_batch(store, after).await? {
        after = Some(last);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Writes the keys of the next records after `after` that have none; the last of them, if there were any.
async fn fill_batch(
    store: &Store,
    after: Option<OrganizationId>,
) -> Result<Option<OrganizationId>, DbErr> {
    let its_keys = Query::select()
        .expr(Expr::val(1))
        .from(organization_key::Entity)
        .and_where(
            Expr::col((
                organization_key::Entity,
                organization_key::Column::OrganizationId,
            ))
            .equals((Entity, Column::Id)),
        )
        .to_owned();
    let mut query = Entity::find()
        .filter(Column::Status.is_not_in([Status::Deleted, Status::Merged]))
        .filter(Expr::not_exists(its_keys))
        .order_by_asc(Column::Id)
        .limit(BATCH);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    // Looked for before writing: at most starts there is nothing to do, and nobody waits.
    let ids: Vec<OrganizationId> = query
        .clone()
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(&store.db)
        .await?;
    let Some(last) = ids.last().copied() else {
        return Ok(None);
    };
    let txn = WriteTransaction::begin(store).await?;
    let mut rows = query.filter(Column::Id.is_in(ids));
    if txn.get_database_backend() == DbBackend::Postgres {
        rows = rows.lock_exclusive();
    }
    let rows = rows.all(&*txn).await?;
    let records = rows
        .into_iter()
        .map(|row| (row.id, keys::keys(&row.into())));
    keys::insert(&*txn, records.collect::<Vec<_>>()).await?;
    txn.commit().await?;
    Ok(Some(last))
}
