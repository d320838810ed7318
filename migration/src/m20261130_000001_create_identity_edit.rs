use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("identity_edit")
                    .col(pk_uuid("id"))
                    .col(uuid("organization_id"))
                    .col(timestamp_with_time_zone("at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("identity_edit_organization_id_at")
                    .table("identity_edit")
                    .col("organization_id")
                    .col("at")
                    .to_owned(),
            )
            .await
    }
}
