//! Numbers that only rise.

use sea_orm::DbErr;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, QueryFilter};

/// Up to which change number the jobs were matched to saved searches.
pub const ALERTS: &str = "alerts";

/// How often saved searches were written.
pub const SAVED_SEARCHES: &str = "saved_searches";

/// One number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "counter")]
pub struct Model {
    /// What it counts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// From 0.
    pub value: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The number as it is.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn value(db: &impl ConnectionTrait, name: &str) -> Result<i64, DbErr> {
        let row = Self::find_by_id(name).one(db).await?;
        row.map(|row| row.value)
            .ok_or_else(|| DbErr::RecordNotFound(format!("the counter {name}")))
    }

    /// The next number. Whoever has it has the counter to themselves until their transaction ends: who sees
    /// a number sees all smaller ones.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn next(txn: &impl ConnectionTrait, name: &str) -> Result<i64, DbErr> {
        Self::update_many()
            .col_expr(Column::Value, Expr::col(Column::Value).add(1))
            .filter(Column::Name.eq(name))
            .exec(txn)
            .await?;
        Self::value(txn, name).await
    }

    /// Takes the number from one value to another; `false` when it was not the one.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn advance(
        txn: &impl ConnectionTrait,
        name: &str,
        from: i64,
        to: i64,
    ) -> Result<bool, DbErr> {
        let done = Self::update_many()
            .col_expr(Column::Value, Expr::value(to))
            .filter(Column::Name.eq(name))
            .filter(Column::Value.eq(from))
            .exec(txn)
            .await?;
        Ok(done.rows_affected == 1)
    }
}
