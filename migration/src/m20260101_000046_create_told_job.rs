use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("told_job")
                    .col(uuid("account_id"))
                    .col(uuid("job_id"))
                    .primary_key(Index::create().col("account_id").col("job_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("told_job", "account_id")
                            .to("account", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // Those of a job that is erased are forgotten.
        let mut index = Index::create()
            .name("told_job_job_id")
            .table("told_job")
            .to_owned();
        manager.create_index(index.col("job_id").to_owned()).await
    }
}
