//! Change numbers that were given out and are lost, as after a restored backup. They are never given again.

use sea_orm::entity::prelude::*;

/// Some in a row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lost_tail")]
pub struct Model {
    /// The last before them, which the database still has; 0 when it has none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub after: i64,
    /// The last of them.
    pub until: i64,
}

impl ActiveModelBehavior for ActiveModel {}
