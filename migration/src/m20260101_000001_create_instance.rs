use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One row: what this store is, whatever servers run on it.
        manager
            .create_table(
                Table::create()
                    .table("instance")
                    .col(integer("one").primary_key().check(Expr::col("one").eq(1)))
                    .col(uuid("id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("demo_loaded_at"))
                    .to_owned(),
            )
            .await
    }
}
