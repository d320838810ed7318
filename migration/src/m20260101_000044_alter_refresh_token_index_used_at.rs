use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Those that were used long ago are swept.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("refresh_token_used_at")
                    .table("refresh_token")
                    .col("used_at")
                    .to_owned(),
            )
            .await
    }
}
