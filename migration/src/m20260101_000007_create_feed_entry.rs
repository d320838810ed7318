use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("feed_entry")
                    .col(string("kind"))
                    .col(uuid("id"))
                    .col(big_integer("seq").unique_key())
                    .col(string("state"))
                    .col(timestamp_with_time_zone("at"))
                    .primary_key(Index::create().col("kind").col("id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("feed_entry_kind_seq")
                    .table("feed_entry")
                    .col("kind")
                    .col("seq")
                    .to_owned(),
            )
            .await
    }
}
