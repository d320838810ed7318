use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// An employer's open jobs that are the same, in order: with less in the index SQLite, while it does
    /// not know how the values are spread, reads every open job there is to have them in order.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const NAME: &str = "job_organization_fingerprint";
        let mut index = Index::drop();
        manager
            .drop_index(index.name(NAME).table("job").to_owned())
            .await?;
        let mut index = Index::create();
        index.name(NAME).table("job");
        for column in ["organization_id", "fingerprint", "status", "id"] {
            index.col(column);
        }
        manager.create_index(index).await
    }
}
