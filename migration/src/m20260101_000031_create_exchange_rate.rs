use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("exchange_rate")
                    .col(string("currency"))
                    .col(date("day"))
                    .col(big_integer("per_euro_millionths"))
                    .col(string("source"))
                    .primary_key(Index::create().col("currency").col("day"))
                    .to_owned(),
            )
            .await
    }
}
