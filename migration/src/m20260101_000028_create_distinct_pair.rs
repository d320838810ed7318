use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("distinct_pair")
                    .col(uuid("low"))
                    .col(uuid("high"))
                    .col(uuid("decided_by"))
                    .col(timestamp_with_time_zone("decided_at"))
                    .primary_key(Index::create().col("low").col("high"))
                    .to_owned(),
            )
            .await?;
        for (name, table, column) in [
            ("distinct_pair_high", "distinct_pair", "high"),
            // Those that were merged earlier follow when their survivor is merged.
            ("organization_merged_into", "organization", "merged_into"),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
