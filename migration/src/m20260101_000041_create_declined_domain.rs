use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("declined_domain")
                    .col(string("domain").primary_key())
                    .col(timestamp_with_time_zone("declined_at"))
                    .to_owned(),
            )
            .await
    }
}
