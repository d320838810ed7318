use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Servers fill it for the records that are there already.
        manager
            .create_table(
                Table::create()
                    .table("organization_key")
                    .col(string("key"))
                    .col(uuid("organization_id"))
                    .primary_key(Index::create().col("key").col("organization_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("organization_key", "organization_id")
                            .to("organization", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("organization_key_organization_id")
                    .table("organization_key")
                    .col("organization_id")
                    .to_owned(),
            )
            .await
    }
}
