//! Writing exchange rates down.

use crate::changes::WriteTransaction;
use crate::store::Store;
use chrono::NaiveDate;
use entity::exchange_rate::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait};
use std::collections::BTreeMap;

/// Rows of a statement: both databases allow 32,766 parameters, at four a row.
const ROWS_PER_INSERT: usize = 5_000;

/// Stores millionths per euro by currency and day, in one transaction. A rate that is there is
/// replaced.
///
/// # Errors
/// When the database fails; nothing is stored then.
pub async fn save(
    store: &Store,
    source: &str,
    rates: BTreeMap<(String, NaiveDate), i64>,
) -> Result<(), DbErr> {
    let rows: Vec<_> = rates
        .into_iter()
        .map(|((currency, day), per_euro_millionths)| ActiveModel {
            currency: Set(currency),
            day: Set(day),
            per_euro_millionths: Set(per_euro_millionths),
            source: Set(source.to_owned()),
        })
        .collect();
    let replace = OnConflict::columns([Column::Currency, Column::Day])
        .update_columns([Column::PerEuroMillionths, Column::Source])
        .to_owned();
    let txn = WriteTransaction::begin(store).await?;
    for rows in rows.chunks(ROWS_PER_INSERT) {
        Entity::insert_many(rows.to_vec())
            .on_conflict(replace.clone())
            .exec_without_returning(&*txn)
            .await?;
    }
    Ok(txn.commit().await?)
}
