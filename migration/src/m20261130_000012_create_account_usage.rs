use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("account_usage")
                    .col(uuid("account_id"))
                    .col(date("day"))
                    .col(big_integer("bytes"))
                    .primary_key(Index::create().col("account_id").col("day"))
                    .to_owned(),
            )
            .await
    }
}
