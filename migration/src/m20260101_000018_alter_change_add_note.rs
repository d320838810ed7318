use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What a moderator told the editors about it.
        manager
            .alter_table(
                Table::alter()
                    .table("change")
                    .add_column(text_null("note"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}
