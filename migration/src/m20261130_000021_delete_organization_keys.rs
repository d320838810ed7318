use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// More domains are known to be shared by many: servers make the keys of duplicates anew without them.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .execute(Query::delete().from_table("organization_key").to_owned())
            .await
    }
}
