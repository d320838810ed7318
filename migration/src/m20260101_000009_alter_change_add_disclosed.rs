use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of changes from before this column nobody knows: they stay closed.
        manager
            .alter_table(
                Table::alter()
                    .table("change")
                    .add_column(boolean("disclosed").default(false))
                    .to_owned(),
            )
            .await
    }
}
