use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Who caused a message, and which domain it goes to: neither shall keep the messages of others waiting.
    /// Empty in what the release before writes.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["sender", "domain"] {
            manager
                .alter_table(
                    Table::alter()
                        .table("mail")
                        .add_column(text_null(column))
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
