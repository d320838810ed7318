//! A log that ends before what was seen of it: the database was restored from a backup, or failed over to a
//! copy that was behind.
//!
//! Partners may have seen the numbers that are lost, and whoever keeps only the last number would skip new
//! changes that get the same ones. So nobody gets them: the next number is raised past whatever may have been
//! seen. Which numbers are lost is kept (`lost_tail`): every index that goes as far as one of them, on whichever
//! server, shows what the database no longer knows, and is built anew.

use crate::changes::index::head;
use crate::changes::record::lock_log;
use crate::store::Store;
use entity::lost_tail::{ActiveModel, Column, Entity};
use entity::{change, instance};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityName, EntityTrait, PaginatorTrait, QueryFilter, Statement,
};
use std::path::Path;

/// Numbers that are left out beyond the last that an index has seen: partners and other servers may have seen
/// more of the log than the index had.
pub const MARGIN: i64 = 1_000_000;

/// Raises the next number if the index in this data dir has seen more than the log has, before anything else is
/// written.
///
/// # Errors
/// Whatever the database answers.
pub async fn mend_by_index(store: &Store, data_dir: &Path) -> Result<(), DbErr> {
    let Some(instance) = instance::Entity::find_by_id(1).one(&store.db).await? else {
        return Ok(());
    };
    // Before the head of the log, which a running server moves on.
    let id = instance.id.to_string();
    if let Some(seen) = search::noted_position(&data_dir.join("index"), &id) {
        has_seen(store, seen).await?;
    }
    Ok(())
}

/// Whether something that has read the log up to `seen` has read what is lost by now, and has to begin anew. If
/// the log does not go so far, its next number is raised first.
///
/// # Errors
/// Whatever the database answers.
pub async fn has_seen(store: &Store, seen: i64) -> Result<bool, DbErr> {
    if is_lost(&store.db, seen).await? {
        return Ok(true);
    }
    if head(&store.db).await? >= seen {
        return Ok(false);
    }
    let (txn, _turn) = store.begin().await?;
    lock_log(&txn).await?;
    let end = head(&txn).await?;
    if end < seen {
        tracing::warn!(
            seen,
            head = end,
            "the database ends before what was seen of it: its next change number is raised"
        );
        raise(&txn, end, seen.saturating_add(MARGIN)).await?;
    }
    txn.commit().await?;
    is_lost(&store.db, seen).await
}

/// Whether the change with this number is lost.
///
/// # Errors
/// Whatever the database answers.
pub async fn is_lost(db: &impl ConnectionTrait, number: i64) -> Result<bool, DbErr> {
    let tails = Entity::find()
        .filter(Column::After.lt(number))
        .filter(Column::Until.gte(number));
    Ok(tails.count(db).await? > 0)
}

/// Leaves out the numbers after `after`, up to `until`.
async fn raise(txn: &DatabaseTransaction, after: i64, until: i64) -> Result<(), DbErr> {
    Entity::insert(ActiveModel {
        after: Set(after),
        until: Set(until),
    })
    .on_conflict(
        OnConflict::column(Column::After)
            .update_column(Column::Until)
            .to_owned(),
    )
    .exec_without_returning(txn)
    .await?;
    let table = change::Entity.table_name();
    let backend = txn.get_database_backend();
    if backend == DbBackend::Postgres {
        // It takes effect at once, whatever becomes of the transaction: a gap does no harm.
        let raise = "SELECT setval(name, GREATEST($2, COALESCE(pg_sequence_last_value(name), 0))) \
            FROM (SELECT pg_get_serial_sequence($1, 'seq')::regclass AS name) AS sequence";
        let values = [table.into(), until.into()];
        txn.query_one_raw(Statement::from_sql_and_values(backend, raise, values))
            .await?;
        return Ok(());
    }
    // SQLite keeps the last number of a table with AUTOINCREMENT in a table that anybody may write
    // (sqlite.org/autoinc.html).
    let raise = "UPDATE sqlite_sequence SET seq = MAX(seq, $2) WHERE name = $1";
    let begin = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
    let statement =
        |sql| Statement::from_sql_and_values(backend, sql, [table.into(), until.into()]);
    if txn.execute_raw(statement(raise)).await?.rows_affected() == 0 {
        txn.execute_raw(statement(begin)).await?;
    }
    Ok(())
}
