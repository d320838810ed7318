use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Public halves only: the private half never leaves the data dir of its server.
        manager
            .create_table(
                Table::create()
                    .table("signing_key")
                    .col(string("kid").primary_key())
                    .col(json_binary("jwk"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await
    }
}
