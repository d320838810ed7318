//! The one row that says which store this is.

use sea_orm::entity::prelude::*;

/// The instance: shared by every server on this database.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub one: i32,
    /// Issuer and audience of tokens; the store id in the index payload.
    pub id: Uuid,
    /// When the store was first opened.
    pub created_at: DateTimeUtc,
    /// When the demo data was loaded, if it ever was.
    pub demo_loaded_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
