//! The newest public state of every record that was ever public: what the partner feeds page over.

use crate::change::Kind;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, IntoColumnRef, Query, SimpleExpr};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};

/// RPDE's two states (RPDE 1.0, "Item").
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum State {
    /// Public, with data.
    Updated,
    /// Left the public set; a tombstone.
    Deleted,
}

/// One record's place in its feed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_entry")]
pub struct Model {
    /// Kind of the record; one feed per kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Kind,
    /// Id of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its latest change number.
    #[sea_orm(unique)]
    pub seq: i64,
    /// Public or gone.
    pub state: State,
    /// When it came to this state; tombstones are kept at least 90 days.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The first `limit` records of every kind that changed after `seq`, in change order.
    pub fn all_after(seq: i64, limit: u64) -> Select<Self> {
        Self::find()
            .filter(Column::Seq.gt(seq))
            .order_by_asc(Column::Seq)
            .limit(limit)
    }

    /// The first `limit` records of one kind that changed after `seq`, in change order.
    pub fn after(kind: Kind, seq: i64, limit: u64) -> Select<Self> {
        Self::all_after(seq, limit).filter(Column::Kind.eq(kind))
    }

    /// Whether the record of another query that has its id in this column is or was public. It is looked up
    /// record by record: `IN` would read all there are.
    pub fn has(kind: Kind, id: impl IntoColumnRef) -> SimpleExpr {
        let entry = Query::select()
            .expr(Expr::val(1))
            .from(Self)
            .and_where(Column::Kind.eq(kind))
            .and_where(Expr::col((Self, Column::Id)).equals(id))
            .to_owned();
        Expr::exists(entry)
    }
}
