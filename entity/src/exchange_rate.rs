//! What a euro costs in other currencies, day by day.

use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

/// The rate of a currency on a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_rate")]
pub struct Model {
    /// ISO 4217, in capitals.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// The day it was fixed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Millionths of a unit of the currency that are worth one euro.
    pub per_euro_millionths: i64,
    /// Who says so, such as `ecb`.
    pub source: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The newest rate of each currency.
    pub fn newest() -> Select<Self> {
        let newest = Query::select()
            .column(Column::Currency)
            .expr(Expr::col(Column::Day).max())
            .from(Self)
            .group_by_col(Column::Currency)
            .to_owned();
        let key = [Column::Currency, Column::Day].map(|column| Expr::col((Self, column)));
        Self::find().filter(Expr::tuple(key).in_subquery(newest))
    }
}
