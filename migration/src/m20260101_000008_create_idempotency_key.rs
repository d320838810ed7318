use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `id` is a hash of caller, method, path and key: the key itself may be a secret of the caller.
        manager
            .create_table(
                Table::create()
                    .table("idempotency_key")
                    .col(string("id").primary_key())
                    .col(string("fingerprint"))
                    .col(integer("status"))
                    .col(json_binary("headers"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idempotency_key_created_at")
                    .table("idempotency_key")
                    .col("created_at")
                    .to_owned(),
            )
            .await
    }
}
