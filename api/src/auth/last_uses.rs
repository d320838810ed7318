//! When clients and their secrets were last used: noted in memory, and written once a minute, so that a
//! request costs no write.

use crate::changes::WriteTransaction;
use crate::store::Store;
use chrono::{DateTime, Utc};
use entity::ids::ClientId;
use entity::{api_client, api_client_secret};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Mutex;
use uuid::Uuid;

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Used {
    /// A client.
    Client(ClientId),
    /// The secret of this id.
    Secret(Uuid),
}

/// The uses that are not written yet.
#[derive(Default)]
pub struct LastUses(Mutex<HashMap<Used, DateTime<Utc>>>);

impl LastUses {
    /// Notes a use.
    pub fn note(&self, used: Used, now: DateTime<Utc>) {
        if let Ok(mut uses) = self.0.lock() {
            uses.insert(used, now);
        }
    }

    /// Writes what was noted. What a failure loses is a minute's uses.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn write(&self, store: &Store) -> Result<(), DbErr> {
        let uses = self
            .0
            .lock()
            .map(|mut uses| std::mem::take(&mut *uses))
            .unwrap_or_default();
        if uses.is_empty() {
            return Ok(());
        }
        let txn = WriteTransaction::begin(store).await?;
        for (used, at) in uses {
            match used {
                Used::Client(id) => client(&txn, id, at).await?,
                Used::Secret(id) => secret(&txn, id, at).await?,
            }
        }
        Ok(txn.commit().await?)
    }
}

async fn client(txn: &WriteTransaction, id: ClientId, at: DateTime<Utc>) -> Result<(), DbErr> {
    use api_client::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(earlier(Column::LastUsedAt, at))
        .exec(&**txn)
        .await?;
    Ok(())
}

async fn secret(txn: &WriteTransaction, id: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    use api_client_secret::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(earlier(Column::LastUsedAt, at))
        .exec(&**txn)
        .await?;
    Ok(())
}

/// Another server may have written a later use.
fn earlier(column: impl ColumnTrait, at: DateTime<Utc>) -> Condition {
    Condition::any().add(column.is_null()).add(column.lt(at))
}
